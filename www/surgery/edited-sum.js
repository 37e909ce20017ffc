// @ts-check
// The operands of a block's addition as the edits leave them. Pure functions.

import { residualSumOf } from '../network/residual-sum.js';
import { isIdentity, residualBlocks, runningOrder } from './blocks.js';
import { stateOf } from './change.js';

/** @import { Network } from '../network/network.js' */
/** @import { ResidualSum } from '../network/residual-sum.js' */
/** @import { Edit } from './edits.js' */

/**
 * The node of x, the factors of x and F(x), and whether the block is bypassed: its output is x then.
 * @typedef {{ x: string, shortcutFactor: number, branchFactor: number, skipped: boolean }} Operands
 */

/**
 * @param {Network} network
 * @param {ResidualSum} residual
 * @param {Edit[]} edits
 * @returns {Operands}
 */
export function operandsOf(network, residual, edits) {
  const { branch, shortcut, skipped, steps, stepFactor } = stateOf(edits, residual.block);
  return { x: inputOf(network, residual, edits, steps), shortcutFactor: shortcut, branchFactor: branch * stepFactor, skipped };
}

/**
 * The node of x: of a repeated block, the output of its step before the last; of an identity block that runs after another block than
 * before, the output of that block.
 * @param {Network} network
 * @param {ResidualSum} residual
 * @param {Edit[]} edits
 * @param {number} steps
 */
function inputOf(network, { block, x, layer }, edits, steps) {
  if (steps > 1) return `${block}@${steps - 1}${layer.shown.slice(block.length)}`;
  const blocks = residualBlocks(network);
  const own = blocks.findIndex(({ name }) => name === block);
  const order = runningOrder(network, edits);
  const place = order.indexOf(block);
  if (own < 0 || !isIdentity(blocks[own]) || order[place - 1] === blocks[own - 1]?.name) return x;
  if (place > 0) return blocks.find(({ name }) => name === order[place - 1])?.add?.shown ?? x;
  // It runs first: it takes what the loaded first block takes.
  const [{ add }] = blocks;
  return (add && residualSumOf(network, add)?.x) ?? x;
}
