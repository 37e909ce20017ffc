// @ts-check
// The network as Table 1 of He et al. 2015 lists it: stem, stages, head, with output sizes, the layers of one block, weighted layers,
// parameters and multiply-adds. Data only; the dialog writes it in words.

import { stageRuns } from './stage-runs.js';

/** @import { Block, Layer, Network } from './network.js' */

/** One convolution of a row. @typedef {{ kernel: [number, number], channels: number, stride: number }} Kernel */

/**
 * A row of the table.
 * @typedef {object} Row
 * @property {string | null} stage as the network names it; null for the stem and the head
 * @property {string} paper the name in the paper, such as `conv2_x`; empty for the head
 * @property {string} node the node to select: the last one of the row
 * @property {[number, number]} output height and width
 * @property {Layer | null} pool the pooling before the first block, which the paper counts to the stage
 * @property {Kernel[]} kernels the convolutions of one block, or of the stem
 * @property {number} blocks number of blocks; 0 for the stem and the head
 * @property {number} layers number of weighted layers
 * @property {number} parameters of all layers of the row, projections included
 * @property {number} macs as `parameters`
 * @property {DownSampling | null} change what the first block changes
 */

/**
 * What the first block of a stage changes.
 * @typedef {object} DownSampling
 * @property {string} block
 * @property {[number, number]} channels before and after the block
 * @property {[number, number]} height before and after the block
 * @property {number} inner channels of its first convolution
 * @property {string | null} strided name of the convolution on the main path that has a stride; null if none has
 * @property {[number, number] | null} window of that convolution
 * @property {boolean} projected the shortcut has a convolution
 */

/**
 * The rows of a network in execution order.
 * @param {Network} network
 * @returns {Row[]}
 */
export function architectureTable(network) {
  const runs = stageRuns(network.layers);
  const pools = movePools(runs);
  return runs.map(({ stage, items: layers }, index) => rowOf(network, { stage, layers, pool: pools[index], number: index + 1, isLast: index === runs.length - 1 }));
}

/**
 * Takes the pooling at the end of the stem out of its run; the result has it at the index of the run that follows.
 * @param {{ stage: string | null, items: Layer[] }[]} runs
 */
function movePools(runs) {
  return runs.map((run, index) => {
    const before = runs[index - 1];
    const last = before?.items.at(-1);
    if (!last || run.stage === null || before.stage !== null || last.role !== 'pool') return null;
    before.items.pop();
    return last;
  });
}

/**
 * @param {Network} network
 * @param {{ stage: string | null, layers: Layer[], pool: Layer | null, number: number, isLast: boolean }} run
 * @returns {Row}
 */
function rowOf(network, { stage, layers, pool, number, isLast }) {
  const blocks = stage === null ? [] : network.blocks.filter((block) => block.stage === stage);
  const isHead = isLast && stage === null;
  const last = layers[layers.length - 1];
  const all = pool ? [pool, ...layers] : layers;
  // The first block differs from the others in stride only, which `change` describes.
  const typical = blocks.at(-1)?.main ?? layers;
  return {
    stage,
    paper: isHead ? '' : `conv${number}${blocks.length ? '_x' : ''}`,
    node: last.shown,
    output: [last.height, last.width],
    pool,
    kernels: isHead ? [] : kernelsOf(typical),
    blocks: blocks.length,
    layers: layers.filter(({ number: weighted }) => weighted !== null).length,
    parameters: total(all, 'parameters'),
    macs: total(all, 'macs'),
    change: blocks.length ? changeOf(network, blocks[0]) : null,
  };
}

/** @param {Layer[]} layers */
function kernelsOf(layers) {
  return layers.filter(({ role }) => role === 'convolution').map(({ nodes: [first], channels, stride }) => (
    { kernel: /** @type {[number, number]} */ (first.kernel_size ?? [1, 1]), channels, stride }));
}

/**
 * What a block changes: the size of the map, the number of channels.
 * @param {Network} network
 * @param {Block} block
 * @returns {DownSampling | null}
 */
export function changeOf(network, { name, main, shortcut, layers }) {
  const [first] = main;
  const before = first && network.find(first.inputs[0]);
  const after = main.at(-1);
  if (!before || !after || layers.includes(before)) return null;
  const strided = main.find(({ role, stride }) => role === 'convolution' && stride > 1) ?? null;
  if (before.channels === after.channels && before.height === after.height) return null;
  return {
    block: name,
    channels: [before.channels, after.channels],
    height: [before.height, after.height],
    inner: first.channels,
    strided: strided?.name ?? null,
    window: /** @type {[number, number] | null} */ (strided?.nodes[0].kernel_size ?? null),
    projected: shortcut.some(({ role }) => role === 'convolution'),
  };
}

/**
 * @param {Layer[]} layers
 * @param {'parameters' | 'macs'} key
 */
const total = (layers, key) => layers.reduce((sum, layer) => sum + layer[key], 0);
