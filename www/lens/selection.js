// @ts-check
// The selected layer, channel and settings: the view state of the URL, resolved against the network and its statistics.

import { readViewState } from '../app/view-state.js';
import { endingOf, gradCamNode } from '../network/ending.js';
import { Network } from '../network/network.js';
import { residualSumOf } from '../network/residual-sum.js';
import { operandsOf } from '../surgery/edited-sum.js';

/** @import { Session } from '../engine/session.js' */
/** @import { FrameResult, ImageResult } from '../engine/worker-api.js' */
/** @import { ColourMapping, LayerInfo, Statistics, RelatedNode } from '../pkg/resnet_lens.js' */
/** @import { Ending } from '../network/ending.js' */
/** @import { Layer } from '../network/network.js' */
/** @import { ResidualSum } from '../network/residual-sum.js' */
/** @import { ViewState } from '../app/view-state.js' */
/** @import { Operands } from '../surgery/edited-sum.js' */
/** @import { Edit } from '../surgery/edits.js' */

/** @typedef {ImageResult | FrameResult} Answer */
/** @typedef {Statistics & { node: string, answer: Answer }} NodeStatistics */
/** @typedef {{ min: number, max: number, mean: number, std: number, zeros: number }} ChannelNumbers */

/**
 * What is selected now.
 * @typedef {object} ResolvedSelection
 * @property {Layer} layer
 * @property {string} defaultNode the node shown if no tap is selected
 * @property {string} node the node shown
 * @property {LayerInfo['shape']} shape of that node
 * @property {number[]} order channels in the order shown
 * @property {number} channel
 * @property {ColourMapping} colour
 * @property {boolean} signed the node has negative values
 * @property {number} cam class of the class activation map
 * @property {string | null} gradCam node whose Grad-CAM can be shown; null for a network without classes
 * @property {Ending | null} ending the end of the network that the layer is a part of
 * @property {ResidualSum | null} residual the sum of the layer's block
 * @property {Operands | null} operands of that sum, as the edits leave them
 * @property {string[]} compared nodes of the residual sum if it is shown
 * @property {string | null} filters the convolution whose filters can be shown in colour
 */
/** @typedef {Omit<ViewState, 'layer' | 'tap' | 'channel'> & ResolvedSelection} Current */

export class Selection {
  #session;
  /** @type {Map<Layer, RelatedNode[]>} */
  #taps = new Map();
  /**
   * The latest `current` and what it was computed from.
   * @type {{ hash: string, statistics: NodeStatistics | null, answer: Answer | null, edits: Edit[], current: Current } | null}
   */
  #cached = null;
  /**
   * The latest result, null before the first.
   * @type {Answer | null}
   */
  answer = null;
  /**
   * The latest statistics, possibly of another node or of an earlier result.
   * @type {NodeStatistics | null}
   */
  statistics = null;
  /** The edits of the network that computed the result. @type {Edit[]} */
  edits = [];

  /**
   * @param {Session} session
   * @param {LayerInfo[]} nodes of the network in use
   * @param {number} side of the network's input in pixels
   */
  constructor(session, nodes, side) {
    this.#session = session;
    this.network = new Network(nodes);
    this.side = side;
  }

  get current() {
    const { statistics, answer, edits } = this;
    const { hash } = location;
    const cached = this.#cached;
    if (cached?.hash === hash && cached.statistics === statistics && cached.answer === answer && cached.edits === edits) return cached.current;
    const current = this.#resolve();
    this.#cached = { hash, statistics, answer, edits, current };
    return current;
  }

  /** @returns {Current} */
  #resolve() {
    const state = readViewState();
    const { layers, nodeOf } = this.network;
    const known = state.layer === null ? null : this.network.find(state.layer);
    const layer = known ?? layers[0];
    const defaultNode = known && state.layer !== null ? state.layer : layer.shown;
    const info = nodeOf.get(state.tap ?? defaultNode) ?? nodeOf.get(defaultNode) ?? layer.nodes[0];
    const { name: node, shape } = info;
    const order = this.#order(node, shape[1], state.sort);
    const channel = state.channel !== null && state.channel < shape[1] ? state.channel : order[0];
    const colour = { colormap: state.colormap, scale: state.scale, gamma: state.gamma };
    const cam = state.class ?? this.answer?.predictions[0]?.index ?? 0;
    const signed = this.statistics?.node === node && this.statistics.layer.min < 0;
    const residual = residualSumOf(this.network, layer);
    const operands = residual && operandsOf(this.network, residual, this.edits);
    const gradCam = gradCamNode(this.network, layer, node);
    const isPair = state.compare === 'images';
    const isSum = state.compare === 'sum' && residual?.layer === layer;
    const compare = state.compare === 'sum' && !isSum ? 'none' : state.compare;
    const compared = isSum && operands ? [operands.x, residual.residual, residual.sum, residual.activation?.node].filter((one) => one !== undefined) : [];
    return { ...state, layer, defaultNode, node, shape, order, channel, colour, signed, cam, gradCam, compare, residual, operands, compared, ending: isPair ? null : endingOf(this.network, layer), filters: filtersOf(layer) };
  }

  /**
   * The layer `by` layers after the selected one, or null.
   * @param {number} by
   */
  neighbour(by) {
    return this.network.layers[this.current.layer.index + by] ?? null;
  }

  /**
   * Nodes whose values are kept besides the selected one: those that are compared, the pooled one of the ending and, with the plan
   * `inspected`, those of all layers.
   */
  get observed() {
    const { plan, compared, ending } = this.current;
    return [...(plan === 'inspected' ? this.network.layers.map(({ shown }) => shown) : []), ...compared, ...(ending ? [ending.map] : [])];
  }

  /**
   * The values of a layer that can be shown.
   * @param {Layer} layer
   */
  async taps(layer) {
    const known = this.#taps.get(layer) ?? await this.#session.engine.relatedNodes(layer.shown);
    this.#taps.set(layer, known);
    return known;
  }

  /** The statistics are those of the selected node and the latest result. */
  get isRead() {
    return this.statistics?.node === this.current.node && this.statistics.answer === this.answer;
  }

  /**
   * The statistics of a channel, or null if they are not those of the selected node and the latest result.
   * @param {number} channel
   * @returns {ChannelNumbers | null}
   */
  numbersOf(channel) {
    if (!this.statistics || !this.isRead) return null;
    const { min, max, mean, std, zeros } = this.statistics.channels;
    return { min: min[channel], max: max[channel], mean: mean[channel], std: std[channel], zeros: zeros[channel] };
  }

  /** The order of the channels is known. */
  get isOrdered() {
    return this.statistics?.node === this.current.node;
  }

  /**
   * Channels in the order shown. It stays the same while frames come and go: no tile moves, and nothing is read back for it.
   * @param {string} node
   * @param {number} count
   * @param {ViewState['sort']} sort
   */
  #order(node, count, sort) {
    const order = Array.from({ length: count }, (_, i) => i);
    if (sort === 'index' || this.statistics?.node !== node) return order;
    const by = this.statistics.channels[sort];
    return order.sort((a, b) => by[b] - by[a]);
  }
}

/**
 * The convolution whose filters can be shown in colour, since its input is the image; null for other layers.
 * @param {Layer} layer
 */
function filtersOf({ inputs, nodes: [first] }) {
  return inputs[0] === 'input' && first.role === 'convolution' ? first.name : null;
}
