// @ts-check
// What a step refers to in the network in use: layers and blocks by their part in it, never by name. Pure functions.

import { randomisationStops } from '../gradient/randomised-layers.js';
import { residualSumOf } from '../network/residual-sum.js';

/** @import { ViewState } from '../app/view-state.js' */
/** @import { Block, Layer, Network } from '../network/network.js' */
/** @import { ResidualSum } from '../network/residual-sum.js' */
/** @import { StepView } from './steps.js' */

/** @typedef {'stem' | 'stem-pool' | 'identity-block' | 'bottleneck' | 'inner-layer' | 'before-projection' | 'last-block' | 'long-stage' | 'classifier'} PlaceName */
/** @typedef {'cut-shortcut' | 'half-steps'} EditName */
/** The view state of a step. @typedef {Partial<ViewState>} SceneState */

/** Without a panel. @satisfies {SceneState} */
const CLOSED = { gradient: /** @type {const} */ ('0'), randomise: null, seeded: null, visualise: null };

/**
 * The layer of a place; undefined if the network has none.
 * @param {Network} network
 * @param {PlaceName} place
 * @returns {Layer | undefined}
 */
export function layerAt(network, place) {
  switch (place) {
    case 'stem': return network.layers[0];
    case 'stem-pool': return network.layers.find(({ role, block, height }) => role === 'pool' && !block && height > 1);
    case 'identity-block': return identityBlock(network)?.add ?? undefined;
    case 'bottleneck': return isBottleneck(identityBlock(network)) ? layerAt(network, 'identity-block') : undefined;
    case 'inner-layer': return identityBlock(network)?.main.find(({ nodes }) => nodes.some(isNorm) && nodes.at(-1)?.role === 'activation');
    case 'before-projection': return beforeProjection(network)?.add ?? undefined;
    case 'last-block': return network.blocks.at(-1)?.add ?? undefined;
    case 'long-stage': return longStage(network).at(-1)?.add ?? undefined;
    case 'classifier': return network.layers.find(({ role }) => role === 'linear');
  }
}

/**
 * The view state that a step sets; null if this network has no such place. Null values are written too, so that nothing of an earlier
 * view stays.
 * @param {Network} network
 * @param {StepView} view
 * @returns {SceneState | null}
 */
export function stateOfView(network, { place, value, sort, compare = 'none', overlay = 'none', edit, panel, isRandom = false }) {
  /** @type {SceneState} */
  const state = { tap: null, channel: null, class: null, compare, overlay, edit: edit ? editOf(network, edit) : '', ...CLOSED, ...panel };
  if (isRandom) state.randomise = randomLastStage(network);
  if (sort) state.sort = sort;
  if (!place) return state;
  const layer = layerAt(network, place);
  const node = value ? layer?.nodes.find(({ role }) => role === value) : layer?.nodes.at(-1);
  if (!layer || !node || (edit && !state.edit)) return null;
  return { ...state, layer: layer.shown, tap: node.name === layer.shown ? null : node.name };
}

/**
 * An edit of the network as text; empty if it fits no block.
 * @param {Network} network
 * @param {EditName} edit
 */
function editOf(network, edit) {
  const block = identityBlock(network);
  if (edit === 'cut-shortcut') return block ? `shortcut:${block.name}:0` : '';
  return longStage(network).map(({ name }) => `repeat:${name}:2`).join();
}

/**
 * The first node with random weights if those of the last stage and of all later layers are random.
 * @param {Network} network
 */
export const randomLastStage = (network) => randomisationStops(network).find(({ hasLastStage }) => hasLastStage)?.node ?? null;

/** @param {Block} block */
export const isIdentity = ({ add, shortcut }) => add !== null && shortcut.length === 0;

/**
 * The first block whose shortcut adds x unchanged and whose x is the output of another block.
 * @param {Network} network
 */
export function identityBlock(network) {
  return network.blocks.find((block, i) => i > 0 && isIdentity(block));
}

/**
 * Its main path has a 1×1, a larger and a 1×1 convolution.
 * @param {Block | undefined} block
 */
function isBottleneck(block) {
  const sides = (block?.main ?? []).filter(({ role }) => role === 'convolution').map(({ nodes: [{ kernel_size: kernel }] }) => kernel?.[0] ?? 1);
  return sides.length === 3 && sides[0] === 1 && sides[1] > 1 && sides[2] === 1;
}

/**
 * The operands of that block's addition.
 * @param {Network} network
 * @returns {ResidualSum | null}
 */
export function identitySum(network) {
  const add = identityBlock(network)?.add;
  return add ? residualSumOf(network, add) : null;
}

/**
 * The first projection that halves the map.
 * @param {Network} network
 */
export function stridedProjection(network) {
  return network.blocks.find(({ shortcut: [first] }) => first && first.stride > 1)?.shortcut[0];
}

/**
 * The identity blocks of the stage that has most of them.
 * @param {Network} network
 */
export function longStage(network) {
  const identities = network.blocks.filter(isIdentity);
  /** @param {string | null} name */
  const inStage = (name) => identities.filter(({ stage }) => stage === name);
  return identities.reduce((/** @type {Block[]} */ longest, { stage }) => (inStage(stage).length > longest.length ? inStage(stage) : longest), []);
}

/**
 * The last block of each stage.
 * @param {Network} network
 */
export function stageEnds({ blocks }) {
  return blocks.filter(({ stage }, i) => stage !== blocks[i + 1]?.stage);
}

/** @param {Network} network */
function beforeProjection(network) {
  return network.blocks.find((_, i) => (network.blocks[i + 1]?.shortcut[0]?.stride ?? 1) > 1);
}

/** @param {{ role: string }} node */
const isNorm = ({ role }) => role === 'norm';
