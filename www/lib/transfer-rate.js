// @ts-check
// Transfer rate and remaining time of a download, averaged over the last four seconds.

const WINDOW_MS = 4000;

/** Bytes per second and remaining seconds, each null while unknown. @typedef {{ speed: number | null, left: number | null }} Rate */

export class TransferRate {
  /** @type {{ received: number, now: number }[]} */
  #samples = [];

  /**
   * Records that `received` of `total` bytes have arrived.
   * @param {number} received
   * @param {number | null} total null if the server does not report it
   * @param {number} [now] in milliseconds
   * @returns {Rate}
   */
  update(received, total, now = performance.now()) {
    const samples = [...this.#samples, { received, now }];
    this.#samples = samples.filter((sample, index) => now - sample.now <= WINDOW_MS || index === samples.length - 1);
    const [first] = this.#samples;
    if (now - first.now < WINDOW_MS / 8) return { speed: null, left: null };
    const speed = ((received - first.received) * 1000) / (now - first.now);
    return { speed, left: total && speed > 0 ? (total - received) / speed : null };
  }
}
