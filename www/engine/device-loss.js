// @ts-check
// Reports the loss of the engine's GPU device, once.

/** @import { LensSession } from '../pkg/resnet_lens.js' */

/** A failed call and the notice of the loss that caused it arrive in any order, within this many milliseconds. */
const DELAY_MS = 100;

export class DeviceLoss {
  #report;
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
  }

  /** Resolves once a loss that has happened is reported. */
  async reported() {
    if (this.#lost) await Promise.race([this.#lost, new Promise((resolve) => { setTimeout(resolve, DELAY_MS); })]);
  }
}
