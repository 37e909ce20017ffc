// Plain GET. No HEAD, no credentials, no referrer, no header that would have to be asked for first: that is what
// public weight hosts answer. Every failure is one sentence for people. Used by the page and by its worker.

import { namedError } from './errors.js';

const LOCAL = new Set(['localhost', '127.0.0.1']);

/**
 * Promises the file at `url` as a Blob. `what` ("image", "model", "model card") is for the sentences,
 * `onProgress(received, total)` hears of bytes; `total` is null where the server does not say.
 */
export async function download(url, { what, signal, onProgress }) {
  const response = await request(url, { what, signal });
  const type = response.headers.get('content-type') ?? '';
  const chunks = await readAll(response, { url, what, signal, onProgress });
  refuseHtml(beginning(chunks), { type, url, what });
  return new Blob(chunks, { type });
}

/** Promises an answer with a body to read, the whole file or, where the server can, what comes `from` some byte on. */
export async function request(url, { what, signal, from = 0 }) {
  refuseUnreachable(url, what);
  // A range without an end is the one header that needs no permission of another origin's.
  const headers = from > 0 ? { range: `bytes=${from}-` } : {};
  let response;
  try {
    response = await fetch(url, { headers, referrerPolicy: 'no-referrer', credentials: 'omit', signal });
  } catch (error) {
    throw signal?.aborted ? error : namedError('DownloadError', offline(url, what));
  }
  if (!response.ok) {
    const status = [response.status, response.statusText].filter(Boolean).join(' ');
    throw absent(`The ${what} at ${short(url)} could not be downloaded: the server answered ${status}.`);
  }
  return response;
}

/** How many bytes an answer's body will have, or null where the server does not say. */
export function lengthOf(response) {
  // A compressed transfer's length is not the file's length.
  const told = response.headers.get('content-encoding') ? null : response.headers.get('content-length');
  return told === null ? null : Number(told);
}

/** Some servers answer an address that they do not know with a web page; `start` is the first bytes. */
export function refuseHtml(start, { type, url, what }) {
  const text = new TextDecoder().decode(start).trimStart().toLowerCase();
  if (type.startsWith('text/html') || text.startsWith('<!doctype html') || text.startsWith('<html')) {
    throw absent(`The address ${short(url)} answered with a web page (HTML) instead of the ${what}.`);
  }
}

/** An address as it fits into a sentence. */
export function short(url) {
  const text = url.href;
  return text.length > 90 ? `${text.slice(0, 60)}…${text.slice(-24)}` : text;
}

/** As many of the first bytes as `refuseHtml` looks at, however small the pieces are in which a file came. */
function beginning(chunks, length = 64) {
  const bytes = [];
  for (const chunk of chunks) bytes.push(...chunk.subarray(0, length - bytes.length));
  return Uint8Array.from(bytes);
}

async function readAll(response, { url, what, signal, onProgress }) {
  const told = lengthOf(response);
  const chunks = [];
  let received = 0;
  try {
    for (const reader = response.body.getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) return chunks;
      chunks.push(value);
      received += value.length;
      onProgress?.(received, told >= received ? told : null);
    }
  } catch (error) {
    if (signal?.aborted) throw error;
    throw namedError('DownloadError', `The download of the ${what} at ${short(url)} broke off after ${received} bytes.`);
  }
}

function refuseUnreachable(url, what) {
  if (!['https:', 'http:', 'data:', 'blob:'].includes(url.protocol)) {
    throw namedError('DownloadError', `The ${what} address ${short(url)} starts with “${url.protocol}”; https: is needed.`);
  }
  const sameOrigin = url.origin === location.origin;
  if (url.protocol === 'http:' && !sameOrigin && !LOCAL.has(url.hostname)) {
    throw namedError('DownloadError', `The ${what} address ${short(url)} is not encrypted; only https: addresses can be read.`);
  }
}

function offline(url, what) {
  return `The ${what} at ${short(url)} could not be reached: the address is wrong, the network is down, `
    + 'or the server does not let other pages read it (CORS).';
}

/** The server answers, but has no such file. */
function absent(sentence) {
  return Object.assign(namedError('DownloadError', sentence), { absent: true });
}
