// Plain GET with byte progress. No HEAD, no ranges, no credentials, no referrer: that is what
// public weight hosts answer without a preflight. Every failure is one sentence for people.

import { named } from './messenger.js';

const LOCAL = new Set(['localhost', '127.0.0.1']);

/**
 * Promises the file at `url` as a Blob. `what` ("picture", "model", "model card") is for the sentences,
 * `onProgress(received, total)` hears of bytes; `total` is null where the server does not say.
 */
export async function download(url, { what, signal, onProgress }) {
  refuseUnreachable(url, what);
  let response;
  try {
    response = await fetch(url, { referrerPolicy: 'no-referrer', credentials: 'omit', signal });
  } catch (error) {
    throw signal?.aborted ? error : named('DownloadError', offline(url, what));
  }
  if (!response.ok) {
    const status = [response.status, response.statusText].filter(Boolean).join(' ');
    throw absent(`The ${what} at ${short(url)} could not be downloaded: the server answered ${status}.`);
  }
  const type = response.headers.get('content-type') ?? '';
  const chunks = await readAll(response, { url, what, signal, onProgress });
  const blob = new Blob(chunks, { type });
  if (type.startsWith('text/html') || await startsLikeHtml(blob)) {
    throw absent(`The address ${short(url)} answered with a web page (HTML), not with a ${what}.`);
  }
  return blob;
}

async function readAll(response, { url, what, signal, onProgress }) {
  // A compressed transfer's length is not the file's length.
  const told = response.headers.get('content-encoding') ? 0 : Number(response.headers.get('content-length'));
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
    throw named('DownloadError', `The download of the ${what} at ${short(url)} broke off after ${received} bytes.`);
  }
}

function refuseUnreachable(url, what) {
  if (!['https:', 'http:', 'data:', 'blob:'].includes(url.protocol)) {
    throw named('DownloadError', `The ${what} address ${short(url)} starts with “${url.protocol}”; https: is needed.`);
  }
  const sameOrigin = url.origin === location.origin;
  if (url.protocol === 'http:' && !sameOrigin && !LOCAL.has(url.hostname)) {
    throw named('DownloadError', `The ${what} address ${short(url)} is not encrypted; only https: addresses can be read.`);
  }
}

function offline(url, what) {
  return `The ${what} at ${short(url)} could not be reached: the address is wrong, the network is down, `
    + 'or the server does not let other pages read it (CORS).';
}

/** The server answers, but has no such file. */
function absent(sentence) {
  return Object.assign(named('DownloadError', sentence), { absent: true });
}

async function startsLikeHtml(blob) {
  const start = (await blob.slice(0, 64).text()).trimStart().toLowerCase();
  return start.startsWith('<!doctype html') || start.startsWith('<html');
}

function short(url) {
  const text = url.href;
  return text.length > 90 ? `${text.slice(0, 60)}…${text.slice(-24)}` : text;
}
