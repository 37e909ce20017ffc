// @ts-check
// The network as the page shows it, derived from the engine's list of nodes: layers (a convolution with the batch norm and
// activation that follow it, a pool, an addition) and residual blocks. Only roles and connections of nodes are read, never names, so
// any depth and width works.

import { countWeightedLayers, nameOf } from './layer-names.js';

/** @import { LayerInfo, Role } from '../pkg/resnet_lens.js' */

/**
 * Consecutive nodes that are shown as one.
 * @typedef {object} Layer
 * @property {LayerInfo[]} nodes
 * @property {number} index in execution order
 * @property {string} name see `nameOf` of layer-names.js
 * @property {number | null} number among the weighted layers, from 1; null for projections and layers without weights
 * @property {string} shown name of the last node, whose value is shown
 * @property {string[]} inputs names of the nodes that the first node takes
 * @property {string | null} stage
 * @property {string | null} block
 * @property {boolean} isProjection it is part of a shortcut
 * @property {boolean} isGate it computes factors of the residual function's channels, as squeeze-and-excitation does
 * @property {Role} role of the first node
 * @property {string} op of the first node
 * @property {string} attributes of the first node
 * @property {number} channels of the last node, as are `height` and `width`
 * @property {number} height
 * @property {number} width
 * @property {number} parameters of all nodes
 * @property {number} macs of all nodes
 * @property {number} stride of the first node
 */

/**
 * A residual block, F(x) + x.
 * @typedef {object} Block
 * @property {string} name
 * @property {string | null} stage
 * @property {Layer[]} layers
 * @property {Layer[]} main F(x) and the addition
 * @property {Layer[]} shortcut the projection; empty if x is added unchanged
 * @property {Layer | null} add null for a block without addition, which has no shortcut either
 */

/** Roles of nodes that belong to the layer of the node before them. @type {Set<Role>} */
const FOLLOWERS = new Set(['norm', 'activation', 'reshape']);

export class Network {
  /** @type {Map<string, Layer>} */
  #layerOf = new Map();

  /** @param {LayerInfo[]} nodes the result of the engine's `layers()`, in topological order */
  constructor(nodes) {
    this.nodes = nodes;
    /** By name. */
    this.nodeOf = new Map(nodes.map((node) => [node.name, node]));
    this.layers = this.#group();
    this.blocks = this.#blocks();
    const { numbers, parts } = countWeightedLayers(this.layers);
    for (const [layer, number] of numbers) layer.number = number;
    /** Number of weighted layers. */
    this.depth = numbers.size;
    /** Numbers of weighted layers before, in and after each stage. */
    this.depthByPart = parts;
  }

  /**
   * The layer of a node, or null if this network has no node of that name.
   * @param {string} node
   */
  find(node) {
    return this.#layerOf.get(node) ?? null;
  }

  /**
   * The layers whose values `layer` takes; the image is none.
   * @param {Layer} layer
   */
  sources(layer) {
    return layer.inputs.map((name) => this.#layerOf.get(name)).filter((found) => found !== undefined);
  }

  /** @returns {Layer[]} */
  #group() {
    /** @type {LayerInfo[][]} */
    const groups = [];
    /** The group that ends with a node. @type {Map<string, LayerInfo[]>} */
    const endingWith = new Map();
    for (const node of this.nodes) {
      const before = FOLLOWERS.has(node.role) ? endingWith.get(node.inputs[0]) : undefined;
      const group = before ?? [];
      if (!before) groups.push(group);
      else endingWith.delete(node.inputs[0]);
      group.push(node);
      endingWith.set(node.name, group);
    }
    return groups.map((nodes, index) => {
      const layer = summarise(nodes, index);
      for (const { name } of nodes) this.#layerOf.set(name, layer);
      return layer;
    });
  }

  /** @returns {Block[]} */
  #blocks() {
    /** @type {Map<string, Layer[]>} */
    const groups = new Map();
    for (const layer of this.layers) {
      if (!layer.block) continue;
      const group = groups.get(layer.block);
      if (group) group.push(layer);
      else groups.set(layer.block, [layer]);
    }
    return [...groups].map(([name, layers]) => {
      const add = layers.find(({ role }) => role === 'add') ?? null;
      const branches = (add?.inputs ?? []).map((input) => this.#branch(layers, input));
      const shortcut = branches.toSorted((a, b) => b.length - a.length)[1] ?? [];
      for (const layer of shortcut) layer.isProjection = true;
      const path = new Set([add, ...branches.flat()]);
      for (const layer of layers) layer.isGate = add !== null && !path.has(layer);
      return { name, stage: layers[0].stage, layers, main: layers.filter((layer) => !shortcut.includes(layer)), shortcut, add };
    });
  }

  /**
   * The layers of a block that compute the value of node `name`, first to last.
   * @param {Layer[]} layers of the block
   * @param {string} name
   */
  #branch(layers, name) {
    const branch = [];
    for (let layer = this.#layerOf.get(name); layer && layers.includes(layer); layer = this.#layerOf.get(layer.inputs[0])) {
      branch.unshift(layer);
    }
    return branch;
  }
}

/**
 * @param {LayerInfo[]} nodes
 * @param {number} index
 * @returns {Layer}
 */
function summarise(nodes, index) {
  const first = nodes[0];
  const last = nodes[nodes.length - 1];
  const [, channels, height, width] = last.shape;
  return {
    nodes,
    index,
    get name() {
      return nameOf(nodes, first.block);
    },
    number: null,
    shown: last.name,
    inputs: first.inputs,
    stage: first.stage,
    block: first.block,
    isProjection: false,
    isGate: false,
    role: first.role,
    op: first.op,
    attributes: first.attributes,
    channels,
    height,
    width,
    parameters: nodes.reduce((sum, { parameters }) => sum + parameters, 0),
    macs: nodes.reduce((sum, { macs }) => sum + macs, 0),
    stride: first.stride?.[0] ?? 1,
  };
}
