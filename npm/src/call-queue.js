// @ts-check
// Runs calls one at a time, in the order in which they are made.

/** @import { Abortable } from './options.js' */

export class CallQueue {
  /** Resolves when the latest call has ended. @type {Promise<unknown>} */
  #last = Promise.resolve();

  /**
   * Runs `call` after the earlier ones, whether they succeed or fail. An aborted call that waits is not run. One that runs is rejected
   * at once, and the next one begins when it has ended.
   * @template T
   * @param {() => Promise<T>} call
   * @param {Abortable} [options]
   * @returns {Promise<T>}
   */
  run(call, { signal } = {}) {
    const turn = this.#last.then(() => {
      signal?.throwIfAborted();
      return call();
    });
    this.#last = turn.catch(() => {});
    return abortable(turn, signal);
  }
}

/**
 * `promise`, rejected with the signal's reason as soon as it is aborted.
 * @template T
 * @param {Promise<T>} promise
 * @param {AbortSignal} [signal]
 * @returns {Promise<T>}
 */
export function abortable(promise, signal) {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
