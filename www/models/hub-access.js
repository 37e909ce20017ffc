// @ts-check
// Which hub the page uses, and the access tokens that the user has typed. Tokens are kept in the memory of this page only, one for each
// hub: they are in no storage and in no link, and a token for one hub is never sent to another.

import { textError } from '../lib/errors.js';

/** Token by origin of its hub. @type {Map<string, string>} */
const tokens = new Map();

/**
 * The base URL of the hub: that of `?hub=` in the page's URL, or else the catalog's. Throws a DownloadError if `?hub=` is no URL of HTTP.
 * @param {string} usual
 * @param {string} [query]
 */
export function hubInUse(usual, query = location.search) {
  const given = new URLSearchParams(query).get('hub')?.trim();
  if (!given) return usual;
  const url = URL.canParse(given) ? new URL(given) : null;
  if (!url || !['https:', 'http:'].includes(url.protocol) || url.username || url.password) throw textError('DownloadError', 'hub.wrongAddress', { text: given });
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/**
 * Keeps a token for a hub, or forgets it.
 * @param {string} hub
 * @param {string | null} token
 */
export function keepToken(hub, token) {
  const text = token?.trim();
  if (text) tokens.set(new URL(hub).origin, text);
  else tokens.delete(new URL(hub).origin);
}

/**
 * The token for a hub, or null.
 * @param {string} hub
 */
export const tokenFor = (hub) => tokens.get(new URL(hub).origin) ?? null;
