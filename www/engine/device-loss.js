// @ts-check
// Reports the loss of the engine's GPU device, once.

/** @import { LensSession } from '../pkg/resnet_lens.js' */

/** A failed call and the notice of the loss that caused it arrive in any order. A busy browser gives notice within this many milliseconds. */
const PATIENCE_MS = 10_000;

export class DeviceLoss {
  #report;
  /** The session whose device is watched. @type {LensSession | null} */
  #session = null;
  /** Resolves when the device in use is lost; null for the CPU. @type {Promise<unknown> | null} */
  #lost = null;

  /** @param {(message: string) => void} report */
  constructor(report) {
    this.#report = report;
  }

  /**
   * Watches the device that a session uses now, instead of an earlier one.
   * @param {LensSession} session
   */
  watch(session) {
    const lost = session.deviceLost()?.then(({ message }) => {
      if (this.#lost === lost) this.#report(message);
    }) ?? null;
    this.#lost = lost;
    this.#session = session;
  }

  /** Resolves once a loss that has happened is reported: at once if the device responds. */
  async reported() {
    const lost = this.#lost;
    if (!lost || await this.#session?.deviceResponds()) return;
    await Promise.race([lost, new Promise((resolve) => { setTimeout(resolve, PATIENCE_MS); })]);
  }
}
