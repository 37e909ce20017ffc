// @ts-check
// Measures what a panel shows: one part after the other, and always the first that is missing for the present view. A part that is no
// longer wanted is cancelled, and its value is dropped.

import { asError, messageOf } from '../lib/errors.js';

/** @import { Progress } from '../pkg/resnet_lens.js' */

/** `signal`: the part is no longer wanted. @typedef {{ signal: AbortSignal, onProgress: (progress: Progress) => void }} Run */
/**
 * A value, and what it depends on.
 * @template [Value=any]
 * @typedef {{ name: string, key: string, measure: (run: Run) => Promise<Value | undefined> }} Part
 */
/** `failure`: why there is no value. @typedef {{ key: string, value: any, failure: string }} Measured */

/** The device is lost or the engine restarts: the result is shown, and measured, again. */
const INTERRUPTIONS = new Set(['AbortError', 'DeviceLost']);

export class Measurements {
  #wanted;
  #changed;
  /** The latest value of each part by name, possibly with another key. @type {Map<string, Measured>} */
  #measured = new Map();
  /** @type {{ part: Part, abort: AbortController, progress: Progress } | null} */
  #running = null;
  #looping = false;

  /**
   * @param {{ wanted: () => Part[], changed: () => void }} parts `wanted`: what is to be measured now, in this order; `changed`: called
   *   after each change
   */
  constructor({ wanted, changed }) {
    this.#wanted = wanted;
    this.#changed = changed;
  }

  /** Measures what is missing. Called when the wanted parts change. */
  update() {
    const running = this.#running;
    if (running && !this.#wanted().some(({ name, key }) => name === running.part.name && key === running.part.key)) running.abort.abort();
    if (!this.#looping) this.#measure();
  }

  /** Drops all values, such as those of another network. */
  forget() {
    this.#measured = new Map();
    this.#running?.abort.abort();
  }

  /** Measures again what has failed. */
  retry() {
    for (const [name, { failure }] of this.#measured) if (failure) this.#measured.delete(name);
  }

  /** The part is measured, or has failed. @param {Part} part */
  isCurrent({ name, key }) {
    return this.#measured.get(name)?.key === key;
  }

  /** The latest value of a part, possibly with another key; null if there is none. @param {string} name */
  latest(name) {
    return this.#measured.get(name)?.value ?? null;
  }

  /** The value of a part; null if it is not measured. @param {Part | null | undefined} part */
  valueOf(part) {
    return part && this.isCurrent(part) ? this.latest(part.name) : null;
  }

  /** Why a part has no value; empty if it has one or is not measured. @param {Part | null | undefined} part */
  failureOf(part) {
    return part && this.isCurrent(part) ? this.#measured.get(part.name)?.failure ?? '' : '';
  }

  /** The progress of a part that is being measured; null for others. @param {Part | null | undefined} part @returns {Progress | null} */
  progressOf(part) {
    const running = this.#running;
    return part && running?.part.name === part.name && running.part.key === part.key ? running.progress : null;
  }

  async #measure() {
    this.#looping = true;
    for (let part = this.#missing(); part; part = this.#missing()) if (!await this.#measureOne(part)) break;
    this.#running = null;
    this.#looping = false;
    this.#changed();
  }

  #missing() {
    return this.#wanted().find((part) => !this.isCurrent(part)) ?? null;
  }

  /**
   * Resolves to false after an interruption.
   * @param {Part} part
   */
  async #measureOne(part) {
    const { name, key } = part;
    const running = { part, abort: new AbortController(), progress: { done: 0, total: 0 } };
    this.#running = running;
    const { signal } = running.abort;
    // The latest values may be those of another network afterwards.
    const measured = this.#measured;
    this.#changed();
    try {
      const onProgress = (/** @type {Progress} */ progress) => {
        if (signal.aborted) return;
        running.progress = progress;
        this.#changed();
      };
      const value = await part.measure({ signal, onProgress });
      if (signal.aborted) return true;
      measured.set(name, { key, value: value ?? null, failure: '' });
    } catch (caught) {
      const error = asError(caught);
      if (INTERRUPTIONS.has(error.name)) return false;
      if (!signal.aborted) measured.set(name, { key, value: null, failure: messageOf(error) });
    }
    this.#changed();
    return true;
  }
}
