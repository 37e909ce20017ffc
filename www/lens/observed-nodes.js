// @ts-check
// The nodes whose values the engine keeps: those that the page shows and those that scripts request.

/** @import { Session } from '../engine/session.js' */

const SCRIPT = 'script';

export class ObservedNodes {
  #session;
  /** @type {Set<string>} */
  #nodes = new Set();
  /** By reader. @type {Map<string, string[]>} */
  #requested = new Map();
  /** Number of unfinished changes. Until they end there is nothing to draw. */
  #changing = 0;

  /** @param {Session} session */
  constructor(session) {
    this.#session = session;
  }

  /** Another network is in use: it keeps no values yet. */
  reset() {
    this.#nodes = new Set();
    this.#requested.clear();
  }

  /**
   * Nodes that a reader requests instead of its earlier ones, from the next `keep` on. Those of scripts are computed again.
   * @param {string[]} nodes
   * @param {string} [reader]
   */
  request(nodes, reader = SCRIPT) {
    this.#requested.set(reader, nodes);
    if (reader === SCRIPT) this.#nodes = new Set();
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
    const wanted = new Set([...nodes, ...[...this.#requested.values()].flat()]);
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
