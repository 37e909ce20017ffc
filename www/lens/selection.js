// Where the user looks: what the address says, as far as the network has it and the numbers are known.

import { Network } from '../network/network.js';
import { readViewState } from '../app/view-state.js';

export class Selection {
  #session;
  #taps = new Map();
  /** What `at` was last, and what it followed from. */
  #known = null;

  /** The network in use. */
  network;
  /** Its input is so many pixels wide. */
  side;
  /** The latest answer: null before the first. */
  answer = null;
  /** Numbers of a node's channels: `{ node, answer, channels, layer }`. */
  numbers = null;

  constructor(session, nodes, side) {
    this.#session = session;
    this.network = new Network(nodes);
    this.side = side;
  }

  /** `{ layer, defaultNode, node, shape, order, channel, colour, cam, kernels, … }` and the settings as the address has them. */
  get at() {
    const { numbers, answer } = this;
    const { hash } = location;
    const same = this.#known?.hash === hash && this.#known.numbers === numbers && this.#known.answer === answer;
    if (!same) this.#known = { hash, numbers, answer, at: this.#lookUp() };
    return this.#known.at;
  }

  #lookUp() {
    const { nodeOf, layers } = this.network;
    const state = readViewState();
    const known = this.network.find(state.layer);
    const layer = known ?? layers[0];
    const defaultNode = known ? state.layer : layer.shown;
    const node = nodeOf.has(state.tap) ? state.tap : defaultNode;
    const { shape } = nodeOf.get(node);
    const order = this.#order(node, shape[1], state.sort);
    const channel = state.channel !== null && state.channel < shape[1] ? state.channel : order[0];
    const colour = { colormap: state.colormap, scale: state.scale, gamma: state.gamma };
    const cam = state.class ?? this.answer?.predictions[0]?.index ?? 0;
    const signed = this.numbers?.node === node && this.numbers.layer.min < 0;
    return { ...state, layer, defaultNode, node, shape, order, channel, colour, signed, cam, kernels: kernelsOf(layer) };
  }

  /** Where the image leads to and whence it comes: the layer after or before. */
  beside(by) {
    return this.network.layers[this.at.layer.index + by] ?? null;
  }

  /** The nodes whose values are kept beside the one looked at. */
  get kept() {
    return this.at.plan === 'inspected' ? this.network.layers.map(({ shown }) => shown) : [];
  }

  /** The forms in which a layer can be looked at: `[{ name, label }]`. */
  async taps(layer) {
    if (!this.#taps.has(layer)) this.#taps.set(layer, await this.#session.taps(layer.shown));
    return this.#taps.get(layer);
  }

  /** The numbers of a channel of the node looked at, or null where they are of another node or of another image. */
  numbersOf(channel) {
    const { node } = this.at;
    if (this.numbers?.node !== node || this.numbers.answer !== this.answer) return null;
    return Object.fromEntries(Object.entries(this.numbers.channels).map(([key, values]) => [key, values[channel]]));
  }

  /** Whether it is known in which order the channels come, and which is the first. */
  get isOrdered() {
    return this.numbers?.node === this.at.node;
  }

  /** The order stays while frames come and go: nothing jumps, and nothing is read back for it. */
  #order(node, count, sort) {
    const order = Array.from({ length: count }, (_, i) => i);
    const by = this.numbers?.node === node ? this.numbers.channels[sort] : null;
    return by ? order.sort((a, b) => by[b] - by[a]) : order;
  }
}

/** The convolution whose kernels can be seen as colours, since they read the image itself; null elsewhere. */
function kernelsOf({ inputs, nodes: [first] }) {
  return inputs[0] === 'input' && first.op === 'Conv2d' ? first.name : null;
}
