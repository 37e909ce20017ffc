// @ts-check
// Names of layers as the literature uses them: a layer is called by its convolution, the addition of a block is its output.

import { t } from '../lib/i18n.js';

/** @import { Key } from '../lib/i18n.js' */
/** @import { LayerInfo } from '../pkg/resnet_lens.js' */
/** @import { Layer } from './network.js' */

/** Short names of operators in a chain such as `conv1 → BN → ReLU`. @type {Record<string, string>} */
const SHORT = { BatchNorm2d: 'BN', GroupNorm: 'GN' };

/** Names of layers that are neither convolution nor addition. @type {Partial<Record<LayerInfo['role'], Key>>} */
const ROLES = { pool: 'network.pooling', linear: 'network.linear', softmax: 'network.softmax' };

/** Roles of nodes that have weights and count towards the depth in the name of a network. */
const WEIGHTED = new Set(['convolution', 'linear']);

/**
 * The name of a layer: the node's name for a convolution, pool or linear layer, the block's name and "block output" for an addition.
 * @param {LayerInfo[]} nodes of the layer
 * @param {string | null} block
 */
export function nameOf([first], block) {
  return first.role === 'add' ? t('network.blockOutput', { block: block ?? first.name }) : first.name;
}

/**
 * The nodes of a layer as a chain: a convolution "→ BN → ReLU", or "block output: add → ReLU".
 * @param {Pick<Layer, 'name' | 'nodes'>} layer
 */
export function chainOf({ name, nodes: [first, ...rest] }) {
  const followers = rest.filter(({ role }) => role !== 'reshape').map(shortNameOf);
  if (first.role === 'add') return [t('network.add', { name }), ...followers].join(' → ');
  return [name, ...followers].join(' → ');
}

/**
 * What a node is within its layer: the name of the layer and "after BN". The first node of a layer has the layer's name.
 * @param {Layer} layer
 * @param {string} node
 */
export function valueNameOf({ name, nodes }, node) {
  const at = nodes.findIndex((one) => one.name === node);
  if (at < 0) return node;
  const isAdd = nodes[0].role === 'add';
  if (at === 0) return isAdd ? t('network.sumBefore', { name, next: nodes[1] ? shortNameOf(nodes[1]) : t('network.use') }) : name;
  return nodes[at].role === 'reshape' ? name : t('network.after', { name, node: shortNameOf(nodes[at]) });
}

/**
 * The kind of a layer in words, such as "projection shortcut" or "pooling"; empty for a convolution on the main path.
 * @param {Pick<Layer, 'nodes' | 'isProjection'>} layer
 */
export function kindOf({ nodes: [first], isProjection }) {
  const key = isProjection ? 'network.projectionShortcut' : ROLES[first.role];
  return key ? t(key) : '';
}

/** Words in the attributes of a node, by the engine's word. @type {Record<string, Key>} */
const ATTRIBUTES = {
  stride: 'network.stride', padding: 'network.padding', groups: 'network.groups', to: 'network.to', zeros: 'network.zeros', channels: 'network.ofChannels',
};

/**
 * The operator of a node with its attributes, such as "Conv2d 3x3 stride 2 padding 1".
 * @param {Pick<LayerInfo, 'op' | 'attributes'>} node
 */
export const operatorOf = ({ op, attributes }) => [op, attributesOf(attributes)].filter(Boolean).join(' ');

/**
 * The engine's text of a node's attributes in the language in use.
 * @param {string} attributes
 */
export const attributesOf = (attributes) => attributes.replace(/[a-z]+/g, (word) => (Object.hasOwn(ATTRIBUTES, word) ? t(ATTRIBUTES[word]) : word));

/** @param {LayerInfo} node */
function shortNameOf({ op }) {
  return SHORT[op] ?? op;
}

/**
 * The weighted layers of a network by the parts that papers count them in, and the number of each weighted layer. Projections and
 * gates have weights but are not counted.
 * @param {Layer[]} layers
 */
export function countWeightedLayers(layers) {
  /** @type {Map<Layer, number>} */
  const numbers = new Map();
  /** @type {{ stage: string | null, layers: number }[]} */
  const parts = [];
  for (const layer of layers) {
    if (layer.isProjection || layer.isGate || !WEIGHTED.has(layer.nodes[0].role)) continue;
    numbers.set(layer, numbers.size + 1);
    const last = parts.at(-1);
    if (last && last.stage === layer.stage) last.layers += 1;
    else parts.push({ stage: layer.stage, layers: 1 });
  }
  return { numbers, parts };
}
