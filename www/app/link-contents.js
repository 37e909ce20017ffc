// @ts-check
// What a link to the present view holds, as sentences. Pure functions.

/**
 * `isHeld`: the link can name it. `embedded`: the image itself is part of the link.
 * @typedef {object} LinkedView
 * @property {{ name: string, isHeld: boolean } | null} model
 * @property {string | null} layer
 * @property {number | null} channel
 * @property {{ name: string, isHeld: boolean, embedded: boolean } | null} image
 */

/**
 * Two sentences: what the link contains, and what it lacks. The second is empty if it lacks nothing.
 * @param {LinkedView} view
 * @returns {[string, string]}
 */
export function linkContents({ model, layer, channel, image }) {
  const held = [];
  const missing = [];
  if (model?.isHeld) held.push(`the model (${model.name})`);
  if (layer !== null) held.push(`the layer (${layer})`);
  if (channel !== null) held.push(`channel ${channel}`);
  held.push('the colours');
  if (image?.embedded) held.push('a small copy of the image');
  else if (image?.isHeld) held.push(`the address of the image (${image.name})`);
  if (model && !model.isHeld) missing.push(`the model file ${model.name}`);
  if (image && !image.isHeld && !image.embedded) missing.push(`the image ${image.name}`);
  const stay = missing.length === 1 ? 'which is only on this device' : 'which are only on this device';
  return [`The link holds ${list(held)}.`, missing.length ? `It does not contain ${list(missing)}, ${stay}.` : ''];
}

/** @param {string[]} parts */
const list = (parts) => (parts.length < 2 ? parts.join() : `${parts.slice(0, -1).join(', ')} and ${parts[parts.length - 1]}`);
