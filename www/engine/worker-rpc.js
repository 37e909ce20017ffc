// Requests to a worker and their answers. One request is under way at a time and the others wait
// in order, so the engine never sees two calls at once; only what is asked for `beside` the others, as
// downloads are, waits for none. Of waiting requests that share a `latest` key only the newest is kept:
// nobody wants the answer for an image already replaced.

import { namedError } from '../lib/errors.js';

export class WorkerRpc {
  #worker;
  #waiting = [];
  #current = null;
  #beside = new Map();
  #nextId = 1;
  #broken = null;

  constructor(worker) {
    this.#worker = worker;
    worker.addEventListener('message', ({ data }) => this.#receive(data));
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.close(namedError('WorkerError', event.message || 'its script could not be loaded'));
    });
  }

  /**
   * Asks the worker to run `method(...args)` and promises the answer.
   * `onNote` receives what the worker has to say before it is done; what is in `move` is the worker's from then on.
   */
  call(method, args = [], { latest = null, beside = false, onNote = null, move = [] } = {}) {
    if (this.#broken) return Promise.reject(this.#broken);
    return new Promise((resolve, reject) => {
      if (latest) this.#supersede(latest);
      const request = { id: this.#nextId++, method, args, latest, onNote, move, resolve, reject };
      if (beside) {
        this.#beside.set(request.id, request);
        this.#send(request);
      } else {
        this.#waiting.push(request);
        this.#sendNext();
      }
    });
  }

  /** Ends the worker; everything not yet answered is rejected with `reason`. */
  close(reason) {
    this.#broken = reason;
    this.#worker.terminate();
    for (const request of [this.#current, ...this.#waiting, ...this.#beside.values()]) request?.reject(reason);
    this.#current = null;
    this.#beside.clear();
    this.#waiting = [];
  }

  #supersede(latest) {
    this.#waiting = this.#waiting.filter((request) => {
      if (request.latest !== latest) return true;
      request.reject(namedError('AbortError', 'A newer request took its place.'));
      return false;
    });
  }

  #sendNext() {
    if (this.#current || this.#waiting.length === 0) return;
    this.#current = this.#waiting.shift();
    this.#send(this.#current);
  }

  #send({ id, method, args, move }) {
    this.#worker.postMessage({ id, method, args }, move);
  }

  #receive({ id, note, value, error }) {
    const request = this.#beside.get(id) ?? (this.#current?.id === id ? this.#current : null);
    if (!request) return;
    if (note) {
      request.onNote?.(note);
      return;
    }
    if (request === this.#current) this.#current = null;
    this.#beside.delete(id);
    if (error) request.reject(namedError(error.name, error.message));
    else request.resolve(value);
    this.#sendNext();
  }
}
