// Sources of a model: a file in hand, a URL, or an id of the catalog or of the hub. A source is `{ blob, name }`, `{ url }` or
// `{ id }`; `address` is its value for the page's own `?model=` parameter, or null if it has none.

import { fileNameOf, parseUrl } from '../lib/url.js';
import { STARTER, isId, locate } from './catalog.js';

/** A source from the argument of an API call, the page's URL or a text field: a Blob, a URL or an id. */
export function modelSourceOf(given) {
  if (given instanceof Blob) return { blob: given, name: given.name ?? 'unnamed' };
  const text = String(given).trim();
  if (isId(text)) return { id: text, address: text === STARTER ? null : text };
  const url = parseUrl(text);
  return { url, address: url.protocol.startsWith('http') ? text : null };
}

/** Resolves to the argument of `ModelLoader.prepare`; `card` describes a file or URL that has no card of its own. */
export async function describeModel({ blob, name, id, url }, card = null) {
  if (blob) return { blob, name, card };
  if (id) return locate(id);
  const key = url.protocol.startsWith('http') ? url.href : null;
  return { url: url.href, key, card, name: fileNameOf(url) };
}
