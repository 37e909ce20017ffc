// @ts-check
// Calls to a worker over postMessage. One call runs at a time and the others wait in order, so the engine never has two; calls made
// `beside` the queue, such as downloads, start at once. Of waiting calls with the same `latest` key only the newest is kept.
// Comlink has neither a queue nor such keys, and the page has no bundler and loads nothing from other hosts: a library would have
// to be copied into the project and wrapped by most of this file.

import { asError, errorOf, namedError, plainError, textError } from '../lib/errors.js';

/** @import { RpcResponse } from './worker-api.js' */

/**
 * @typedef {object} CallOptions
 * @property {string | null} [latest] a newer call with this key replaces the one that waits
 * @property {boolean} [beside] start at once, in parallel with other calls
 * @property {((note: any) => void) | null} [onNote] called with what the worker sends before the result
 * @property {Transferable[]} [transfer] arguments whose ownership moves to the worker
 */

/** @typedef {{ id: number, method: string, args: unknown[], resolve: (value: any) => void, reject: (error: Error) => void }} Pending */
/** @typedef {Pending & Required<Omit<CallOptions, 'beside'>>} Call */

export class WorkerRpc {
  #worker;
  /** @type {Call[]} */
  #waiting = [];
  /** @type {Call | null} */
  #current = null;
  /** @type {Map<number, Call>} */
  #beside = new Map();
  #nextId = 1;
  /** @type {Error | null} */
  #closed = null;
  #onFailure;

  /**
   * @param {Worker} worker
   * @param {(error: Error) => void} [onFailure] called once if the worker fails; every call is rejected then
   */
  constructor(worker, onFailure = () => {}) {
    this.#worker = worker;
    this.#onFailure = onFailure;
    worker.addEventListener('message', ({ data }) => this.#receive(data));
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.#fail(event.message ? namedError('WorkerError', event.message) : textError('WorkerError', 'error.workerScript'));
    });
    // It is unknown which call such a message belongs to.
    worker.addEventListener('messageerror', () => this.#fail(textError('WorkerError', 'error.workerMessage')));
  }

  /**
   * Has the worker run `method(...args)`; resolves to its result.
   * @param {string} method
   * @param {unknown[]} [args]
   * @param {CallOptions} [options]
   * @returns {Promise<any>}
   */
  call(method, args = [], { latest = null, beside = false, onNote = null, transfer = [] } = {}) {
    if (this.#closed) return Promise.reject(copyOf(this.#closed));
    return new Promise((resolve, reject) => {
      if (latest) this.#replace(latest);
      const call = { id: this.#nextId++, method, args, latest, onNote, transfer, resolve, reject };
      if (beside) {
        this.#beside.set(call.id, call);
        this.#send(call);
      } else {
        this.#waiting.push(call);
        this.#sendNext();
      }
    });
  }

  /**
   * Terminates the worker and rejects every unfinished and every later call with a copy of `reason`: callers mark an error that
   * they have shown.
   * @param {Error} reason
   */
  close(reason) {
    this.#closed = reason;
    this.#worker.terminate();
    for (const call of [this.#current, ...this.#waiting, ...this.#beside.values()]) call?.reject(copyOf(reason));
    this.#current = null;
    this.#beside.clear();
    this.#waiting = [];
  }

  /** @param {Error} error */
  #fail(error) {
    if (this.#closed) return;
    this.close(error);
    this.#onFailure(error);
  }

  /** @param {string} latest */
  #replace(latest) {
    this.#waiting = this.#waiting.filter((call) => {
      if (call.latest !== latest) return true;
      call.reject(namedError('AbortError', 'A newer call replaced this one.'));
      return false;
    });
  }

  #sendNext() {
    if (this.#current) return;
    this.#current = this.#waiting.shift() ?? null;
    if (this.#current) this.#send(this.#current);
  }

  /** @param {Call} call */
  #send(call) {
    const { id, method, args, transfer } = call;
    try {
      this.#worker.postMessage({ id, method, args }, transfer);
    } catch (error) {
      // The arguments cannot be cloned or transferred: the call fails, the queue goes on.
      this.#receive({ id, error: asError(error) });
    }
  }

  /** @param {RpcResponse} response */
  #receive({ id, note, value, error, failure }) {
    if (failure) {
      this.#fail(errorOf(failure));
      return;
    }
    const call = id === undefined ? null : this.#beside.get(id) ?? (this.#current?.id === id ? this.#current : null);
    if (!call) return;
    if (note) {
      call.onNote?.(note);
      return;
    }
    if (call === this.#current) this.#current = null;
    this.#beside.delete(call.id);
    if (error) call.reject(errorOf(error));
    else call.resolve(value);
    this.#sendNext();
  }
}

/** @param {Error} error */
const copyOf = (error) => errorOf(plainError(error));
