// The network as people speak of it, worked out from the engine's list of nodes: places (a convolution
// with the normalisation and the rectifier behind it, a pool, an addition …) and blocks with a shortcut.
// It reads operators and wiring, never a name, so any depth and any width comes out right.

/** These give the value of the node before them a new form and belong to its place. */
const FOLLOWERS = new Set(['BatchNorm2d', 'ReLU', 'Flatten']);

export class Network {
  /** `layers` as the engine's `layers()` lists them: each after those it takes. */
  constructor(layers) {
    this.layers = layers;
    this.layerOf = new Map(layers.map((layer) => [layer.name, layer]));
    this.places = [];
    this.placeOf = new Map();
    for (const layer of layers) this.#assign(layer);
    this.places.forEach((place, index) => Object.assign(place, this.#summary(place), { index }));
    this.blocks = this.#blocks();
  }

  get spatialSize() {
    return Math.max(...this.layers.map(({ shape }) => shape[2]));
  }

  /** The place a node belongs to, or null for a name that this network does not have. */
  find(node) {
    return this.placeOf.get(node) ?? null;
  }

  /** The places before `place` on the way of the image; the image itself is none. */
  sources(place) {
    return place.takes.map((name) => this.placeOf.get(name)).filter(Boolean);
  }

  #assign(layer) {
    const before = this.placeOf.get(layer.inputs[0]);
    const follows = FOLLOWERS.has(layer.op) && before?.shown === layer.inputs[0];
    const place = follows ? before : { layers: [], stage: layer.stage, block: layer.block, takes: layer.inputs };
    if (!follows) this.places.push(place);
    place.layers.push(layer);
    place.shown = layer.name;
    this.placeOf.set(layer.name, place);
  }

  #summary({ layers }) {
    const [first] = layers;
    const last = layers.at(-1);
    const sum = (key) => layers.reduce((total, layer) => total + layer[key], 0);
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
   * Blocks in order: `{ name, stage, places, main, shortcut, add }`. `main` is F(x), place by place; `shortcut`
   * is the projection's places, none where x is added as it is. A block without an addition has no shortcut.
   */
  #blocks() {
    const groups = new Map();
    for (const place of this.places) {
      if (!place.block) continue;
      if (!groups.has(place.block)) groups.set(place.block, []);
      groups.get(place.block).push(place);
    }
    return [...groups].map(([name, places]) => {
      const add = places.find(({ op }) => op === 'Add') ?? null;
      const ways = (add?.takes ?? []).map((input) => this.#wayWithin(places, input));
      ways.sort((a, b) => b.length - a.length);
      const shortcut = ways[1] ?? [];
      for (const place of shortcut) place.role = 'projection';
      return { name, stage: places[0].stage, places, main: places.filter((place) => !shortcut.includes(place)), shortcut, add };
    });
  }

  /** The places of a block through which a value came to be, first to last. */
  #wayWithin(places, name) {
    const way = [];
    for (let place = this.placeOf.get(name); places.includes(place); place = this.placeOf.get(place.takes[0])) way.unshift(place);
    return way;
  }
}
