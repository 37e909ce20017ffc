// How fast something arrives, and how long the rest will take, by what came in the last seconds.

const WINDOW = 4000;

export class Pace {
  #marks = [];

  /**
   * `received` of `total` bytes (null where nobody knows) are there now: `{ speed, left }` in bytes a second and in seconds,
   * each null while it cannot be told.
   */
  mark(received, total, now = performance.now()) {
    const marks = [...this.#marks, { received, now }];
    this.#marks = marks.filter((mark, index) => now - mark.now <= WINDOW || index === marks.length - 1);
    const [first] = this.#marks;
    if (now - first.now < WINDOW / 8) return { speed: null, left: null };
    const speed = ((received - first.received) * 1000) / (now - first.now);
    return { speed, left: total && speed > 0 ? (total - received) / speed : null };
  }
}
