// @ts-check
// URLs that users type, paste or link to.

import { textError } from './errors.js';
import { t } from './i18n.js';

/**
 * Parses `text` relative to the page. Throws a DownloadError if it is not a URL.
 * @param {string} text
 */
export function parseUrl(text) {
  try {
    return new URL(text, document.baseURI);
  } catch {
    throw textError('DownloadError', 'error.noAddress', { text });
  }
}

/**
 * Parameters as a query or fragment in which colons and commas are readable; both are valid there.
 * @param {URLSearchParams} params
 */
export const readableParams = (params) => params.toString().replaceAll('%3A', ':').replaceAll('%2C', ',');

/**
 * The last segment of the path, decoded; the host if the path is empty, generic names for data: and blob: URLs.
 * @param {URL} url
 */
export function fileNameOf(url) {
  if (url.protocol === 'data:') return t('image.embedded');
  if (!url.protocol.startsWith('http')) return t('image.pasted');
  const last = url.pathname.split('/').pop() ?? '';
  try {
    return decodeURIComponent(last) || url.hostname;
  } catch {
    return last;
  }
}
