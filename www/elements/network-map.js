// @ts-check
// The whole network, always visible: a box for every layer, arcs for the shortcuts, the names of the stages. For keyboard and screen
// readers it is a listbox of the layers.

import { find } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { count, times } from '../lib/format.js';
import { onLanguage, t } from '../lib/i18n.js';
import { pixelDensity, rectangleToDevice, sizeToDevice, toDevice } from '../lib/rectangle.js';
import { setIfChanged, setPosition } from '../lib/set-if-changed.js';
import { chainOf, kindOf, operatorOf } from '../network/layer-names.js';
import { drawMap, squareIn } from '../network/map-drawing.js';
import { layOutMap } from '../network/map-layout.js';
import { drawMarks } from '../network/map-marks.js';

/** @import { ShownBitmap } from '../images/image-drawing.js' */
/** @import { Profile } from '../lens/profile.js' */
/** @import { Rectangle } from '../lib/rectangle.js' */
/** @import { MapLayout } from '../network/map-layout.js' */
/** @import { Block, Layer, Network } from '../network/network.js' */
/** @import { BlockMark } from '../surgery/marks.js' */

/** The part of a bitmap that the network sees; `crop` is in the bitmap's pixels. @typedef {{ bitmap: ShownBitmap, crop: Rectangle }} NetworkInput */
/**
 * A network that is being loaded: the one before and its selected layer, and what has been loaded.
 * @typedef {{ network: Network | null, current: Layer | null, nodes: Set<string>, layers: Set<Layer> }} Loading
 */

/** Side of the enlarged thumbnail in CSS pixels. */
const ENLARGED = 128;
/** The largest canvas dimension that every WebGPU adapter supports. */
const LARGEST_CANVAS = 8192;

/**
 * `choose`: another layer is selected. `open`: a layer was clicked, selected already or not. `layout`: the boxes have moved.
 * @extends {EmitterElement<{ choose: Layer, open: void, layout: void }>}
 */
export class LensNetworkMap extends EmitterElement {
  #frame = find(this, '[data-frame]', HTMLElement);
  #drawing = find(this, '[data-frame] svg', SVGSVGElement);
  #image = find(this, '[data-input]', HTMLCanvasElement);
  #facts = find(this, '[data-facts]', HTMLElement);
  #enlarged = find(this, '[data-enlarged]', HTMLCanvasElement);
  /** @type {Network | null} */
  #network = null;
  /** @type {MapLayout | null} */
  #layout = null;
  /** @type {Map<Layer, SVGElement>} */
  #options = new Map();
  /** @type {Layer | null} */
  #current = null;
  /** The layer under the pointer, which is described instead of the current one. @type {Layer | null} */
  #pointed = null;
  /** @type {NetworkInput | null} */
  #input = null;
  /** @type {Profile | null} */
  #profile = null;
  /** @type {Loading | null} */
  #loading = null;
  /** @type {BlockMark[]} */
  #marks = [];

  connectedCallback() {
    this.#drawing.addEventListener('keydown', (event) => this.#press(event));
    this.#drawing.addEventListener('click', (event) => {
      const layer = this.#layerAt(event);
      if (!layer || this.#loading) return;
      this.#choose(layer);
      this.emit('open');
    });
    this.#drawing.addEventListener('pointermove', (event) => this.#point(this.#layerAt(event)));
    this.#drawing.addEventListener('pointerleave', () => this.#point(null));
    this.#drawing.addEventListener('focus', () => this.#enlarge());
    this.#drawing.addEventListener('blur', () => this.#enlarge());
    this.#frame.addEventListener('scroll', () => this.#enlarge(), { passive: true });
    new ResizeObserver(() => this.#draw()).observe(this.#frame);
    onLanguage(() => {
      this.#draw();
      this.#describe();
      this.#describeLoading();
    });
  }

  /** @param {Network} network */
  show(network) {
    this.#loading = null;
    this.classList.remove('loading');
    this.#network = network;
    this.#current = null;
    this.#marks = [];
    this.#draw();
  }

  /**
   * Shows a network that is being loaded; its layers cannot be selected yet.
   * @param {Network} network
   */
  showLoading(network) {
    const { network: before, current } = this.#loading ?? { network: this.#network, current: this.#current };
    this.show(network);
    this.#loading = { network: before, current, nodes: new Set(), layers: new Set() };
    this.classList.add('loading');
    this.#describeLoading();
  }

