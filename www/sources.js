// Where pictures and models come from: a file in hand, an address, or a catalog id. A source is
// `{ blob, name }`, `{ url }` or `{ id }`; `address` is what the page's own URL can say about it.

import { download } from './download.js';
import { named } from './messenger.js';

/** The model the page opens with; its card is `models/starter.json`. */
export const STARTER = 'starter';

/** A source from what a caller of the API, the URL or a text field gives. */
export function sourceOf(given, { name, catalog = false } = {}) {
  if (given instanceof Blob) return { blob: given, name: name ?? given.name ?? 'unnamed' };
  const text = String(given).trim();
  if (catalog && /^[\w-]+$/.test(text)) return { id: text };
  let url;
  try {
    url = new URL(text, document.baseURI);
  } catch {
    throw named('DownloadError', `“${text}” is not an address.`);
  }
  return { url, address: url.protocol.startsWith('http') ? text : null };
}

/** Promises `{ blob, name, address }`. */
export async function fetchPicture(source, options) {
  if (source.blob) return source;
  const blob = await download(source.url, { ...options, what: 'picture' });
  return { blob, name: lastName(source.url), address: source.address };
}

/** Promises `{ blob, card, name, address, id }`; the card is null for a file that came without one. */
export async function fetchModel(source, { card = null, ...options }) {
  if (source.blob) return { ...source, card };
  if (source.id) return fetchFromCatalog(source.id, options);
  const blob = await download(source.url, { ...options, what: 'model' });
  return { blob, card, name: lastName(source.url), address: source.address };
}

async function fetchFromCatalog(id, options) {
  const cardUrl = new URL(`models/${id}.json`, document.baseURI);
  const card = await readCard(cardUrl, id, options.signal);
  const blob = await download(new URL(card.file, cardUrl), { ...options, what: 'model' });
  return { id, blob, card, name: card.name, address: id === STARTER ? null : id };
}

async function readCard(url, id, signal) {
  let text;
  try {
    text = await (await download(url, { what: 'model card', signal })).text();
  } catch (error) {
    // Some servers answer an address they do not know with a web page instead of a 404.
    if (!error.absent) throw error;
    throw named('DownloadError', `There is no model called “${id}” in this page’s catalog.`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw named('DownloadError', `The card of the model “${id}” is not valid JSON: ${error.message}.`);
  }
}

function lastName(url) {
  if (!url.protocol.startsWith('http')) return 'pasted picture';
  const last = url.pathname.split('/').pop();
  try {
    return decodeURIComponent(last) || url.hostname;
  } catch {
    return last;
  }
}
