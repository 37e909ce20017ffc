// The whole network, always in view: a box for every layer, arcs for the shortcuts, the stages' names.
// A listbox for the keyboard and for screen readers; what is chosen is what the page looks at.

import { count, times } from '../lib/format.js';
import { layOutMap } from '../network/map-layout.js';
import { setIfChanged } from '../lib/set-if-changed.js';
import { svg } from '../lib/svg.js';

/** A pointer's target is the whole height of the map, and in width at least this. */
const TARGET = 24;
/** The width of a letter over the map, rather too much than too little: to measure it would have the page laid out. */
const LETTER = 6;
/** What every WebGPU adapter can draw on. */
const LARGEST_CANVAS = 8192;

class LensNetworkMap extends HTMLElement {
  /** Receives the layer that the user goes to. */
  onChoose = null;
  /** The boxes have moved: what is drawn in them is drawn anew. */
  onLayout = null;
  #network = null;
  #layout = null;
  #options = new Map();
  #current = null;
  /** The layer under the pointer: it has the word while the current one stays. */
  #pointed = null;
  #input = null;
  #profile = null;
  /** While another network arrives: `{ network, current, nodes, layers }`, what is shown if it does not come, and what is there of it. */
  #arriving = null;

  connectedCallback() {
    this.frame = this.querySelector('[data-frame]');
    this.drawing = this.querySelector('svg');
    this.image = this.querySelector('[data-input]');
    this.facts = this.querySelector('[data-facts]');
    this.drawing.addEventListener('keydown', (event) => this.#press(event));
    this.drawing.addEventListener('click', ({ target }) => this.#choose(this.#under(target)));
    this.drawing.addEventListener('pointermove', ({ target }) => this.#point(this.#under(target)));
    this.drawing.addEventListener('pointerleave', () => this.#point(null));
    new ResizeObserver(() => this.#draw()).observe(this.frame);
  }

  /** Draws another network. */
  show(network) {
    this.#arriving = null;
    this.classList.remove('arriving');
    this.#network = network;
    this.#current = null;
    this.#draw();
  }

  /** Draws a network that is still arriving; nothing of it can be looked at yet. */
  arrive(network) {
    const { network: before, current } = this.#arriving ?? { network: this.#network, current: this.#current };
    this.show(network);
    this.#arriving = { network: before, current, nodes: new Set(), layers: new Set() };
    this.classList.add('arriving');
    this.#tellArrival();
  }

  /** The parameters of a node of the arriving network are there. */
  light(node) {
    if (!this.#arriving) return;
    const { nodes, layers } = this.#arriving;
    nodes.add(node);
    for (const layer of this.#network.layers) {
      // What has no parameters is there when all is that it takes.
      const there = layer.parameters > 0
        ? layer.nodes.every(({ name, parameters }) => parameters === 0 || nodes.has(name))
        : this.#network.sources(layer).every((source) => layers.has(source));
      if (!there || layers.has(layer)) continue;
      layers.add(layer);
      this.#options.get(layer)?.classList.add('lit');
    }
    this.#tellArrival();
  }

  /** The arriving network will not come: the one before is shown again. */
  depart() {
    if (!this.#arriving) return;
    const { network, current } = this.#arriving;
    this.show(network);
    if (network) this.mark(current);
    else this.drawing.replaceChildren();
  }

  /** Marks the current layer. */
  mark(layer) {
    if (this.#arriving) {
      this.#arriving.current = layer;
      return;
    }
    const option = this.#options.get(layer);
    if (layer === this.#current && option?.ariaSelected === 'true') return;
    this.#options.get(this.#current)?.setAttribute('aria-selected', 'false');
    this.#current = layer;
    this.#point(null);
    if (!option) return;
    option.setAttribute('aria-selected', 'true');
    this.drawing.setAttribute('aria-activedescendant', option.id);
    this.#reveal(layer);
  }

  /** Tells times of layers from now on: `profile.of(layer)` in words, or null where there are none. */
  showProfile(profile) {
    this.#profile = profile;
    this.#tell();
  }

  /** Shows what the network is given: `bitmap`'s part `crop`, in the bitmap's pixels; nothing for null. */
  showInput(input) {
    this.#input = input;
    this.#drawInput();
  }

  focus() {
    this.drawing.focus();
  }

  /** The canvas behind the boxes. */
  get canvas() {
    return this.querySelector('[data-thumbnails]');
  }

  /** What to draw there: `{ width, height, tiles: [{ node, x, y, width, height }] }` in device pixels. */
  get request() {
    if (!this.#layout || this.#arriving) return null;
    const { width, height, boxes } = this.#layout;
    const density = Math.min(devicePixelRatio, 3, LARGEST_CANVAS / width);
    const device = (length) => Math.round(length * density);
    const tiles = boxes.map(({ layer, x, y, width: wide, height: high }) => ({
      node: layer.shown, x: device(x), y: device(y), width: device(x + wide) - device(x), height: device(y + high) - device(y),
    }));
    return { width: device(width), height: device(height), tiles };
  }

  #draw() {
    if (!this.#network) return;
    const box = { width: this.frame.clientWidth, height: this.frame.clientHeight };
    if (box.width === 0) return;
    const layout = layOutMap(this.#network, box, { coarse: matchMedia('(pointer: coarse)').matches });
    this.#layout = layout;
    this.#options = new Map(layout.boxes.map((made) => [made.layer, option(made, layout)]));
    for (const [attribute, value] of Object.entries({ width: layout.width, height: layout.height })) {
      this.drawing.setAttribute(attribute, value);
    }
    this.drawing.replaceChildren(backdrop(layout), ...this.#options.values(), signs(layout));
    Object.assign(this.canvas.style, { width: `${layout.width}px`, height: `${layout.height}px` });
    this.mark(this.#current);
    this.#drawInput();
    this.onLayout?.();
  }

  #drawInput() {
    setIfChanged(this.image, { hidden: !this.#input });
    if (!this.#input || !this.#layout) return;
    const { x, y, width: side } = squareIn(this.#layout.input);
    setIfChanged(this.image.style, { left: `${x}px`, top: `${y}px`, width: `${side}px`, height: `${side}px` });
    const pixels = Math.round(side * Math.min(devicePixelRatio, 3));
    setIfChanged(this.image, { width: pixels, height: pixels });
    const { bitmap, crop } = this.#input;
    const pen = this.image.getContext('2d');
    pen.imageSmoothingQuality = 'high';
    pen.drawImage(bitmap, crop.x, crop.y, crop.width, crop.height, 0, 0, this.image.width, this.image.height);
  }

  #under(target) {
    const index = target.closest?.('[role=option]')?.dataset.index;
    return index === undefined ? null : this.#network.layers[index];
  }

  #choose(layer) {
    if (layer && layer !== this.#current && !this.#arriving) this.onChoose?.(layer);
  }

  /** Left and right follow the image's way; up goes to a block's projection, down comes back from it. */
  #press(event) {
    const next = this.#neighbour(event.key);
    if (next === undefined) return;
    event.preventDefault();
    this.#choose(next);
  }

  #neighbour(key) {
    const way = this.#network.layers.filter(({ isProjection }) => !isProjection);
    const block = this.#network.blocks.find(({ name }) => name === this.#current?.block);
    const here = this.#current?.isProjection ? block.main[0] : this.#current;
    const step = (by) => way[Math.max(0, Math.min(way.length - 1, way.indexOf(here) + by))];
    switch (key) {
      case 'ArrowRight': return step(1);
      case 'ArrowLeft': return step(-1);
      case 'Home': return way[0];
      case 'End': return way.at(-1);
      case 'PageDown': return this.#blockAway(way, here, 1);
      case 'PageUp': return this.#blockAway(way, here, -1);
      case 'ArrowUp': return block?.shortcut[0] ?? null;
      case 'ArrowDown': return this.#current?.isProjection ? here : null;
      default: return undefined;
    }
  }

  /** The same layer of the next block, or the block's last where it has fewer. */
  #blockAway(way, here, by) {
    const { blocks } = this.#network;
    const at = blocks.findIndex(({ name }) => name === here?.block);
    const to = at < 0 ? (by > 0 ? blocks[0] : null) : blocks[at + by];
    if (!to) return by > 0 ? way.at(-1) : way[0];
    return to.main[Math.max(0, Math.min(to.main.length - 1, at < 0 ? 0 : blocks[at].main.indexOf(here)))];
  }

  #point(layer) {
    this.#pointed = layer;
    this.#tell();
  }

  #tell() {
    if (this.#arriving) return;
    const told = this.#pointed ?? this.#current;
    setIfChanged(this.facts, { textContent: told ? [describe(told), this.#profile?.of(told)].filter(Boolean).join(' · ') : '' });
  }

  #tellArrival() {
    this.facts.textContent = `arriving: ${this.#arriving.layers.size} of ${this.#network.layers.length} layers are there`;
  }

  #reveal(layer) {
    const box = this.#layout?.boxes.find((made) => made.layer === layer);
    if (!box || this.#layout.width <= this.frame.clientWidth) return;
    const { scrollLeft, clientWidth } = this.frame;
    const margin = clientWidth / 5;
    if (box.x - margin >= scrollLeft && box.x + box.width + margin <= scrollLeft + clientWidth) return;
    const smooth = !matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.frame.scrollTo({ left: box.x + box.width / 2 - clientWidth / 2, behavior: smooth ? 'smooth' : 'instant' });
  }
}

/** In words, for the line above the map and for screen readers. */
function describe({ shown, op, detail, channels, height, width, parameters, macs, isProjection }) {
  const parts = [
    shown,
    [isProjection && 'projection', op, detail].filter(Boolean).join(' '),
    `${times([channels, height, width])}`,
    parameters && `${count(parameters)} parameters`,
    macs && `${count(macs)} multiply-adds`,
  ];
  return parts.filter(Boolean).join(' · ');
}

/** The network's input is square. */
function squareIn({ x, y, width, height }) {
  const side = Math.min(width, height);
  return { x: x + (width - side) / 2, y: y + (height - side) / 2, width: side, height: side };
}

function option({ layer, x, y, width, height }, layout) {
  const wide = Math.max(width, Math.min(TARGET, width + 2));
  const projection = layer.isProjection;
  const target = projection
    ? { x: x - 4, y: y - 5, width: width + 8, height: height + 10 }
    : { x: x - (wide - width) / 2, y: Math.min(y, layout.middle - 30), width: wide, height: Math.max(height, 60) };
  const made = svg('g', { role: 'option', id: `layer-${layer.index}`, 'aria-selected': 'false', 'aria-label': describe(layer) }, [
    svg('rect', { class: 'target', ...target }),
    svg('rect', { class: 'box', x, y, width, height, rx: 2 }),
    svg('rect', { class: 'mark', x: x - 2.5, y: y - 2.5, width: width + 5, height: height + 5, rx: 3.5 }),
  ]);
  made.dataset.index = layer.index;
  made.dataset.node = layer.shown;
  made.classList.toggle('projection', projection);
  return made;
}

/** Behind the boxes: the image's way, the arcs, the stages' names. */
function backdrop({ input, boxes, middle, arcs, stages }) {
  const way = [squareIn(input), ...boxes.filter(({ layer }) => !layer.isProjection)];
  const steps = way.slice(1).map(({ x }, i) => `M${way[i].x + way[i].width} ${middle}H${x}`);
  return svg('g', { 'aria-hidden': 'true' }, [
    svg('path', { class: 'way', d: steps.join('') }),
    svg('rect', { class: 'input', ...squareIn(input), rx: 3 }),
    ...arcs.map(({ path, projection }) => svg('path', { class: projection ? 'arc projected' : 'arc', d: path })),
    ...stages.map(({ name, x, blocks, channels, height, width, end: right }) => {
      const detail = ` ${blocks} × · ${channels} · ${height}×${width}`;
      const fits = (name.length + detail.length) * LETTER < right - x;
      return svg('text', { x, y: 13, class: 'stage' }, [
        svg('tspan', {}, [name]),
        ...(fits ? [svg('tspan', { class: 'quiet' }, [detail])] : []),
      ]);
    }),
  ]);
}

/** In front of the boxes: additions, strides. */
function signs({ boxes, arcs }) {
  return svg('g', { 'aria-hidden': 'true', class: 'signs' }, [
    ...arcs.map(({ sum: { x, y } }) => svg('path', {
      class: 'sum', d: `M${x - 4.5} ${y}a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0ZM${x - 2.5} ${y}h5M${x} ${y - 2.5}v5`,
    })),
    ...boxes.filter(({ layer }) => layer.stride > 1 && !layer.isProjection).map(({ layer, x, y, width, height }) =>
      svg('text', { class: 'stride', x: x + width / 2, y: y + height + 11 }, [`/${layer.stride}`])),
  ]);
}

customElements.define('lens-network-map', LensNetworkMap);
