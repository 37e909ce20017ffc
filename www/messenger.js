// Requests to a worker and their answers. One request is under way at a time and the others wait
// in order, so the engine never sees two calls at once. Of waiting requests that share a
// `latest` key only the newest is kept: nobody wants the answer for a picture already replaced.

export class Messenger {
  #worker;
  #waiting = [];
  #current = null;
  #nextId = 1;
  #broken = null;

  constructor(worker) {
    this.#worker = worker;
    worker.addEventListener('message', ({ data }) => this.#receive(data));
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.close(named('WorkerError', event.message || 'its script could not be loaded'));
    });
  }

  /**
   * Asks the worker to run `method(...args)` and promises the answer.
   * `onNote` receives what the worker has to say before it is done; what is in `move` is the worker's from then on.
   */
  call(method, args = [], { latest = null, onNote = null, move = [] } = {}) {
    if (this.#broken) return Promise.reject(this.#broken);
    return new Promise((resolve, reject) => {
      if (latest) this.#supersede(latest);
      this.#waiting.push({ id: this.#nextId++, method, args, latest, onNote, move, resolve, reject });
      this.#sendNext();
    });
  }

  /** Ends the worker; everything not yet answered is rejected with `reason`. */
  close(reason) {
    this.#broken = reason;
    this.#worker.terminate();
    for (const request of [this.#current, ...this.#waiting]) request?.reject(reason);
    this.#current = null;
    this.#waiting = [];
  }

  #supersede(latest) {
    this.#waiting = this.#waiting.filter((request) => {
      if (request.latest !== latest) return true;
      request.reject(named('AbortError', 'A newer request took its place.'));
      return false;
    });
  }

  #sendNext() {
    if (this.#current || this.#waiting.length === 0) return;
    this.#current = this.#waiting.shift();
    const { id, method, args, move } = this.#current;
    this.#worker.postMessage({ id, method, args }, move);
  }

  #receive({ id, note, value, error }) {
    const request = this.#current;
    if (request?.id !== id) return;
    if (note) {
      request.onNote?.(note);
      return;
    }
    this.#current = null;
    if (error) request.reject(named(error.name, error.message));
    else request.resolve(value);
    this.#sendNext();
  }
}

/** An Error with a name by which callers tell failures apart. */
export function named(name, message) {
  return Object.assign(new Error(message), { name });
}
