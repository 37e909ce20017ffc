// @ts-check
// Opens the engine, and opens it again after its GPU device was lost: without a message, with everything that was shown. After several
// losses in a short time it is not reopened, because each restart could cause the next loss.

import { asError, namedError } from '../lib/errors.js';

/** @import { NamedError } from '../lib/errors.js' */

/** Losses within `PERIOD_MS` after which the user decides. */
const LOSSES = 3;
const PERIOD_MS = 5 * 60_000;

export class Recovery {
  #steps;
  /** Times of the losses in milliseconds. @type {number[]} */
  #losses = [];
  /** Number of losses so far. */
  #lost = 0;
  #running = true;
  /** Settled when the engine runs, or cannot. @type {Promise<void>} */
  opened;

  /**
   * @param {object} steps
   * @param {() => Promise<void>} steps.open starts the engine and restores what was shown
   * @param {() => void} steps.restarting called before the engine is opened again
   * @param {(error: NamedError) => void} steps.failed called if it cannot be opened
   * @param {() => void} steps.ended called when it runs, or cannot
   * @param {() => Promise<void>} [steps.visible] resolves when the page is visible: browsers may refuse a device to a hidden one
   * @param {() => number} [steps.now]
   */
  constructor({ visible = pageIsVisible, now = () => performance.now(), ...steps }) {
    this.#steps = { visible, now, ...steps };
    this.opened = this.#run();
    this.opened.catch(() => {}); // `failed` has shown it.
  }

  /** The device was lost. */
  lost() {
    this.#lost += 1;
    this.#losses.push(this.#steps.now());
    if (!this.#running) this.#restart();
  }

  /** The user restarts the engine. Resolves when that has ended, also if it failed. */
  async restart() {
    this.#losses = [];
    if (!this.#running) this.#restart();
    await this.opened.catch(() => {});
  }

  /**
   * Runs `work` once the engine runs, and again if the device was lost meanwhile. A loss fails the calls of `work` with various errors:
   * those to the lost engine, and those that reach the next one before it has its model.
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  async run(work) {
    for (;;) {
      await this.opened;
      const lost = this.#lost;
      try {
        return await work();
      } catch (error) {
        if (lost === this.#lost) throw error;
      }
    }
  }

  #restart() {
    this.#running = true;
    this.#steps.restarting();
    this.opened = this.#run();
    this.opened.catch(() => {}); // `failed` has shown it.
  }

  async #run() {
    try {
      while (await this.#openOnce());
    } catch (caught) {
      const error = asError(caught);
      this.#steps.failed(error);
      throw error;
    } finally {
      this.#running = false;
      this.#steps.ended();
    }
  }

  /** Resolves to whether the device was lost meanwhile. */
  async #openOnce() {
    const lost = this.#lost;
    if (lost > 0) await this.#mayRestart();
    try {
      await this.#steps.open();
    } catch (error) {
      // A loss fails calls with various errors, and is counted before they fail.
      if (lost === this.#lost) throw error;
    }
    return lost !== this.#lost;
  }

  /** Resolves when the device may be opened again; rejects after too many losses. */
  async #mayRestart() {
    const since = this.#steps.now() - PERIOD_MS;
    this.#losses = this.#losses.filter((time) => time > since);
    if (this.#losses.length >= LOSSES) throw namedError('DeviceLost', 'the device was lost repeatedly');
    await this.#steps.visible();
  }
}

async function pageIsVisible() {
  while (document.hidden) {
    await new Promise((resolve) => { document.addEventListener('visibilitychange', resolve, { once: true }); });
  }
}
