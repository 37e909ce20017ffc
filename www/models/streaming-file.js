// A weight file while it arrives: what is read of it waits until it is there, so that tensors go to the GPU during the
// download. A broken connection is taken up again where it left off.

import { lengthOf, refuseHtml, request, short } from '../lib/download.js';
import { bytes } from '../lib/format.js';
import { namedError } from '../lib/errors.js';

/** Attempts in a row that bring nothing, and the pause before the first of them in milliseconds; each next is twice as long. */
const ATTEMPTS = 4;
const PAUSE = 400;
/** What one call of the digest is given of what an earlier visit has brought. */
const PIECE = 1 << 20;

export class StreamingFile {
  /** In bytes; null until the end where the server does not say. */
  length = null;
  received = 0;
  /** By what two answers of the server are known to be of the same file; null where it says nothing. */
  validator = null;
  #url;
  #store;
  #digest;
  #signal;
  #onProgress;
  #answer = null;
  #waiting = [];
  #over = false;
  #failure = null;

  /**
   * `store` keeps the bytes: `{ validator, length, received, write(chunk, at), read(start, end), forget() }`, maybe with a
   * beginning from an earlier attempt. `digest.update(chunk)` is given every byte once, in order.
   */
  constructor(url, { store, digest, signal, onProgress }) {
    this.#url = url;
    this.#store = store;
    this.#digest = digest;
    this.#signal = signal;
    this.#onProgress = onProgress;
  }

  /** Asks for the file, or for what is missing of it; resolves when the server answers. */
  async open() {
    const { validator, length, received } = this.#store;
    const begun = validator ? received : 0;
    if (begun === 0 || begun !== length) this.#answer = await this.#ask(begun);
    const goesOn = begun > 0 && (!this.#answer || validatorOf(this.#answer) === validator);
    if (goesOn) await this.#takeUp(begun);
    else {
      this.#store.forget();
      if (begun > 0) this.#answer = await this.#ask(0);
    }
    this.validator = goesOn ? validator : validatorOf(this.#answer);
    this.length = goesOn ? length : lengthOf(this.#answer);
  }

  /** Brings all that is missing; resolves at the end of it. */
  async arrive() {
    for (let failed = 0; this.#answer; ) {
      const before = this.received;
      if (await this.#take()) break;
      failed = this.received > before ? 0 : failed + 1;
      this.#answer = await this.#askAgain(failed);
    }
    this.length = this.received;
    this.#over = true;
    this.#wake();
  }

  /** Promises the bytes from `start` to `end`. */
  async read(start, end) {
    while (end > this.received && !this.#over && !this.#failure) {
      await new Promise((resolve) => { this.#waiting.push({ end, resolve }); });
    }
    if (this.#failure) throw this.#failure;
    return this.#store.read(start, end);
  }

  /** Whoever waits for bytes hears that they will not come. */
  fail(error) {
    this.#failure ??= error;
    this.#wake();
  }

  async #ask(from) {
    try {
      const response = await request(this.#url, { what: 'model', signal: this.#signal, from });
      refuseHtml(new Uint8Array(), { type: response.headers.get('content-type') ?? '', url: this.#url, what: 'model' });
      return response;
    } catch (error) {
      // What an earlier visit has brought may be longer than what is there now.
      if (from === 0 || !error.absent) throw error;
      return this.#ask(0);
    }
  }

  /** What is there already counts as received, and the digest is told of it. */
  async #takeUp(begun) {
    for (let at = 0; at < begun; at += PIECE) this.#digest.update(await this.#store.read(at, Math.min(at + PIECE, begun)));
    this.received = begun;
  }

  /** Reads the answer to its end; promises whether the file is complete then. */
  async #take() {
    // A server that knows no ranges begins anew: what is here already is passed over.
    let known = this.#answer.status === 206 ? 0 : this.received;
    const reader = this.#answer.body.getReader();
    for (;;) {
      const { done, broken, value } = await reader.read().catch((error) => {
        if (this.#signal.aborted) throw error;
        return { broken: true };
      });
      if (broken) return false;
      if (done) return this.length === null || this.received >= this.length;
      const chunk = value.subarray(Math.min(known, value.length));
      known -= value.length - chunk.length;
      if (chunk.length > 0) await this.#add(chunk);
    }
  }

  /** Promises another answer, of what is missing, after a while; the server may need several attempts. */
  async #askAgain(failed) {
    for (let attempt = failed; attempt <= ATTEMPTS && this.validator; attempt += 1) {
      await pause(PAUSE * 2 ** attempt, this.#signal);
      const response = await request(this.#url, { what: 'model', signal: this.#signal, from: this.received }).catch((error) => {
        if (this.#signal.aborted) throw error;
        return null;
      });
      if (response && validatorOf(response) !== this.validator) {
        throw namedError('DownloadError', `The model at ${short(this.#url)} was changed while it was being downloaded.`);
      }
      if (response) return response;
    }
    const so = this.length ? `${bytes(this.received)} of ${bytes(this.length)}` : bytes(this.received);
    throw namedError('BrokenDownload', `The download of the model at ${short(this.#url)} broke off after ${so}.`);
  }

  async #add(chunk) {
    if (this.received === 0) refuseHtml(chunk.subarray(0, 64), { type: '', url: this.#url, what: 'model' });
    await this.#store.write(chunk, this.received);
    this.#digest.update(chunk);
    this.received += chunk.length;
    this.#onProgress(this.received, this.length);
    this.#wake();
  }

  #wake() {
    const due = this.#waiting.filter(({ end }) => this.#over || this.#failure || end <= this.received);
    this.#waiting = this.#waiting.filter((one) => !due.includes(one));
    for (const { resolve } of due) resolve();
  }
}

const validatorOf = (response) => response.headers.get('etag') ?? response.headers.get('last-modified');

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
