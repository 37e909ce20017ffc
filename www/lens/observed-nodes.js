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
  /** The requests that the engine has accepted. @type {Map<string, string[]>} */
  #accepted = new Map();
  /** Number of unfinished changes. Until they end there is nothing to draw. */
  #changing = 0;

  /** @param {Session} session */
  constructor(session) {
    this.#session = session;
  }

  /**
   * Another network is in use, or the same one after a restart: it keeps no values yet.
   * @param {string[]} names of its nodes. Those that a script has requested are kept again
   */
  reset(names) {
    const script = (this.#accepted.get(SCRIPT) ?? []).filter((node) => names.includes(node));
    this.#nodes = new Set();
    this.#accepted = new Map([[SCRIPT, script]]);
    this.#requested = new Map(this.#accepted);
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
    const requested = new Map(this.#requested);
    const wanted = new Set([...nodes, ...[...requested.values()].flat()]);
    if (wanted.size === this.#nodes.size && [...wanted].every((node) => this.#nodes.has(node))) return false;
    this.#nodes = wanted;
    this.#changing += 1;
    try {
      await this.#session.engine.observe([...wanted], again);
      this.#accepted = requested;
    } catch (error) {
      // The next call asks again, without requests that failed.
      this.#nodes = new Set();
      for (const [reader, failed] of requested) {
        if (this.#requested.get(reader) === failed) this.#requested.set(reader, this.#accepted.get(reader) ?? []);
      }
      throw error;
    } finally {
      this.#changing -= 1;
    }
    return true;
  }
}
