// @ts-check
// Sources of an image: a file in hand or a URL.

import { t } from '../lib/i18n.js';
import { copiedImage } from '../lib/readable-file.js';
import { fileNameOf, parseUrl } from '../lib/url.js';
import { rasterised } from './svg-image.js';

/**
 * A file or a URL. `address` is its value for the page's `?image=` parameter, null if it cannot be linked to.
 * @typedef {{ address: string | null } & ({ blob: Blob, name: string, url?: undefined } | { url: URL, blob?: undefined })} ImageSource
 */
/** @typedef {{ blob: Blob, name: string, address: string | null }} FetchedImage */
/** An image that was fetched before. @typedef {FetchedImage & { url?: undefined }} NamedBlob */

/**
 * The source for an argument of the API, a parameter of the URL or the content of a text field.
 * @param {Blob | URL | string | NamedBlob} given
 * @returns {ImageSource}
 */
export function imageSourceOf(given) {
  if (typeof given === 'object' && 'blob' in given) return given;
  if (given instanceof Blob) return { blob: given, name: given instanceof File ? given.name : t('image.unnamed'), address: null };
  const text = String(given).trim();
  const url = parseUrl(text);
  return { url, address: url.protocol.startsWith('http') ? text : null };
}

/**
 * @param {ImageSource} source
 * @param {(url: URL) => Promise<Blob>} download
 * @returns {Promise<FetchedImage>}
 */
export async function fetchImage(source, download) {
  if (source.blob) return { blob: await rasterised(await copiedImage(source.blob, source.name)), name: source.name, address: source.address };
  return { blob: await rasterised(await download(source.url)), name: fileNameOf(source.url), address: source.address };
}
