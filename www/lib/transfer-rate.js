// Transfer rate and remaining time of a download, averaged over the last four seconds.

const WINDOW = 4000;

export class TransferRate {
  #samples = [];

  /**
   * Records that `received` of `total` bytes (null if unknown) have arrived. Returns `{ speed, left }`: bytes per second and
   * remaining seconds, each null while unknown.
   */
  update(received, total, now = performance.now()) {
    const samples = [...this.#samples, { received, now }];
    this.#samples = samples.filter((sample, index) => now - sample.now <= WINDOW || index === samples.length - 1);
    const [first] = this.#samples;
    if (now - first.now < WINDOW / 8) return { speed: null, left: null };
    const speed = ((received - first.received) * 1000) / (now - first.now);
    return { speed, left: total && speed > 0 ? (total - received) / speed : null };
  }
}
