// @ts-check
// The nodes whose values the engine keeps: those that the page shows and those that scripts request.

/** @import { Session } from '../engine/session.js' */

export class ObservedNodes {
  #session;
  /** @type {Set<string>} */
  #nodes = new Set();
  /** @type {string[]} */
  #requested = [];
  /** Number of unfinished changes. Until they end there is nothing to draw. */
  #changing = 0;

  /** @param {Session} session */
  constructor(session) {
    this.#session = session;
  }

  /** Another network is in use: it keeps no values yet. */
  reset() {
    this.#nodes = new Set();
    this.#requested = [];
  }

  /**
   * Nodes that a script requests, from the next `keep` on.
   * @param {string[]} nodes
   */
  request(nodes) {
    this.#requested = nodes;
    this.#nodes = new Set();
  }

  /**
   * Whether a node's value exists now.
   * @param {string} node
   */
  has(node) {
    return this.#changing === 0 && this.#nodes.has(node);
  }

  /**
   * Has the engine keep `nodes` and the requested ones; resolves to whether this is a change.
   * @param {string[]} nodes
   * @param {{ again: boolean }} options `again`: run the latest image once more after a change
   */
  async keep(nodes, { again }) {
    const wanted = new Set([...nodes, ...this.#requested]);
    if (wanted.size === this.#nodes.size && [...wanted].every((node) => this.#nodes.has(node))) return false;
    this.#nodes = wanted;
    this.#changing += 1;
    try {
      await this.#session.engine.observe([...wanted], again);
    } finally {
      this.#changing -= 1;
    }
    return true;
  }
}
