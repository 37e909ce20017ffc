// The network as the page shows it, derived from the engine's list of nodes: layers (a convolution with the batch norm and
// activation that follow it, a pool, an addition) and residual blocks. Only operators and connections are read, never names, so
// any depth and width works.

/** These give the value of the node before them a new form and belong to its layer. */
const FOLLOWERS = new Set(['BatchNorm2d', 'ReLU', 'Flatten']);

export class Network {
  /** `nodes`: the result of the engine's `layers()`, in topological order. */
  constructor(nodes) {
    this.nodes = nodes;
    this.nodeOf = new Map(nodes.map((node) => [node.name, node]));
    this.layers = [];
    this.layerOf = new Map();
    for (const node of nodes) this.#assign(node);
    this.layers.forEach((layer, index) => Object.assign(layer, this.#summary(layer), { index }));
    this.blocks = this.#blocks();
  }

  get spatialSize() {
    return Math.max(...this.nodes.map(({ shape }) => shape[2]));
  }

  /** The layer a node belongs to, or null for a name that this network does not have. */
  find(node) {
    return this.layerOf.get(node) ?? null;
  }

  /** The layers before `layer` on the path of the image; the image itself is none. */
  sources(layer) {
    return layer.inputs.map((name) => this.layerOf.get(name)).filter(Boolean);
  }

  #assign(node) {
    const before = this.layerOf.get(node.inputs[0]);
    const follows = FOLLOWERS.has(node.op) && before?.shown === node.inputs[0];
    const layer = follows ? before : { nodes: [], stage: node.stage, block: node.block, inputs: node.inputs };
    if (!follows) this.layers.push(layer);
    layer.nodes.push(node);
    layer.shown = node.name;
    this.layerOf.set(node.name, layer);
  }

  #summary({ nodes }) {
    const [first] = nodes;
    const last = nodes.at(-1);
    const sum = (key) => nodes.reduce((total, node) => total + node[key], 0);
    const [, channels, height, width] = last.shape;
    return {
      op: first.op,
      detail: first.detail,
      channels,
      height,
      width,
      parameters: sum('parameters'),
      macs: sum('macs'),
      stride: first.stride?.[0] ?? 1,
    };
  }

  /**
   * Blocks in order: `{ name, stage, layers, main, shortcut, add }`. `main` is F(x), layer by layer; `shortcut`
   * is the projection's layers, none where x is added as it is. A block without an addition has no shortcut.
   */
  #blocks() {
    const groups = new Map();
    for (const layer of this.layers) {
      if (!layer.block) continue;
      if (!groups.has(layer.block)) groups.set(layer.block, []);
      groups.get(layer.block).push(layer);
    }
    return [...groups].map(([name, layers]) => {
      const add = layers.find(({ op }) => op === 'Add') ?? null;
      const paths = (add?.inputs ?? []).map((input) => this.#pathWithin(layers, input));
      paths.sort((a, b) => b.length - a.length);
      const shortcut = paths[1] ?? [];
      for (const layer of shortcut) layer.isProjection = true;
      return { name, stage: layers[0].stage, layers, main: layers.filter((layer) => !shortcut.includes(layer)), shortcut, add };
    });
  }

  /** The layers of a block through which a value came to be, first to last. */
  #pathWithin(layers, name) {
    const path = [];
    for (let layer = this.layerOf.get(name); layers.includes(layer); layer = this.layerOf.get(layer.inputs[0])) path.unshift(layer);
    return path;
  }
}
