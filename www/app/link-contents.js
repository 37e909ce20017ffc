// @ts-check
// What a link to the present view holds, as sentences. Pure functions.

import { listAnd, t } from '../lib/i18n.js';

/**
 * `isHeld`: the link can name it. `embedded`: the image itself is part of the link.
 * @typedef {object} LinkedView
 * @property {{ name: string, isHeld: boolean } | null} model
 * @property {string | null} layer
 * @property {number | null} channel
 * @property {boolean} edited the network has edits
 * @property {{ name: string, isHeld: boolean, embedded: boolean } | null} image
 */

/**
 * Two sentences: what the link contains, and what it lacks. The second is empty if it lacks nothing.
 * @param {LinkedView} view
 * @returns {[string, string]}
 */
export function linkContents({ model, layer, channel, edited, image }) {
  const held = [];
  const missing = [];
  if (model?.isHeld) held.push(t('link.model', { name: model.name }));
  if (layer !== null) held.push(t('link.layer', { name: layer }));
  if (channel !== null) held.push(t('link.channel', { channel: String(channel) }));
  if (edited) held.push(t('surgery.link'));
  held.push(t('link.colours'));
  if (image?.embedded) held.push(t('link.copy'));
  else if (image?.isHeld) held.push(t('link.imageAddress', { name: image.name }));
  if (model && !model.isHeld) missing.push(t('link.modelFile', { name: model.name }));
  if (image && !image.isHeld && !image.embedded) missing.push(t('link.image', { name: image.name }));
  return [t('link.holds', { parts: listAnd(held) }), missing.length ? t('link.lacks', { parts: listAnd(missing), count: missing.length }) : ''];
}
