// All channels of a layer as tiles. The engine draws those in view, on one canvas that stays where the
// window is; a listbox with one option, the chosen tile, stands for the rest.

import { SMALLEST, layOutGrid, placeOf, rankAt, visibleTiles } from '../lens/grid-layout.js';
import { setIfChanged } from '../lib/set-if-changed.js';

class LensChannels extends HTMLElement {
  /** Receives the channel that the user goes to. */
  onChoose = null;
  /** Receives the channel under the pointer, or null. */
  onHover = null;
  /** The tiles in view are others than before. */
  onScroll = null;
  #layer = null;
  #order = [];
  #rankOf = new Map();
  #here = null;
  #grid = null;
  /** How far down the tile is that was brought into view last. */
  #revealed = null;
  #describe = null;
  /** Extents of the window, as last seen: asking the browser for them would have it lay the page out. */
  #window = { width: 0, height: 0 };
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
      this.#window = { width: this.scroller.clientWidth, height: this.scroller.clientHeight };
      this.#arrange();
    }).observe(this.scroller);
  }

  get canvas() {
    return this.querySelector('canvas');
  }

  /** A layer's `shape` and its channels in `order`; `describe(channel)` says one in words. */
  show({ shape, order, describe }) {
    const another = !this.#layer || this.#layer.join() !== shape.join();
    const reordered = another || this.#order.some((channel, rank) => channel !== order[rank]);
    this.#layer = shape;
    this.#order = order;
    this.#describe = describe;
    this.#rankOf = new Map(order.map((channel, rank) => [channel, rank]));
    if (another && this.#top > 0) this.#scrollTo(0);
    if (reordered) this.#arrange();
    else this.#frame();
  }

  /** Says why there is nothing to see, or for nothing shows the tiles. */
  say(text) {
    const empty = this.querySelector('[data-empty]');
    setIfChanged(empty, { hidden: !text, textContent: text || '' });
    setIfChanged(this.canvas, { hidden: Boolean(text) });
    this.#frame();
  }

  /** Marks a channel and brings it into view, unless it was there before. */
  mark(channel) {
    this.#here = channel;
    this.#frame();
    const tile = this.#tileOf(channel);
    if (!tile || tile.y === this.#revealed) return;
    this.#revealed = tile.y;
    const { height } = this.#window;
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

  /** What to draw: `{ width, height, tiles: [{ channel, x, y, width, height }] }` in device pixels. */
  get request() {
    const { width, height } = this.#window;
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
    const { width, height } = this.#window;
    if (!this.#layer || width === 0) return;
    const smallest = this.#layer[2] * this.#layer[3] === 1 ? SMALLEST.value : SMALLEST.map;
    this.#grid = layOutGrid(this.#order.length, { width, height }, { smallest });
    this.#revealed = null;
    setIfChanged(this.canvas.style, { height: `${height}px` });
    setIfChanged(this.sizer.style, { height: `${Math.max(this.#grid.height, height)}px` });
    this.#frame();
    this.onScroll?.();
  }

  #tileOf(channel) {
    const rank = this.#rankOf.get(channel);
    return rank === undefined || !this.#grid ? null : placeOf(this.#grid, rank);
  }

  #frame() {
    const tile = this.#tileOf(this.#here);
    const shown = Boolean(tile) && !this.canvas.hidden;
    setIfChanged(this.option, { hidden: !shown });
    if (shown) this.scroller.setAttribute('aria-activedescendant', this.option.id);
    else this.scroller.removeAttribute('aria-activedescendant');
    if (!shown) return;
    setIfChanged(this.option.style, { left: `${tile.x}px`, top: `${tile.y}px`, width: `${tile.width}px`, height: `${tile.height}px` });
    setIfChanged(this.option, { ariaPosInSet: String(tile.rank + 1), ariaSetSize: String(this.#order.length), ariaLabel: this.#describe(this.#here) });
    setIfChanged(this.option.dataset, { channel: String(this.#here) });
  }

  #channelAt({ clientX, clientY }) {
    if (!this.#grid || this.canvas.hidden) return null;
    const { left, top } = this.sizer.getBoundingClientRect();
    const rank = rankAt(this.#grid, this.#order.length, clientX - left, clientY - top);
    return rank === null ? null : this.#order[rank];
  }

  #choose(channel) {
    if (channel !== null && channel !== undefined && channel !== this.#here) this.onChoose?.(channel);
  }

  #press(event) {
    if (!this.#grid || this.canvas.hidden) return;
    const { columns, pitch } = this.#grid;
    const page = columns * Math.max(1, Math.floor(this.#window.height / pitch) - 1);
    const last = this.#order.length - 1;
    const rank = this.#rankOf.get(this.#here) ?? 0;
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
