// @ts-check
// How far down the weights of a network can be randomised, and what follows from the maps. Source: the cascading randomisation of Adebayo
// et al. 2018 (arXiv 1810.03292). Pure functions.

import { residualBlocks } from '../surgery/blocks.js';

/** @import { Block, Network } from '../network/network.js' */

/**
 * The parameters of `node` and of every later node are random. Null: no parameters are.
 * @typedef {object} Stop
 * @property {string | null} node name of the first such node
 * @property {string} from name of the layer or the block that it begins
 * @property {boolean} isWhole every layer is random
 * @property {boolean} hasLastStage the last stage is random as a whole
 */

/** The largest rank correlation of a map that depends on the trained weights. */
export const PASSING = 0.3;

/** Maps whose number is a mean of several seeds. */
export const SEEDS = [1, 2, 3];

/**
 * The stops of the slider from none to the whole network: the layers after the last block, then one block more at each stop, then the
 * layers before the first block.
 * @param {Network} network
 * @returns {Stop[]}
 */
export function randomisationStops(network) {
  const blocks = residualBlocks(network);
  const blockOf = new Map(blocks.flatMap((block) => block.layers.flatMap(({ nodes }) => nodes.map(({ name }) => [name, block]))));
  /** @type {{ node: string, block: Block | null }[]} */
  const parts = [];
  for (const { name } of network.nodes.filter(({ parameters }) => parameters > 0)) {
    const block = blockOf.get(name) ?? null;
    if (parts.length === 0 || parts.at(-1)?.block !== block) parts.push({ node: name, block });
  }
  const lastStage = parts.findIndex(({ block }) => block && block.stage === blocks.at(-1)?.stage);
  const stops = parts.map(({ node, block }, i) => ({ node, from: block?.name ?? node, isWhole: i === 0, hasLastStage: i <= Math.max(0, lastStage) }));
  return [{ node: null, from: '', isWhole: false, hasLastStage: false }, ...stops.reverse()];
}

/**
 * The values of a node are computed by trained weights only.
 * @param {Network} network
 * @param {Stop} stop
 * @param {string} node
 */
export function keepsValues({ nodes }, stop, node) {
  const indexOf = (/** @type {string | null} */ wanted) => nodes.findIndex(({ name }) => name === wanted);
  return stop.node === null || indexOf(node) < indexOf(stop.node);
}

/**
 * What the check says of a map. Null: nothing, because too few layers are random or the correlation is not known.
 * @param {Stop} stop
 * @param {number | null} correlation
 * @returns {'passes' | 'fails' | null}
 */
export function verdictOf({ hasLastStage }, correlation) {
  if (!hasLastStage || correlation === null) return null;
  // In the two digits that are shown, so that number and verdict agree.
  return Math.round(correlation * 100) / 100 <= PASSING ? 'passes' : 'fails';
}
