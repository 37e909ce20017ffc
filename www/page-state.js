// What the page is doing, as one word: `data-state` on the root element is loading, busy, error or
// ready, in that order of precedence after error. An error stays until the user acts or dismisses it,
// and so does a mild problem, which is told beside an answer and is no error.

const root = document.documentElement;

export class PageState {
  #under = { loading: 0, busy: 0 };
  #problem = null;
  #onChange;

  /** `onChange({ state, problem })` is called after every change. */
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
    this.#update();
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
    root.dataset.state = state;
    root.toggleAttribute('data-off', Boolean(this.#problem?.fatal));
    this.#onChange({ state, problem: this.#problem });
  }
}
