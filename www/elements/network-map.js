// The network map: one box per layer, one arc per shortcut, and the stage names. It is a listbox for the keyboard and for screen
// readers; its selected option is the selected layer.

import { count, times } from '../lib/format.js';
import { layOutMap } from '../network/map-layout.js';
import { setIfChanged } from '../lib/set-if-changed.js';
import { svg } from '../lib/svg.js';

/** Smallest width of a pointer target. Its height is at least 60 px. */
const TARGET = 24;
/** Upper estimate of a letter's width in a stage label. Measuring it would force a layout. */
const LETTER = 6;
/** The largest canvas that every WebGPU adapter supports. */
const LARGEST_CANVAS = 8192;

class LensNetworkMap extends HTMLElement {
  /** Receives the layer that the user selects. */
  onChoose = null;
  /** The boxes have moved, so the thumbnails have to be redrawn. */
  onLayout = null;
  #network = null;
  #layout = null;
  #options = new Map();
  #current = null;
  /** The layer under the pointer. Its description takes precedence over that of the current layer. */
  #hovered = null;
  #input = null;
  #profile = null;
  /** While a network is loading: the `{ network, current }` before it, and the loaded `nodes` and `layers`. */
  #loading = null;

  connectedCallback() {
    this.frame = this.querySelector('[data-frame]');
    this.drawing = this.querySelector('svg');
    this.image = this.querySelector('[data-input]');
    this.facts = this.querySelector('[data-facts]');
    this.drawing.addEventListener('keydown', (event) => this.#press(event));
    this.drawing.addEventListener('click', ({ target }) => this.#choose(this.#layerOf(target)));
    this.drawing.addEventListener('pointermove', ({ target }) => this.#hover(this.#layerOf(target)));
    this.drawing.addEventListener('pointerleave', () => this.#hover(null));
    new ResizeObserver(() => this.#draw()).observe(this.frame);
  }

  /** Shows a network. */
  show(network) {
    this.#loading = null;
    this.classList.remove('loading');
    this.#network = network;
    this.#current = null;
    this.#draw();
  }

  /** Shows a network whose parameters are still loading. Its layers cannot be selected yet. */
  showLoading(network) {
    const { network: before, current } = this.#loading ?? { network: this.#network, current: this.#current };
    this.show(network);
    this.#loading = { network: before, current, nodes: new Set(), layers: new Set() };
    this.classList.add('loading');
    this.#showLoadingProgress();
  }

  /** Marks the parameters of a node of the loading network as loaded. */
  markLoaded(node) {
    if (!this.#loading) return;
    const { nodes, layers } = this.#loading;
    nodes.add(node);
    for (const layer of this.#network.layers) {
      // A layer without parameters counts as loaded as soon as its inputs are.
      const isLoaded = layer.parameters > 0
        ? layer.nodes.every(({ name, parameters }) => parameters === 0 || nodes.has(name))
        : this.#network.sources(layer).every((source) => layers.has(source));
      if (!isLoaded || layers.has(layer)) continue;
      layers.add(layer);
      this.#options.get(layer)?.classList.add('loaded');
    }
    this.#showLoadingProgress();
  }

  /** Loading has failed or was cancelled: shows the network before it again. */
  cancelLoading() {
    if (!this.#loading) return;
    const { network, current } = this.#loading;
    this.show(network);
    if (network) this.mark(current);
    else this.drawing.replaceChildren();
  }

  /** Marks the current layer. */
  mark(layer) {
    if (this.#loading) {
      this.#loading.current = layer;
      return;
    }
    const option = this.#options.get(layer);
    if (layer === this.#current && option?.ariaSelected === 'true') return;
    this.#options.get(this.#current)?.setAttribute('aria-selected', 'false');
    this.#current = layer;
    this.#hover(null);
    if (!option) return;
    option.setAttribute('aria-selected', 'true');
    this.drawing.setAttribute('aria-activedescendant', option.id);
    this.#reveal(layer);
  }

  /** Adds the times of `profile.of(layer)` to the descriptions; null removes them. */
  showProfile(profile) {
    this.#profile = profile;
    this.#describe();
  }

  /** Shows the network's input: the rectangle `crop` of `bitmap`, in the bitmap's pixels; null hides it. */
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

  /** The drawing request: `{ width, height, tiles: [{ node, x, y, width, height }] }` in device pixels; null while loading. */
  get request() {
    if (!this.#layout || this.#loading) return null;
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
    this.drawing.replaceChildren(background(layout), ...this.#options.values(), symbols(layout));
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

  #layerOf(target) {
    const index = target.closest?.('[role=option]')?.dataset.index;
    return index === undefined ? null : this.#network.layers[index];
  }

  #choose(layer) {
    if (layer && layer !== this.#current && !this.#loading) this.onChoose?.(layer);
  }

  /** Left and right follow the main path; up goes to the block's projection shortcut, down back from it. */
  #press(event) {
    const next = this.#neighbour(event.key);
    if (next === undefined) return;
    event.preventDefault();
    this.#choose(next);
  }

  #neighbour(key) {
    const path = this.#network.layers.filter(({ isProjection }) => !isProjection);
    const block = this.#network.blocks.find(({ name }) => name === this.#current?.block);
    const here = this.#current?.isProjection ? block.main[0] : this.#current;
    const step = (by) => path[Math.max(0, Math.min(path.length - 1, path.indexOf(here) + by))];
    switch (key) {
      case 'ArrowRight': return step(1);
      case 'ArrowLeft': return step(-1);
      case 'Home': return path[0];
      case 'End': return path.at(-1);
      case 'PageDown': return this.#inBlock(path, here, 1);
      case 'PageUp': return this.#inBlock(path, here, -1);
      case 'ArrowUp': return block?.shortcut[0] ?? null;
      case 'ArrowDown': return this.#current?.isProjection ? here : null;
      default: return undefined;
    }
  }

  /** The corresponding layer of the next (`by` 1) or previous (-1) block; the block's last layer if it has fewer. */
  #inBlock(path, here, by) {
    const { blocks } = this.#network;
    const at = blocks.findIndex(({ name }) => name === here?.block);
    const to = at < 0 ? (by > 0 ? blocks[0] : null) : blocks[at + by];
    if (!to) return by > 0 ? path.at(-1) : path[0];
    return to.main[Math.max(0, Math.min(to.main.length - 1, at < 0 ? 0 : blocks[at].main.indexOf(here)))];
  }

  #hover(layer) {
    this.#hovered = layer;
    this.#describe();
  }

  #describe() {
    if (this.#loading) return;
    const layer = this.#hovered ?? this.#current;
    setIfChanged(this.facts, { textContent: layer ? [describe(layer), this.#profile?.of(layer)].filter(Boolean).join(' · ') : '' });
  }

  #showLoadingProgress() {
    this.facts.textContent = `Loaded ${this.#loading.layers.size} of ${this.#network.layers.length} layers`;
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

/** The description above the map and for screen readers. */
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

/** Behind the boxes: the main path, the arcs, the stage names. */
function background({ input, boxes, middle, arcs, stages }) {
  const path = [squareIn(input), ...boxes.filter(({ layer }) => !layer.isProjection)];
  const lines = path.slice(1).map(({ x }, i) => `M${path[i].x + path[i].width} ${middle}H${x}`);
  return svg('g', { 'aria-hidden': 'true' }, [
    svg('path', { class: 'path', d: lines.join('') }),
    svg('rect', { class: 'input', ...squareIn(input), rx: 3 }),
    ...arcs.map(({ path: d, projection }) => svg('path', { class: projection ? 'arc projected' : 'arc', d })),
    ...stages.map(({ name, x, blocks, channels, height, width, end: right }) => {
      const detail = ` ${blocks} block${blocks > 1 ? 's' : ''} · ${channels} ch · ${height}×${width}`;
      const fits = (name.length + detail.length) * LETTER < right - x;
      return svg('text', { x, y: 13, class: 'stage' }, [
        svg('tspan', {}, [name]),
        ...(fits ? [svg('tspan', { class: 'quiet' }, [detail])] : []),
      ]);
    }),
  ]);
}

/** In front of the boxes: the additions and the strides. */
function symbols({ boxes, arcs }) {
  return svg('g', { 'aria-hidden': 'true', class: 'symbols' }, [
    ...arcs.map(({ sum: { x, y } }) => svg('path', {
      class: 'sum', d: `M${x - 4.5} ${y}a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0ZM${x - 2.5} ${y}h5M${x} ${y - 2.5}v5`,
    })),
    ...boxes.filter(({ layer }) => layer.stride > 1 && !layer.isProjection).map(({ layer, x, y, width, height }) =>
      svg('text', { class: 'stride', x: x + width / 2, y: y + height + 11 }, [`/${layer.stride}`])),
  ]);
}

customElements.define('lens-network-map', LensNetworkMap);
