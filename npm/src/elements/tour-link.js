// @ts-check
// The address of the guided tour, which only the page runs: it needs the network map and the panels. The page shows what the element
// shows.

import { readableParams } from '../../../www/lib/url.js';
import { absolute } from '../start-worker.js';

/** The first step of the page's tour. */
const STEP = 'filters';

/**
 * @param {string} page address of a copy of the page
 * @param {{ model: string, src: string, layer: string, channel: string | null, edits: string[], lang: string }} view
 */
export function tourLink(page, { model, src, layer, channel, edits, lang }) {
  const url = absolute(page);
  if (model) url.searchParams.set('model', /^[a-z]+:|^\.{0,2}\/|\.(safetensors|pth?|bin)$/i.test(model) ? absolute(model).href : model);
  if (src) url.searchParams.set('image', absolute(src).href);
  url.searchParams.set('lang', lang);
  const view = new URLSearchParams();
  if (layer) view.set('layer', layer);
  if (channel !== null) view.set('channel', channel);
  if (edits.length > 0) view.set('edit', edits.join());
  view.set('tour', STEP);
  url.hash = readableParams(view);
  return url.href;
}