  /**
   * Marks the layers that are complete once the parameters of a node are loaded.
   * @param {string} node
   */
  markLoaded(node) {
    if (!this.#loading || !this.#network) return;
    const { nodes, layers } = this.#loading;
    nodes.add(node);
    for (const layer of this.#network.layers) {
      // A layer without parameters is complete when all layers are whose values it takes.
      const complete = layer.parameters > 0
        ? layer.nodes.every(({ name, parameters }) => parameters === 0 || nodes.has(name))
        : this.#network.sources(layer).every((source) => layers.has(source));
      if (!complete || layers.has(layer)) continue;
      layers.add(layer);
      this.#options.get(layer)?.classList.add('loaded');
    }
    this.#describeLoading();
  }

  /** Shows the network before again: the new one could not be loaded. */
  cancelLoading() {
    if (!this.#loading) return;
    const { network, current } = this.#loading;
    this.#loading = null;
    this.classList.remove('loading');
    this.#network = network;
    if (network) this.show(network);
    else this.#drawing.replaceChildren();
    if (current) this.mark(current);
  }

  /**
   * Marks the selected layer.
   * @param {Layer} layer
   */
  mark(layer) {
    if (this.#loading) {
      this.#loading.current = layer;
      return;
    }
    const option = this.#options.get(layer);
    if (layer === this.#current && option?.ariaSelected === 'true') return;
    if (this.#current) this.#options.get(this.#current)?.setAttribute('aria-selected', 'false');
    this.#current = layer;
    this.#point(null);
    if (!option) return;
    option.setAttribute('aria-selected', 'true');
    this.#drawing.setAttribute('aria-activedescendant', option.id);
    this.#reveal(layer);
  }

  /** @param {BlockMark[]} marks of the edited blocks */
  showEdits(marks) {
    if (marks.length === 0 && this.#marks.length === 0) return;
    this.#marks = marks;
    if (this.#layout) drawMarks(this.#drawing, this.#layout, marks);
    for (const [layer, option] of this.#options) setIfChanged(option, { ariaLabel: this.#textOf(layer) });
    this.#describe();
  }

  /** @param {Profile | null} profile adds times to the descriptions of the layers */
  showProfile(profile) {
    this.#profile = profile;
    this.#describe();
  }

  /** @param {NetworkInput | null} input */
  showInput(input) {
    this.#input = input;
    this.#drawInput();
  }

  /** @override */
  focus() {
    this.#drawing.focus();
  }

  /** The thumbnails have been drawn. */
  drawn() {
    if (this.#pointed || this.#enlarged.matches(':popover-open')) this.#enlarge();
  }

  /** The canvas of the thumbnails, behind the boxes. */
  get canvas() {
    return find(this, '[data-thumbnails]', HTMLCanvasElement);
  }

  /** The thumbnails in device pixels, or null while there are none. */
  get request() {
    if (!this.#layout || this.#loading) return null;
    const density = Math.min(pixelDensity(), LARGEST_CANVAS / this.#layout.width);
    const tiles = this.#layout.boxes.map(({ layer, ...box }) => ({ node: layer.shown, ...squareToDevice(squareIn(box), density) }));
    return { ...sizeToDevice(this.#layout, density), tiles };
  }

  #draw() {
    if (!this.#network) return;
    const box = { width: this.#frame.clientWidth, height: this.#frame.clientHeight };
    if (box.width === 0) return;
    const layout = layOutMap(this.#network, box, { coarse: matchMedia('(pointer: coarse)').matches });
    this.#layout = layout;
    this.#options = drawMap(this.#drawing, layout, (layer) => this.#textOf(layer));
    Object.assign(this.canvas.style, { width: `${layout.width}px`, height: `${layout.height}px` });
    drawMarks(this.#drawing, layout, this.#marks);
    if (this.#current) this.mark(this.#current);
    this.#drawInput();
    this.emit('layout');
  }

  /** @param {Layer} layer */
  #textOf(layer) {
    const words = this.#marks.find(({ block }) => block === layer.block)?.words;
    return [describeLayer(layer, this.#network?.depth ?? 0), words].filter(Boolean).join(' · ');
  }

  #drawInput() {
    setIfChanged(this.#image, { hidden: !this.#input });
    const context = this.#image.getContext('2d');
    if (!this.#input || !this.#layout || !context) return;
    const square = squareIn(this.#layout.input);
    setPosition(this.#image, square);
    const side = toDevice(square.width);
    setIfChanged(this.#image, { width: side, height: side });
    const { bitmap, crop } = this.#input;
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, crop.x, crop.y, crop.width, crop.height, 0, 0, side, side);
  }

  /** @param {Event} event */
  #layerAt({ target }) {
    const option = target instanceof Element ? target.closest('[role=option]') : null;
    return option instanceof SVGElement ? this.#network?.layers[Number(option.dataset.index)] ?? null : null;
  }

  /** @param {Layer | null} layer */
  #choose(layer) {
    if (layer && layer !== this.#current && !this.#loading) this.emit('choose', layer);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (!this.#network || !this.#current) return;
    const next = neighbour(this.#network, this.#current, event.key);
    if (next === undefined) return;
    event.preventDefault();
    this.#choose(next);
  }

  /** @param {Layer | null} layer */
  #point(layer) {
    this.#pointed = layer;
    this.#describe();
    this.#enlarge();
  }

  #describe() {
    if (this.#loading) return;
    const layer = this.#pointed ?? this.#current;
    const text = layer ? [this.#textOf(layer), this.#profile?.of(layer)].filter(Boolean).join(' · ') : '';
    setIfChanged(this.#facts, { textContent: text });
  }

  /** Shows an enlarged thumbnail of the layer under the pointer, or of the selected one while the map has the keyboard focus. */
  #enlarge() {
    const layer = this.#pointed ?? (this.#drawing.matches(':focus-visible') ? this.#current : null);
    const box = this.#layout?.boxes.find((one) => one.layer === layer);
    const isShown = this.#enlarged.matches(':popover-open');
    if (!box || !layer || !this.#layout || this.canvas.hidden || this.#loading || layer.height * layer.width === 1) {
      if (isShown) this.#enlarged.hidePopover();
      return;
    }
    const density = this.canvas.width / this.#layout.width;
    const { x, y, width } = squareIn(box);
    const side = toDevice(ENLARGED);
    setIfChanged(this.#enlarged, { width: side, height: side });
    const context = this.#enlarged.getContext('2d');
    if (!context) return;
    context.imageSmoothingEnabled = false;
    context.drawImage(this.canvas, x * density, y * density, width * density, width * density, 0, 0, side, side);
    const { left, bottom } = this.#frame.getBoundingClientRect();
    const centre = left - this.#frame.scrollLeft + box.x + box.width / 2;
    setIfChanged(this.#enlarged.style, {
      left: `${Math.max(4, Math.min(innerWidth - ENLARGED - 4, centre - ENLARGED / 2))}px`, top: `${bottom + 4}px`,
    });
    if (!isShown) this.#enlarged.showPopover();
  }

  #describeLoading() {
    if (!this.#loading || !this.#network) return;
    this.#facts.textContent = t('network.loaded', { done: this.#loading.layers.size, total: this.#network.layers.length });
  }

  /** @param {Layer} layer */
  #reveal(layer) {
    const box = this.#layout?.boxes.find((one) => one.layer === layer);
    const { scrollLeft, clientWidth } = this.#frame;
    if (!box || !this.#layout || this.#layout.width <= clientWidth) return;
    const margin = clientWidth / 5;
    if (box.x - margin >= scrollLeft && box.x + box.width + margin <= scrollLeft + clientWidth) return;
    const smooth = !matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.#frame.scrollTo({ left: box.x + box.width / 2 - clientWidth / 2, behavior: smooth ? 'smooth' : 'instant' });
  }
}

/**
 * The layer that a key leads to: left and right along the main path, up to the projection of a block and down from it. Null: none;
 * undefined: the key has no meaning.
 * @param {Network} network
 * @param {Layer} current
 * @param {string} key
 */
function neighbour({ layers, blocks }, current, key) {
  const path = layers.filter(({ isProjection }) => !isProjection);
  const block = blocks.find(({ name }) => name === current.block);
  const here = current.isProjection && block ? block.main[0] : current;
  const step = (/** @type {number} */ by) => path[Math.max(0, Math.min(path.length - 1, path.indexOf(here) + by))];
  switch (key) {
    case 'ArrowRight': return step(1);
    case 'ArrowLeft': return step(-1);
    case 'Home': return path[0];
    case 'End': return path[path.length - 1];
    case 'PageDown': return inBlock(blocks, here, 1) ?? path[path.length - 1];
    case 'PageUp': return inBlock(blocks, here, -1) ?? path[0];
    case 'ArrowUp': return block?.shortcut[0] ?? null;
    case 'ArrowDown': return current.isProjection ? here : null;
    default: return undefined;
  }
}

/**
 * The corresponding layer of the next or previous block, or its last one if it has fewer; null if there is no such block.
 * @param {Block[]} blocks
 * @param {Layer} here
 * @param {1 | -1} by
 */
function inBlock(blocks, here, by) {
  const at = blocks.findIndex(({ name }) => name === here.block);
  if (at < 0) return by > 0 ? blocks[0]?.main[0] : null;
  const block = blocks[at + by];
  return block ? block.main[Math.max(0, Math.min(block.main.length - 1, blocks[at].main.indexOf(here)))] : null;
}

/**
 * A layer as text, for the line above the map and for screen readers.
 * @param {Layer} layer
 * @param {number} depth number of weighted layers of the network
 */
function describeLayer(layer, depth) {
  const { channels, height, width, parameters, macs, number } = layer;
  const parts = [
    chainOf(layer),
    number && t('network.layerNumber', { number, depth }),
    kindOf(layer),
    operatorOf(layer),
    times([channels, height, width]),
    parameters && t('format.parameters', { number: count(parameters) }),
    macs && t('format.macs', { number: count(macs) }),
  ];
  return parts.filter(Boolean).join(' · ');
}

/**
 * A square in device pixels that stays a square.
 * @param {Rectangle} square
 * @param {number} density
 */
function squareToDevice(square, density) {
  const { x, y, width } = rectangleToDevice(square, density);
  return { x, y, width, height: width };
}

customElements.define('lens-network-map', LensNetworkMap);
