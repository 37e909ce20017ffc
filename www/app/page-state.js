// What the page is doing, as one word: `data-state` on the root element is loading, busy, error or
// ready, in that order of precedence after error. An error stays until the user acts or dismisses it,
// and so does a mild problem, which is told beside an answer and is no error.

import { setIfChanged } from '../lib/set-if-changed.js';

const root = document.documentElement;
/** What is over within so many milliseconds is not announced: to show and to hide it would be more work than the answer itself. */
const GRACE = 200;

export class PageState {
  #under = { loading: 0, busy: 0 };
  #problem = null;
  #onChange;
  /** Ends the grace of what is under way. */
  #timer = null;
  #late = false;

  /**
   * `onChange({ state, problem, late })` is called after every change; `late` is whether the page has been busy so long that
   * this is to be shown.
   */
  constructor(onChange) {
    this.#onChange = onChange;
    this.#under.loading = 1; // The document says so already; `opened` ends it.
  }

  /** The first model is there, or there will be none. */
  opened() {
    this.#end('loading');
  }

  /** Marks `kind` ("loading" or "busy") as under way while `work()` runs. */
  async during(kind, work) {
    this.#under[kind] += 1;
    if (kind === 'busy') this.#timer ??= setTimeout(() => this.#setLate(true), GRACE);
    this.#update();
    try {
      const result = await work();
      this.#end(kind);
      return result;
    } catch (error) {
      // Whoever awaits this tells of the failure first: nobody shall see "ready" in between.
      setTimeout(() => this.#end(kind));
      throw error;
    }
  }

  #end(kind) {
    this.#under[kind] -= 1;
    if (this.#under.busy > 0) this.#update();
    else this.#setLate(false);
  }

  /** Tells of a problem; a mild one leaves a worse one standing. */
  tell(problem) {
    if (problem.mild && this.#problem) return;
    this.#problem = problem;
    this.#update();
  }

  /** The user has acted or read enough: the error is over. A fatal one stays. */
  clear() {
    if (!this.#problem || this.#problem.fatal) return;
    this.#problem = null;
    this.#update();
  }

  /** Before the engine starts anew: even a fatal error is over. */
  reset() {
    this.#problem = null;
    this.#under.loading += 1;
    this.#update();
  }

  #update() {
    const { loading, busy } = this.#under;
    const failed = this.#problem && !this.#problem.mild;
    const state = failed ? 'error' : loading ? 'loading' : busy ? 'busy' : 'ready';
    setIfChanged(root.dataset, { state });
    root.toggleAttribute('data-off', Boolean(this.#problem?.fatal));
    this.#onChange({ state, problem: this.#problem, late: this.#late });
  }

  #setLate(late) {
    this.#late = late;
    if (!late) {
      clearTimeout(this.#timer);
      this.#timer = null;
    }
    this.#update();
  }
}
