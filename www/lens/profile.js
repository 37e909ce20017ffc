// @ts-check
// Measured times of all dispatches, summed by layer and stage.

import { duration, percent } from '../lib/format.js';

/** @import { DispatchTime } from '../pkg/resnet_lens.js' */
/** @import { Layer, Network } from '../network/network.js' */

/** @typedef {DispatchTime & { stage: string | null }} StagedDispatch */
/** Consecutive dispatches of one stage; `stage` is null before the first and after the last. @typedef {{ stage: string | null, dispatches: StagedDispatch[], ms: number }} StageRun */

export class Profile {
  #network;

  /**
   * @param {Network} network
   * @param {DispatchTime[]} dispatches in execution order
   */
  constructor(network, dispatches) {
    this.#network = network;
    /** @type {StagedDispatch[]} */
    this.dispatches = dispatches.map((one) => ({ ...one, stage: network.nodeOf.get(one.nodes[0])?.stage ?? null }));
    this.total = this.dispatches.reduce((sum, { ms }) => sum + ms, 0);
  }

  /**
   * The time of a layer as text, or null if it has no dispatch of its own.
   * @param {Layer} layer
   */
  of(layer) {
    const own = this.dispatches.filter(({ nodes }) => nodes.some((node) => this.#network.find(node) === layer));
    return own.length ? this.describe(own) : null;
  }

  get stages() {
    /** @type {StageRun[]} */
    const runs = [];
    for (const dispatch of this.dispatches) {
      const last = runs.at(-1);
      if (last && last.stage === dispatch.stage) {
        last.dispatches.push(dispatch);
        last.ms += dispatch.ms;
      } else {
        runs.push({ stage: dispatch.stage, dispatches: [dispatch], ms: dispatch.ms });
      }
    }
    return runs;
  }

  /**
   * Time, share and rate of some dispatches as text.
   * @param {DispatchTime[]} dispatches
   */
  describe(dispatches) {
    const ms = dispatches.reduce((sum, one) => sum + one.ms, 0);
    const work = dispatches.reduce((sum, one) => sum + one.gflops * one.ms, 0);
    const rate = work > 0 ? ` · ${(work / ms).toPrecision(3)} GFLOP/s` : '';
    return `${duration(ms)} · ${percent(ms / this.total)}${rate}`;
  }
}
