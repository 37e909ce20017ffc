// @ts-check
// Plain GET requests, for the page and its worker. No HEAD, credentials, referrer or, without a token, header that needs a CORS preflight:
// public hosts of weights answer exactly that. Every failure is a DownloadError with a complete sentence.

import { textError } from './errors.js';

/** @import { Key, Values } from './i18n.js' */

/** What a download brings: the key of its name in error sentences. @typedef {Extract<Key, 'download.image' | 'download.model' | 'download.card' | 'download.catalog'>} Subject */

const LOCAL = new Set(['localhost', '127.0.0.1']);
/** `refuseHtml` looks at this many bytes. */
const PREFIX_BYTES = 64;

/**
 * Downloads a file as a Blob.
 * @param {URL} url
 * @param {object} options
 * @param {Subject} options.what
 * @param {AbortSignal} [options.signal]
 * @param {(received: number, total: number | null) => void} [options.onProgress] `total` is null if the server does not report it
 */
export async function download(url, { what, signal, onProgress }) {
  const response = await request(url, { what, signal });
  const type = response.headers.get('content-type') ?? '';
  const chunks = await readAll(response, { url, what, signal, onProgress });
  refuseHtml(prefixOf(chunks), { type, url, what });
  return new Blob(chunks, { type });
}

/** An access token and the only origin that it is sent to. @typedef {{ origin: string, token: string }} Access */
/**
 * @typedef {object} RequestOptions
 * @property {Subject} what
 * @property {AbortSignal} [signal]
 * @property {number} [from] the first byte, if the server supports ranges
 * @property {boolean} [identity] ask for a transfer without compression also from the first byte on
 * @property {RequestCache} [cache]
 * @property {Access | null} [access]
 */

/**
 * Resolves to a successful response with an unread body: the whole file or, if the server supports ranges, the bytes `from` on.
 * @param {URL} url
 * @param {RequestOptions} options
 */
export async function request(url, options) {
  const response = await send(url, options);
  if (!response.ok) throw statusError(response, url, options.what);
  return response;
}

/**
 * Like `send` with a range, or without one if the server compresses even then, which browsers refuse.
 * @param {URL} url
 * @param {RequestOptions} options
 * @returns {Promise<{ response: Response, hasRanges: boolean }>}
 */
export async function sendForRange(url, options) {
  try {
    return { response: await send(url, { ...options, identity: true }), hasRanges: true };
  } catch (error) {
    if (options.signal?.aborted) throw error;
    return { response: await send(url, { ...options, from: 0, identity: false }), hasRanges: false };
  }
}

/**
 * Resolves to a response of any status with an unread body.
 * @param {URL} url
 * @param {RequestOptions} options
 */
export async function send(url, { what, signal, from = 0, identity = false, cache = 'default', access = null }) {
  refuseUnreachable(url, what);
  // A range without an end is the only range header that needs no CORS preflight. With a range, browsers accept no compression.
  /** @type {Record<string, string>} */
  const headers = from > 0 || identity ? { range: `bytes=${from}-` } : {};
  if (access && access.origin === url.origin) {
    // Browsers that lack this method may send the header on to another origin that the hub redirects to.
    if (!('withResolvers' in Promise)) throw textError('DownloadError', 'hub.oldBrowser');
    headers.authorization = `Bearer ${access.token}`;
  }
  try {
    return await fetch(url, { headers, cache, referrerPolicy: 'no-referrer', credentials: 'omit', signal: signal ?? null });
  } catch (error) {
    throw signal?.aborted ? error : textError('DownloadError', 'download.unreachable', subject(url, what));
  }
}

/**
 * The error for a response that is not successful.
 * @param {Response} response
 * @param {URL} url
 * @param {Subject} what
 */
export function statusError({ status, statusText }, url, what) {
  return absent('download.status', { ...subject(url, what), status: [status, statusText].filter(Boolean).join(' ') });
}

/**
 * The body of a response.
 * @param {Response} response
 */
export function bodyOf({ body }) {
  if (!body) throw textError('DownloadError', 'download.noBody');
  return body;
}

/**
 * Length of a response's body in bytes, or null if the server does not report it or the transfer may be compressed.
 * @param {Response} response
 */
export function lengthOf(response) {
  // The length of a compressed transfer is not the length of the file. Another origin usually hides that a transfer is compressed, but
  // parts of a file are not.
  const isHidden = response.type === 'cors' && response.status !== 206;
  const length = isHidden || response.headers.get('content-encoding') ? null : response.headers.get('content-length');
  return length === null ? null : Number(length);
}

/**
 * Throws if a response is a web page: some servers answer an unknown URL with one, and status 200.
 * @param {Uint8Array} start the first bytes of the body
 * @param {{ type: string, url: URL, what: Subject }} response `type` is its content type
 */
export function refuseHtml(start, { type, url, what }) {
  const text = new TextDecoder().decode(start).trimStart().toLowerCase();
  if (type.startsWith('text/html') || text.startsWith('<!doctype html') || text.startsWith('<html')) {
    throw absent('download.html', subject(url, what));
  }
}

/**
 * A URL, shortened for use in a sentence.
 * @param {URL} url
 */
export function shorten({ href }) {
  return href.length > 90 ? `${href.slice(0, 60)}…${href.slice(-24)}` : href;
}

/** @param {Uint8Array[]} chunks */
function prefixOf(chunks) {
  const bytes = [];
  for (const chunk of chunks) bytes.push(...chunk.subarray(0, PREFIX_BYTES - bytes.length));
  return Uint8Array.from(bytes);
}

/**
 * @param {Response} response
 * @param {{ url: URL, what: Subject, signal?: AbortSignal, onProgress?: (received: number, total: number | null) => void }} options
 */
async function readAll(response, { url, what, signal, onProgress }) {
  const length = lengthOf(response);
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const chunks = [];
  let received = 0;
  try {
    for (const reader = bodyOf(response).getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) return chunks;
      chunks.push(value);
      received += value.length;
      onProgress?.(received, length !== null && length >= received ? length : null);
    }
  } catch (error) {
    if (signal?.aborted) throw error;
    throw textError('DownloadError', 'download.broken', { ...subject(url, what), progress: { key: 'download.bytes', values: { received: String(received) } } });
  }
}

/**
 * @param {URL} url
 * @param {Subject} what
 */
function refuseUnreachable(url, what) {
  if (!['https:', 'http:', 'data:', 'blob:'].includes(url.protocol)) {
    throw textError('DownloadError', 'download.protocol', { ...subject(url, what), protocol: url.protocol });
  }
  const sameOrigin = url.origin === location.origin;
  if (url.protocol === 'http:' && !sameOrigin && !LOCAL.has(url.hostname)) {
    throw textError('DownloadError', 'download.insecure', subject(url, what));
  }
}

/**
 * @param {URL} url
 * @param {Subject} what
 */
const subject = (url, what) => ({ url: shorten(url), what: { key: what } });

/**
 * @param {Key} key
 * @param {Values} values
 */
const absent = (key, values) => Object.assign(textError('DownloadError', key, values), { absent: true });
