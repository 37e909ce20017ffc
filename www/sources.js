// Where pictures and models come from: a file in hand, an address, or a model's id. A source is
// `{ blob, name }`, `{ url }` or `{ id }`; `address` is what the page's own URL can say about it.

import { STARTER, isId, locate } from './catalog.js';
import { named } from './messenger.js';

/** A source from what a caller of the API, the URL or a text field gives. */
export function sourceOf(given, { name, model = false } = {}) {
  if (given instanceof Blob) return { blob: given, name: name ?? given.name ?? 'unnamed' };
  const text = String(given).trim();
  if (model && isId(text)) return { id: text, address: text === STARTER ? null : text };
  let url;
  try {
    url = new URL(text, document.baseURI);
  } catch {
    throw named('DownloadError', `“${text}” is not an address.`);
  }
  return { url, address: url.protocol.startsWith('http') ? text : null };
}

/** Promises `{ blob, name, address }`; `download(url)` gets what is not at hand. */
export async function fetchPicture(source, download) {
  if (source.blob) return source;
  const blob = await download(source.url);
  return { blob, name: lastName(source.url), address: source.address };
}

/** Promises what `ModelLoader.prepare` wants; `card` is for a file or an address that comes without one. */
export async function describeModel({ blob, name, id, url }, card = null) {
  if (blob) return { blob, name, card };
  if (id) return locate(id);
  const kept = url.protocol.startsWith('http') ? url.href : null;
  return { url: url.href, key: kept, card, name: lastName(url) };
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
