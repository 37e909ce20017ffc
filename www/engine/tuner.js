// Finds out which way of computing each layer is fastest on this very adapter, while nobody waits
// for anything, and remembers it for the next visit. `?tune=off` leaves it out, `?tune=now` measures
// anew at once and on any adapter; software adapters are left alone otherwise, for measuring takes
// them long and the ways that come with the engine were measured on them.

import { namedError } from '../lib/errors.js';

const MODES = ['off', 'now'];
const SLICE_MS = 40;
const PAUSE_MS = 250;
/** All in all, unless it was asked for: the dearest layers come first, and the rest gains little. */
const BUDGET_MS = 5000;

export class Tuner {
  #session;
  #mode;
  #running = false;

  /** `mode` is null, `off` or `now`; another word is refused, and taken for null. */
  constructor(session, mode) {
    this.#session = session;
    this.#mode = MODES.includes(mode) ? mode : null;
    this.problem = mode === this.#mode ? null : namedError('StateError', `tune: expected off or now, found “${mode}”.`);
  }

  /** Before the first model: what an earlier visit found. */
  async restore() {
    if (this.#mode !== null) return;
    const saved = await entry(await this.#session.tuningKey());
    // What cannot be used any more is measured again.
    if (saved) await this.#session.restoreTuning(saved).catch(() => null);
  }

  /** After a model's first answer. `isIdle` says whether nobody waits; `onDone` hears when all is measured. */
  async run(adapter, { isIdle, onDone }) {
    const wanted = this.#mode === 'now' || (this.#mode === null && !adapter.software);
    if (!wanted || this.#running) return;
    this.#running = true;
    try {
      if (await this.#measure(isIdle)) onDone();
    } finally {
      this.#running = false;
    }
  }

  async #measure(isIdle) {
    let progress = { done: 0, total: Infinity };
    for (let spent = 0; progress.done < progress.total; ) {
      await new Promise((resolve) => setTimeout(resolve, this.#mode === 'now' ? 0 : PAUSE_MS));
      if (!isIdle()) continue;
      if (this.#mode === null && spent > BUDGET_MS) return false;
      const started = performance.now();
      progress = await this.#session.tune(SLICE_MS);
      spent += performance.now() - started;
      await entry(await this.#session.tuningKey(), await this.#session.tuning());
    }
    return progress.total > 0;
  }
}

/** Reads or, given a value, writes an entry; null where the browser keeps nothing, as in private windows. */
async function entry(key, value) {
  try {
    const opening = indexedDB.open('resnet-lens', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('tuning');
    const database = await settled(opening);
    const store = database.transaction('tuning', value === undefined ? 'readonly' : 'readwrite').objectStore('tuning');
    const result = await settled(value === undefined ? store.get(key) : store.put(value, key));
    database.close();
    return result ?? null;
  } catch {
    return null;
  }
}

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
