// @ts-check
// A weight file during its download. Reads wait until their bytes have arrived, so that tensors are uploaded to the GPU meanwhile. A
// broken connection is resumed where it ended.

import { bodyOf, lengthOf, refuseHtml, request, sendForRange, shorten, statusError } from '../lib/download.js';
import { textError } from '../lib/errors.js';
import { bytes } from '../lib/format.js';

/** @import { Access } from '../lib/download.js' */
/** @import { Values } from '../lib/i18n.js' */
/** @import { Bytes, WritableStore } from './stores.js' */

/** Consecutive attempts without progress before the download fails. */
const ATTEMPTS = 4;
/** Pause before the first attempt in milliseconds; it doubles with each. */
const PAUSE_MS = 400;
/** Bytes of an interrupted download that are hashed at once. */
const HASH_CHUNK = 1 << 20;

/** @typedef {{ update(chunk: Uint8Array): void }} Digest */

export class StreamingFile {
  /**
   * In bytes; null until the end if the server does not report it.
   * @type {number | null}
   */
  length = null;
  received = 0;
  /**
   * ETag or Last-Modified: equal in two responses for the same version of the file. Null if the server sends neither.
   * @type {string | null}
   */
  validator = null;
  #url;
  #store;
  #digest;
  #signal;
  #onProgress;
  #size;
  /** @type {{ cache: RequestCache, access: Access | null }} */
  #options;
  /** The server sends parts of a file. */
  #hasRanges = true;
  /** @type {Response | null} */
  #response = null;
  /** @type {{ end: number, resolve: () => void }[]} */
  #waiting = [];
  #complete = false;
  /** @type {unknown} */
  #failure = null;

  /**
   * @param {URL} url
   * @param {object} options
   * @param {WritableStore} options.store possibly with the beginning from an interrupted download
   * @param {Digest} options.digest receives every byte once, in order
   * @param {AbortSignal} options.signal
   * @param {(received: number, total: number | null) => void} options.onProgress
   * @param {number | null} [options.size] the length that the file must have, if it is known
   * @param {RequestCache} [options.cache]
   * @param {Access | null} [options.access]
   */
  constructor(url, { store, digest, signal, onProgress, size = null, cache = 'default', access = null }) {
    this.#url = url;
    this.#store = store;
    this.#digest = digest;
    this.#signal = signal;
    this.#onProgress = onProgress;
    this.#size = size;
    this.#options = { cache, access };
  }

