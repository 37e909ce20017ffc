// Sources of an image: a file in hand or a URL. A source is `{ blob, name }` or `{ url }`; `address` is its value for the page's
// own `?image=` parameter, or null if it has none.

import { fileNameOf, parseUrl } from '../lib/url.js';

/** A source from the argument of an API call, the page's URL or a text field: a Blob or a URL as text. */
export function imageSourceOf(given) {
  if (given instanceof Blob) return { blob: given, name: given.name ?? 'unnamed' };
  const text = String(given).trim();
  const url = parseUrl(text);
  return { url, address: url.protocol.startsWith('http') ? text : null };
}

/** Resolves to `{ blob, name, address }`; `download(url)` fetches the Blob of a URL source. */
export async function fetchImage(source, download) {
  if (source.blob) return source;
  const blob = await download(source.url);
  return { blob, name: fileNameOf(source.url), address: source.address };
}
