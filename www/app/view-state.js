// Where in the network the user looks, kept in the fragment of the page's address and nowhere else:
// `#layer=NODE&channel=7`. A value that goes without saying is left out, keys of others stay.

/** What the choices are, the first being what holds where the address is silent. */
export const CHOICES = {
  sort: ['mean', 'max', 'index'],
  scale: ['layer', 'channel', 'network'],
  colormap: ['magma', 'viridis', 'cividis', 'grey'],
  overlay: ['none', 'channel', 'cam'],
  plan: ['fused', 'inspected'],
};
export const GAMMA = { min: 0.25, max: 4, fallback: 1 };

const chosen = (key) => [CHOICES[key][0], (text) => (CHOICES[key].includes(text) ? text : null)];
const index = (text) => (/^\d+$/.test(text) ? Number(text) : null);
const gamma = (text) => (Number(text) > 0 ? Math.min(GAMMA.max, Math.max(GAMMA.min, Number(text))) : null);

/**
 * What holds where the address is silent, and what of each key's text is understood. Without `layer` it is the
 * network's first place, without `tap` the layer's own node, without `channel` the strongest, without `class` the likeliest.
 */
const KEYS = {
  layer: [null, (text) => text],
  tap: [null, (text) => text],
  channel: [null, index],
  sort: chosen('sort'),
  scale: chosen('scale'),
  colormap: chosen('colormap'),
  gamma: [GAMMA.fallback, gamma],
  overlay: chosen('overlay'),
  plan: chosen('plan'),
  class: [null, index],
};

export function readViewState() {
  const told = new URLSearchParams(location.hash.slice(1));
  return Object.fromEntries(Object.entries(KEYS).map(([key, [fallback, read]]) => [key, (told.get(key) && read(told.get(key))) ?? fallback]));
}

/** Looking about makes no history: the way back leads to the image before, not through every layer seen. */
export function writeViewState(changes) {
  const told = new URLSearchParams(location.hash.slice(1));
  for (const [key, value] of Object.entries(changes)) {
    if (value === KEYS[key][0]) told.delete(key);
    else told.set(key, value);
  }
  const fragment = told.toString();
  const url = new URL(location.href);
  url.hash = fragment;
  if (url.href !== location.href) history.replaceState(history.state, '', fragment ? url : url.href.replace(/#$/, ''));
}

/** Calls `go()` when the address's fragment is edited or the user goes back or forth. */
export function onViewStateChange(go) {
  addEventListener('popstate', go);
}
