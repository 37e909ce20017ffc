// @ts-check
// All channels of a layer as tiles. The engine draws the visible ones on one canvas that stays in the viewport. For keyboard and screen
// readers it is a listbox with a single option, the selected tile.

import { SMALLEST, layOutGrid, rankAt, tileAt, visibleTiles } from '../lens/grid-layout.js';
import { find } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { rectangleToDevice, sizeToDevice } from '../lib/rectangle.js';
import { setIfChanged, setPosition } from '../lib/set-if-changed.js';

/** @import { Grid } from '../lens/grid-layout.js' */

/**
 * `choose` and `hover`: a channel. `viewport`: other tiles are visible.
 * @extends {EmitterElement<{ choose: number, hover: number | null, viewport: void }>}
 */
export class LensChannels extends EmitterElement {
  #scroller = find(this, '[data-scroller]', HTMLElement);
  #sizer = find(this, '[data-sizer]', HTMLElement);
  #option = find(this, '[role=option]', HTMLElement);
  #empty = find(this, '[data-empty]', HTMLElement);
  /** @type {number[] | null} */
  #shape = null;
  /** @type {number[]} */
  #order = [];
  /** @type {Map<number, number>} */
  #rankOf = new Map();
  /** @type {number | null} */
  #selected = null;
  /** @type {Grid | null} */
  #grid = null;
  /** Position of the tile that was scrolled into view last. @type {number | null} */
  #revealed = null;
  /** @type {(channel: number) => string} */
  #describe = String;
  /** Size and scroll position of the viewport, kept from events: reading them from the document forces layout. */
  #viewport = { width: 0, height: 0 };
  #top = 0;

  connectedCallback() {
    this.#scroller.addEventListener('scroll', () => {
      this.#top = this.#scroller.scrollTop;
      this.emit('viewport');
    }, { passive: true });
    this.#scroller.addEventListener('keydown', (event) => this.#press(event));
    this.#sizer.addEventListener('click', (event) => this.#choose(this.#channelAt(event)));
    this.#sizer.addEventListener('pointermove', (event) => this.emit('hover', this.#channelAt(event)));
    this.#sizer.addEventListener('pointerleave', () => this.emit('hover', null));
    new ResizeObserver(() => {
      this.#viewport = { width: this.#scroller.clientWidth, height: this.#scroller.clientHeight };
      this.#arrange();
    }).observe(this.#scroller);
  }

  get canvas() {
    return find(this, 'canvas', HTMLCanvasElement);
  }

  /**
   * Shows the channels of a node.
   * @param {{ shape: number[], order: number[], describe: (channel: number) => string }} channels `describe` names one for screen readers
   */
  show({ shape, order, describe }) {
    const another = this.#shape?.join() !== shape.join();
    const reordered = another || this.#order.some((channel, rank) => channel !== order[rank]);
    this.#shape = shape;
    this.#order = order;
    this.#describe = describe;
    this.#rankOf = new Map(order.map((channel, rank) => [channel, rank]));
    if (another && this.#top > 0) this.#scrollTo(0);
    if (reordered) this.#arrange();
    else this.#frame();
  }

  /**
   * Shows a text instead of the tiles; an empty one shows the tiles.
   * @param {string} text
   */
  showMessage(text) {
    setIfChanged(this.#empty, { hidden: !text, textContent: text });
    setIfChanged(this.canvas, { hidden: Boolean(text) });
    this.#frame();
  }

  /**
   * Marks the selected channel and scrolls it into view unless it was there before.
   * @param {number} channel
   */
  mark(channel) {
    this.#selected = channel;
    this.#frame();
    const tile = this.#tileOf(channel);
    if (!tile || tile.y === this.#revealed) return;
    this.#revealed = tile.y;
    const { height } = this.#viewport;
    if (tile.y < this.#top) this.#scrollTo(tile.y);
    else if (tile.y + tile.height > this.#top + height) this.#scrollTo(tile.y + tile.height - height);
  }

  /** @override */
  focus() {
    this.#scroller.focus();
  }

  /** The visible tiles in device pixels, or null while there are none. */
  get request() {
    const { width, height } = this.#viewport;
    if (!this.#grid || width === 0 || height === 0) return null;
    const tiles = visibleTiles(this.#grid, this.#order.length, this.#top, height)
      .map(({ rank, ...tile }) => ({ channel: this.#order[rank], ...rectangleToDevice(tile) }));
    return { ...sizeToDevice(this.#viewport), tiles };
  }

  /** @param {number} top */
  #scrollTo(top) {
    this.#scroller.scrollTop = top;
    this.#top = this.#scroller.scrollTop;
  }

  #arrange() {
    const { width, height } = this.#viewport;
    if (!this.#shape || width === 0) return;
    const smallest = this.#shape[2] * this.#shape[3] === 1 ? SMALLEST.value : SMALLEST.map;
    this.#grid = layOutGrid(this.#order.length, { width, height }, { smallest });
    this.#revealed = null;
    setIfChanged(this.canvas.style, { height: `${height}px` });
    setIfChanged(this.#sizer.style, { height: `${Math.max(this.#grid.height, height)}px` });
    this.#frame();
    this.emit('viewport');
  }

  /** @param {number | null} channel */
  #tileOf(channel) {
    const rank = channel === null ? undefined : this.#rankOf.get(channel);
    return rank === undefined || !this.#grid ? null : tileAt(this.#grid, rank);
  }

  #frame() {
    const tile = this.canvas.hidden ? null : this.#tileOf(this.#selected);
    setIfChanged(this.#option, { hidden: !tile });
    if (!tile || this.#selected === null) {
      this.#scroller.removeAttribute('aria-activedescendant');
      return;
    }
    this.#scroller.setAttribute('aria-activedescendant', this.#option.id);
    setPosition(this.#option, tile);
    setIfChanged(this.#option, {
      ariaPosInSet: String(tile.rank + 1), ariaSetSize: String(this.#order.length), ariaLabel: this.#describe(this.#selected),
    });
    setIfChanged(this.#option.dataset, { channel: String(this.#selected) });
  }

  /** @param {MouseEvent} event */
  #channelAt({ clientX, clientY }) {
    if (!this.#grid || this.canvas.hidden) return null;
    const { left, top } = this.#sizer.getBoundingClientRect();
    const rank = rankAt(this.#grid, this.#order.length, clientX - left, clientY - top);
    return rank === null ? null : this.#order[rank];
  }

  /** @param {number | null} channel */
  #choose(channel) {
    if (channel !== null && channel !== this.#selected) this.emit('choose', channel);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (!this.#grid || this.canvas.hidden) return;
    const { columns, pitch } = this.#grid;
    const page = columns * Math.max(1, Math.floor(this.#viewport.height / pitch) - 1);
    const last = this.#order.length - 1;
    const rank = (this.#selected === null ? undefined : this.#rankOf.get(this.#selected)) ?? 0;
    /** @type {Record<string, number>} */
    const ranks = {
      ArrowRight: rank + 1, ArrowLeft: rank - 1, ArrowDown: rank + columns, ArrowUp: rank - columns,
      PageDown: rank + page, PageUp: rank - page, Home: 0, End: last,
    };
    const to = ranks[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.#choose(this.#order[Math.max(0, Math.min(last, to))]);
  }
}

customElements.define('lens-channels', LensChannels);
