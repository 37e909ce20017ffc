// @ts-check
// Measured times of all dispatches, summed by layer and stage.

import { duration, percent } from '../lib/format.js';

/** @import { DispatchTime } from '../pkg/resnet_lens.js' */
/** @import { Layer, Network } from '../network/network.js' */

/** @typedef {DispatchTime & { stage: string }} StagedDispatch */
/** Consecutive dispatches of one stage; `stage` is "stem" before the first stage and "head" after the last. @typedef {{ stage: string, dispatches: StagedDispatch[], ms: number, percent: number }} StageRun */

export class Profile {
  #network;

  /**
   * @param {Network} network
   * @param {DispatchTime[]} dispatches in execution order
   */
  constructor(network, dispatches) {
    this.#network = network;
    let isStem = true;
    /** @type {StagedDispatch[]} */
    this.dispatches = dispatches.map((one) => {
      const stage = network.nodeOf.get(one.nodes[0])?.stage ?? null;
      isStem &&= stage === null;
      return { ...one, stage: stage ?? (isStem ? 'stem' : 'head') };
    });
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
        runs.push({ stage: dispatch.stage, dispatches: [dispatch], ms: dispatch.ms, percent: 0 });
      }
    }
    percentages(runs.map(({ ms }) => ms / this.total)).forEach((percent, i) => { runs[i].percent = percent; });
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

/**
 * Whole percentages of fractions that sum to 1. They sum to 100: the largest remainders are rounded up.
 * @param {number[]} fractions
 */
export function percentages(fractions) {
  const rounded = fractions.map((fraction) => Math.floor(fraction * 100));
  const missing = 100 - rounded.reduce((sum, one) => sum + one, 0);
  const byRemainder = fractions.map((fraction, i) => ({ i, remainder: fraction * 100 - rounded[i] })).sort((a, b) => b.remainder - a.remainder);
  for (const { i } of byRemainder.slice(0, missing)) rounded[i] += 1;
  return rounded;
}
