// All channels of a layer as tiles. The engine draws the visible tiles on one canvas that stays fixed in the scroll container. For
// assistive technology this is a listbox with a single option, the selected tile.

import { SMALLEST, layOutGrid, placeOf, rankAt, visibleTiles } from '../lens/grid-layout.js';
import { setIfChanged } from '../lib/set-if-changed.js';

class LensChannels extends HTMLElement {
  /** Receives the channel that the user selects. */
  onChoose = null;
  /** Receives the channel under the pointer, or null. */
  onHover = null;
  /** The set of visible tiles has changed. */
  onScroll = null;
  #shape = null;
  #order = [];
  #rankOf = new Map();
  #selected = null;
  #grid = null;
  /** Offset of the tile that was last scrolled into view. */
  #revealed = null;
  #describe = null;
  /** CSS size of the scroll container, cached because reading it from the DOM forces a layout. */
  #viewport = { width: 0, height: 0 };
  #top = 0;

  connectedCallback() {
    this.scroller = this.querySelector('[data-scroller]');
    this.sizer = this.querySelector('[data-sizer]');
    this.option = this.querySelector('[role=option]');
    this.scroller.addEventListener('scroll', () => {
      this.#top = this.scroller.scrollTop;
      this.onScroll?.();
    }, { passive: true });
    this.scroller.addEventListener('keydown', (event) => this.#press(event));
    this.sizer.addEventListener('click', (event) => this.#choose(this.#channelAt(event)));
    this.sizer.addEventListener('pointermove', (event) => this.onHover?.(this.#channelAt(event)));
    this.sizer.addEventListener('pointerleave', () => this.onHover?.(null));
    new ResizeObserver(() => {
      this.#viewport = { width: this.scroller.clientWidth, height: this.scroller.clientHeight };
      this.#arrange();
    }).observe(this.scroller);
  }

  get canvas() {
    return this.querySelector('canvas');
  }

  /** Shows a node with `shape` and its channels in `order`; `describe(channel)` returns the channel's label. */
  show({ shape, order, describe }) {
    const reshaped = !this.#shape || this.#shape.join() !== shape.join();
    const reordered = reshaped || this.#order.some((channel, rank) => channel !== order[rank]);
    this.#shape = shape;
    this.#order = order;
    this.#describe = describe;
    this.#rankOf = new Map(order.map((channel, rank) => [channel, rank]));
    if (reshaped && this.#top > 0) this.#scrollTo(0);
    if (reordered) this.#arrange();
    else this.#markSelected();
  }

  /** Shows a text instead of the tiles; an empty text shows the tiles. */
  showMessage(text) {
    const empty = this.querySelector('[data-empty]');
    setIfChanged(empty, { hidden: !text, textContent: text || '' });
    setIfChanged(this.canvas, { hidden: Boolean(text) });
    this.#markSelected();
  }

  /** Marks a channel and scrolls it into view if its tile has moved. */
  mark(channel) {
    this.#selected = channel;
    this.#markSelected();
    const tile = this.#tileOf(channel);
    if (!tile || tile.y === this.#revealed) return;
    this.#revealed = tile.y;
    const { height } = this.#viewport;
    if (tile.y < this.#top) this.#scrollTo(tile.y);
    else if (tile.y + tile.height > this.#top + height) this.#scrollTo(tile.y + tile.height - height);
  }

  #scrollTo(top) {
    this.scroller.scrollTop = top;
    this.#top = this.scroller.scrollTop;
  }

  focus() {
    this.scroller.focus();
  }

  /** The drawing request: `{ width, height, tiles: [{ channel, x, y, width, height }] }` in device pixels; null while not visible. */
  get request() {
    const { width, height } = this.#viewport;
    if (!this.#grid || width === 0 || height === 0) return null;
    const density = Math.min(devicePixelRatio, 3);
    const device = (length) => Math.round(length * density);
    const tiles = visibleTiles(this.#grid, this.#order.length, this.#top, height).map(({ rank, x, y, width: wide, height: high }) => ({
      channel: this.#order[rank],
      x: device(x),
      y: device(y),
      width: device(x + wide) - device(x),
      height: device(y + high) - device(y),
    }));
    return { width: device(width), height: device(height), tiles };
  }

  #arrange() {
    const { width, height } = this.#viewport;
    if (!this.#shape || width === 0) return;
    const smallest = this.#shape[2] * this.#shape[3] === 1 ? SMALLEST.value : SMALLEST.map;
    this.#grid = layOutGrid(this.#order.length, { width, height }, { smallest });
    this.#revealed = null;
    setIfChanged(this.canvas.style, { height: `${height}px` });
    setIfChanged(this.sizer.style, { height: `${Math.max(this.#grid.height, height)}px` });
    this.#markSelected();
    this.onScroll?.();
  }

  #tileOf(channel) {
    const rank = this.#rankOf.get(channel);
    return rank === undefined || !this.#grid ? null : placeOf(this.#grid, rank);
  }

  #markSelected() {
    const tile = this.#tileOf(this.#selected);
    const shown = Boolean(tile) && !this.canvas.hidden;
    setIfChanged(this.option, { hidden: !shown });
    if (shown) this.scroller.setAttribute('aria-activedescendant', this.option.id);
    else this.scroller.removeAttribute('aria-activedescendant');
    if (!shown) return;
    setIfChanged(this.option.style, { left: `${tile.x}px`, top: `${tile.y}px`, width: `${tile.width}px`, height: `${tile.height}px` });
    setIfChanged(this.option, { ariaPosInSet: String(tile.rank + 1), ariaSetSize: String(this.#order.length), ariaLabel: this.#describe(this.#selected) });
    setIfChanged(this.option.dataset, { channel: String(this.#selected) });
  }

  #channelAt({ clientX, clientY }) {
    if (!this.#grid || this.canvas.hidden) return null;
    const { left, top } = this.sizer.getBoundingClientRect();
    const rank = rankAt(this.#grid, this.#order.length, clientX - left, clientY - top);
    return rank === null ? null : this.#order[rank];
  }

  #choose(channel) {
    if (channel !== null && channel !== undefined && channel !== this.#selected) this.onChoose?.(channel);
  }

  #press(event) {
    if (!this.#grid || this.canvas.hidden) return;
    const { columns, pitch } = this.#grid;
    const page = columns * Math.max(1, Math.floor(this.#viewport.height / pitch) - 1);
    const last = this.#order.length - 1;
    const rank = this.#rankOf.get(this.#selected) ?? 0;
    const to = {
      ArrowRight: rank + 1, ArrowLeft: rank - 1, ArrowDown: rank + columns, ArrowUp: rank - columns,
      PageDown: rank + page, PageUp: rank - page, Home: 0, End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.#choose(this.#order[Math.max(0, Math.min(last, to))]);
  }
}

customElements.define('lens-channels', LensChannels);
