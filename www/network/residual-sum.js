// @ts-check
// The addition of a residual block, x + F(x), derived from roles, connections and shapes of nodes.

/** @import { LayerInfo } from '../pkg/resnet_lens.js' */
/** @import { Block, Layer, Network } from './network.js' */

/** @typedef {'identity' | 'projected' | 'average-pooled and projected' | 'zero-padded' | 'average-pooled'} ShortcutKind */
/**
 * The nodes whose values an addition and its activation combine.
 * @typedef {object} ResidualSum
 * @property {Layer} layer the addition and its activation
 * @property {string} block
 * @property {string} x the shortcut's value
 * @property {ShortcutKind} shortcut what the shortcut computes
 * @property {string} residual F(x)
 * @property {string} sum
 * @property {{ node: string, op: string } | null} activation
 */

/**
 * The sum of the block that a layer belongs to; null outside of residual blocks.
 * @param {Network} network
 * @param {Layer} layer
 * @returns {ResidualSum | null}
 */
export function residualSumOf(network, layer) {
  const block = network.blocks.find(({ layers }) => layers.includes(layer));
  return block?.add ? sumOf(network, block, block.add) : null;
}

/**
 * @param {Network} network
 * @param {Block} block
 * @param {Layer} add
 * @returns {ResidualSum | null}
 */
function sumOf(network, block, add) {
  const x = add.inputs.find((name) => isShortcut(network, block, name));
  const residual = add.inputs.find((name) => name !== x);
  if (!x || !residual || !network.nodeOf.has(x)) return null;
  const activation = add.nodes.find(({ role }) => role === 'activation');
  return {
    layer: add,
    block: block.name,
    x,
    shortcut: shortcutName(network, block),
    residual,
    sum: add.nodes[0].name,
    activation: activation ? { node: activation.name, op: activation.op } : null,
  };
}

/**
 * An operand of a block's addition is its shortcut: it comes from outside of the block, or from the shortcut's layers.
 * @param {Network} network
 * @param {Block} block
 * @param {string} operand
 */
function isShortcut(network, { layers, shortcut }, operand) {
  const layer = network.find(operand);
  if (!layer || !layers.includes(layer)) return shortcut.length === 0;
  return shortcut.includes(layer);
}

/**
 * @param {Network} network
 * @param {Block} block
 * @returns {ShortcutKind}
 */
function shortcutName(network, { shortcut }) {
  const nodes = shortcut.flatMap((layer) => layer.nodes);
  if (nodes.length === 0) return 'identity';
  const [first] = nodes;
  const isProjected = nodes.some(({ role }) => role === 'convolution');
  if (isProjected) return first.role === 'pool' ? 'average-pooled and projected' : 'projected';
  return hasMoreChannels(network, first) ? 'zero-padded' : 'average-pooled';
}

/**
 * A node without weights has more channels than its input: the additional ones are zero.
 * @param {Network} network
 * @param {LayerInfo} node
 */
function hasMoreChannels(network, { inputs, shape }) {
  const input = network.nodeOf.get(inputs[0]);
  return input !== undefined && shape[1] > input.shape[1];
}
