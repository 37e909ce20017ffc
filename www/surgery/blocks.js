// @ts-check
// The residual blocks of a network as edits see them: what can be repeated, exchanged or reversed, and the order in which they run.

import { residualSumOf } from '../network/residual-sum.js';

/** @import { Block, Network } from '../network/network.js' */
/** @import { Edit, StridePosition } from './edits.js' */

/**
 * The blocks with a shortcut, in the loaded order.
 * @param {Network} network
 */
export const residualBlocks = (network) => network.blocks.filter(({ add }) => add && residualSumOf(network, add));

/** The shortcut adds x unchanged. @param {Block} block */
export const isIdentity = (block) => block.add !== null && block.shortcut.length === 0;

/**
 * Names of the blocks in the order in which they run: the value at `i` is the block that runs in the place of the `i`th one.
 * @param {Network} network
 * @param {Edit[]} edits
 */
export function runningOrder(network, edits) {
  const order = residualBlocks(network).map(({ name }) => name);
  for (const edit of edits) {
    if (edit.kind !== 'swap' && edit.kind !== 'reverse') continue;
    const [a, b] = [order.indexOf(edit.block), order.indexOf(edit.other)].sort((x, y) => x - y);
    if (a < 0) continue;
    if (edit.kind === 'swap') [order[a], order[b]] = [order[b], order[a]];
    else order.splice(a, b - a + 1, ...order.slice(a, b + 1).reverse());
  }
  return order;
}

/**
 * Two blocks take and return values of the same shapes, so each can run in the place of the other.
 * @param {Network} network
 * @param {Block | undefined} a
 * @param {Block | undefined} b
 */
export function canExchange(network, a, b) {
  if (!a || !b) return false;
  const [one, other] = [shapesOf(network, a), shapesOf(network, b)];
  return one !== null && one === other;
}

/**
 * The longest run of blocks around `block` that can be reversed: neighbours of one stage whose values all have one shape. Null if it has
 * fewer than two blocks.
 * @param {Network} network
 * @param {Block} block
 * @returns {{ first: string, last: string } | null}
 */
export function reversibleRun(network, block) {
  const blocks = residualBlocks(network);
  const at = blocks.indexOf(block);
  if (at < 0 || !isIdentity(block)) return null;
  const fits = (/** @type {Block | undefined} */ other) => other !== undefined && other.stage === block.stage && isIdentity(other) && canExchange(network, block, other);
  let [first, last] = [at, at];
  while (fits(blocks[first - 1])) first -= 1;
  while (fits(blocks[last + 1])) last += 1;
  return last > first ? { first: blocks[first].name, last: blocks[last].name } : null;
}

/**
 * The position of the stride in the bottlenecks of a network; null if no bottleneck has a stride.
 * @param {Network} network
 * @returns {StridePosition | null}
 */
export function strideOf(network) {
  for (const block of residualBlocks(network)) {
    const kernels = block.main.filter(({ role }) => role === 'convolution').map(({ nodes: [{ kernel_size, stride }] }) => ({ side: kernel_size?.[0], stride: stride?.[0] ?? 1 }));
    const strided = kernels.find(({ stride }) => stride > 1);
    if (kernels.map(({ side }) => side).join() === '1,3,1' && strided) return strided.side === 1 ? '1x1' : '3x3';
  }
  return null;
}

/**
 * The shapes of a block's input and output as text; null if its input is not the value of a node.
 * @param {Network} network
 * @param {Block} block
 */
function shapesOf(network, { main: [first], add }) {
  const input = network.nodeOf.get(first?.inputs[0] ?? '')?.shape;
  const output = add?.nodes.at(-1)?.shape;
  return input && output ? `${input} ${output}` : null;
}
