// What the engine measured of its dispatches, by layers and stages of the network.

import { duration, percent } from '../lib/format.js';

export class Profile {
  #network;

  /** `dispatches` are `{ nodes, kernel, ms, gflops }` in the order of execution. */
  constructor(network, dispatches) {
    this.#network = network;
    this.dispatches = dispatches.map((one) => ({ ...one, stage: network.nodeOf.get(one.nodes[0]).stage }));
    this.total = this.dispatches.reduce((sum, { ms }) => sum + ms, 0);
  }

  /** A layer's time in words, or null where it has none of its own. */
  of(layer) {
    const own = this.dispatches.filter(({ nodes }) => nodes.some((node) => this.#network.find(node) === layer));
    return own.length ? this.describe(own) : null;
  }

  /** Neighbours of the same stage together: `[{ stage, dispatches, ms }]`; stage is null before and after the stages. */
  get stages() {
    const runs = [];
    for (const dispatch of this.dispatches) {
      if (runs.at(-1)?.stage !== dispatch.stage) runs.push({ stage: dispatch.stage, dispatches: [], ms: 0 });
      runs.at(-1).dispatches.push(dispatch);
      runs.at(-1).ms += dispatch.ms;
    }
    return runs;
  }

  /** A part of the dispatches in words: their time, share and rate. */
  describe(dispatches) {
    const ms = dispatches.reduce((sum, one) => sum + one.ms, 0);
    const work = dispatches.reduce((sum, one) => sum + one.gflops * one.ms, 0);
    const rate = work > 0 ? ` · ${(work / ms).toPrecision(3)} GFLOP/s` : '';
    return `${duration(ms)} · ${percent(ms / this.total)}${rate}`;
  }
}