  /** Requests the file, or the missing rest of it; resolves when the server answers. */
  async open() {
    const { validator, length, received } = this.#store;
    const stored = validator ? received : 0;
    if (stored === 0 || stored !== length) this.#response = await this.#requestFrom(stored);
    if (stored > 0 && (!this.#response || validatorOf(this.#response) === validator)) {
      await this.#resume(stored);
      this.validator = validator;
      this.length = length;
      return;
    }
    this.#store.reset();
    const response = stored > 0 || !this.#response ? await this.#requestFrom(0) : this.#response;
    this.#response = response;
    this.validator = validatorOf(response);
    this.length = lengthOf(response) ?? this.#size;
  }

  /** Downloads everything that is missing. */
  async download() {
    for (let failed = 0; this.#response; ) {
      const before = this.received;
      if (await this.#readBody(this.#response)) break;
      failed = this.received > before ? 0 : failed + 1;
      this.#response = await this.#retry(failed);
    }
    this.length = this.received;
    this.#complete = true;
    this.#wake();
  }

  /**
   * Resolves to the bytes from `start` to `end` once they have arrived.
   * @param {number} start
   * @param {number} end
   */
  async read(start, end) {
    while (end > this.received && !this.#complete && !this.#failure) {
      await new Promise((resolve) => { this.#waiting.push({ end, resolve: () => resolve(undefined) }); });
    }
    if (this.#failure) throw this.#failure;
    return this.#store.read(start, end);
  }

  /**
   * Rejects waiting and later reads.
   * @param {unknown} error
   */
  fail(error) {
    this.#failure ??= error;
    this.#wake();
  }

  /**
   * The first request. It asks for a part, which is not compressed; but the browser caches no part of the page's own files.
   * @param {number} from
   */
  async #send(from) {
    const options = { what: /** @type {const} */ ('download.model'), signal: this.#signal, from, ...this.#options };
    if (this.#url.origin === location.origin) return request(this.#url, options);
    const { response, hasRanges } = await sendForRange(this.#url, options);
    this.#hasRanges = hasRanges;
    if (!response.ok) throw statusError(response, this.#url, options.what);
    return response;
  }

  /**
   * @param {number} from
   * @returns {Promise<Response>}
   */
  async #requestFrom(from) {
    try {
      const response = await this.#send(from);
      refuseHtml(new Uint8Array(), { type: response.headers.get('content-type') ?? '', url: this.#url, what: 'download.model' });
      return response;
    } catch (error) {
      // The stored beginning may be longer than a new version of the file.
      if (from === 0 || !(error instanceof Error && 'absent' in error)) throw error;
      return this.#requestFrom(0);
    }
  }

  /**
   * Counts the stored beginning as received and hashes it.
   * @param {number} stored
   */
  async #resume(stored) {
    for (let at = 0; at < stored; at += HASH_CHUNK) {
      this.#digest.update(await this.#store.read(at, Math.min(at + HASH_CHUNK, stored)));
    }
    this.received = stored;
  }

  /**
   * Reads a response to its end or until the connection breaks; resolves to whether the file is complete.
   * @param {Response} response
   */
  async #readBody(response) {
    // A server without ranges sends the file from its beginning: what is stored already is skipped.
    let skip = response.status === 206 ? 0 : this.received;
    const reader = bodyOf(response).getReader();
    for (;;) {
      /** @type {ReadableStreamReadResult<Bytes> | null} */
      const result = await reader.read().catch((error) => {
        if (this.#signal.aborted) throw error;
        return null;
      });
      if (!result) return false;
      if (result.done) return this.length === null || this.received >= this.length;
      const chunk = result.value.subarray(Math.min(skip, result.value.length));
      skip -= result.value.length - chunk.length;
      if (chunk.length > 0) await this.#add(chunk);
    }
  }

  /**
   * Requests the missing rest after a pause, several times if necessary.
   * @param {number} failed consecutive attempts so far
   */
  async #retry(failed) {
    for (let attempt = failed; attempt <= ATTEMPTS && this.validator; attempt += 1) {
      await pause(PAUSE_MS * 2 ** attempt, this.#signal);
      const from = this.#hasRanges ? this.received : 0;
      const response = await request(this.#url, { what: 'download.model', signal: this.#signal, from, ...this.#options }).catch((error) => {
        if (this.#signal.aborted) throw error;
        return null;
      });
      if (response && validatorOf(response) !== this.validator) {
        throw textError('DownloadError', 'download.changed', { url: shorten(this.#url) });
      }
      if (response) return response;
    }
    /** @type {Values[string]} */
    const progress = this.length ? { key: 'format.of', values: { done: bytes(this.received), total: bytes(this.length) } } : bytes(this.received);
    throw textError('BrokenDownload', 'download.broken', { what: { key: 'download.model' }, url: shorten(this.#url), progress });
  }

  /** @param {Bytes} chunk */
  async #add(chunk) {
    if (this.received === 0) refuseHtml(chunk.subarray(0, 64), { type: '', url: this.#url, what: 'download.model' });
    await this.#store.write(chunk, this.received);
    this.#digest.update(chunk);
    this.received += chunk.length;
    this.#onProgress(this.received, this.length);
    this.#wake();
  }

  #wake() {
    const due = this.#waiting.filter(({ end }) => this.#complete || this.#failure || end <= this.received);
    this.#waiting = this.#waiting.filter((one) => !due.includes(one));
    for (const { resolve } of due) resolve();
  }
}

/**
 * What is equal in two responses for the same version of a file; null if the server sends nothing of this kind.
 * @param {Response} response
 */
export const validatorOf = (response) => response.headers.get('etag')?.replace(/^W\//, '') ?? response.headers.get('last-modified');

/**
 * @param {number} ms
 * @param {AbortSignal} signal
 */
function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
  });
}
