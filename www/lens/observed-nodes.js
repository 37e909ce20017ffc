// Which nodes' values the engine keeps to be looked at: those that the page shows, and those that scripts asked for.

export class ObservedNodes {
  #session;
  #nodes = new Set();
  #asked = [];
  /** Changes that are under way: until their end there is nothing to draw. */
  #changing = 0;

  constructor(session) {
    this.#session = session;
  }

  /** Another network keeps nothing yet, and nobody has asked it for anything. */
  forget() {
    this.#nodes = new Set();
    this.#asked = [];
  }

  /** What a script wants, from the next `keep` on. */
  ask(nodes) {
    this.#asked = nodes;
    this.#nodes = new Set();
  }

  /** Whether a node's value is there now. */
  has(node) {
    return this.#changing === 0 && this.#nodes.has(node);
  }

  /**
   * Has the engine keep `nodes` and what was asked for; with `again` it runs the latest image once more where it had not.
   * Promises whether anything was changed.
   */
  async keep(nodes, { again }) {
    const wanted = new Set([...nodes, ...this.#asked]);
    if (wanted.size === this.#nodes.size && [...wanted].every((node) => this.#nodes.has(node))) return false;
    this.#nodes = wanted;
    this.#changing += 1;
    try {
      await this.#session.observe([...wanted], again);
    } finally {
      this.#changing -= 1;
    }
    return true;
  }
}
