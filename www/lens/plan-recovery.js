// @ts-check
// A new plan, such as after tuning, has no values yet: the image runs once more, but only once per result.

/** @import { Answer } from './selection.js' */

export class PlanRecovery {
  #refresh;
  /**
   * The latest attempt.
   * @type {{ answer: Answer, over: boolean, refreshed: Promise<void> } | null}
   */
  #latest = null;

  /** @param {() => Promise<void>} refresh runs the latest image once more */
  constructor(refresh) {
    this.#refresh = refresh;
  }

  /**
   * Computes the values of a result again if their absence caused `error`. Resolves to whether they are there; false: `error` has another
   * cause. Rejects if they cannot be computed.
   * @param {Error} error
   * @param {Answer | null} answer
   */
  async recover(error, answer) {
    const known = this.#latest?.answer === answer ? this.#latest : null;
    if (error.name !== 'StateError' || !answer || known?.over) return false;
    const attempt = known ?? { answer, over: false, refreshed: this.#refresh() };
    this.#latest = attempt;
    await attempt.refreshed;
    attempt.over = true;
    return true;
  }
}
