// All channels of a layer as tiles. The engine draws those in view, on one canvas that stays where the
// window is; a listbox with one option, the chosen tile, stands for the rest.

import { SMALLEST, layOutGrid, placeOf, rankAt, visibleTiles } from '../grid-layout.js';

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
  #describe = null;

  connectedCallback() {
    this.scroller = this.querySelector('[data-scroller]');
    this.sizer = this.querySelector('[data-sizer]');
    this.option = this.querySelector('[role=option]');
    this.scroller.addEventListener('scroll', () => this.onScroll?.(), { passive: true });
    this.scroller.addEventListener('keydown', (event) => this.#press(event));
    this.sizer.addEventListener('click', (event) => this.#choose(this.#channelAt(event)));
    this.sizer.addEventListener('pointermove', (event) => this.onHover?.(this.#channelAt(event)));
    this.sizer.addEventListener('pointerleave', () => this.onHover?.(null));
    new ResizeObserver(() => this.#arrange()).observe(this.scroller);
  }

  get canvas() {
    return this.querySelector('canvas');
  }

  /** A layer's `shape` and its channels in `order`; `describe(channel)` says one in words. */
  show({ shape, order, describe }) {
    const another = !this.#layer || this.#layer.join() !== shape.join();
    this.#layer = shape;
    this.#order = order;
    this.#describe = describe;
    this.#rankOf = new Map(order.map((channel, rank) => [channel, rank]));
    if (another) this.scroller.scrollTop = 0;
    this.#arrange();
  }

  /** Says why there is nothing to see, or for nothing shows the tiles. */
  say(text) {
    const empty = this.querySelector('[data-empty]');
    empty.hidden = !text;
    empty.textContent = text || '';
    this.canvas.hidden = Boolean(text);
    this.#frame();
  }

  /** Marks a channel and brings it into view. */
  mark(channel) {
    this.#here = channel;
    this.#frame();
    const tile = this.#tileOf(channel);
    if (!tile) return;
    const { scrollTop, clientHeight } = this.scroller;
    if (tile.y < scrollTop) this.scroller.scrollTop = tile.y;
    else if (tile.y + tile.height > scrollTop + clientHeight) this.scroller.scrollTop = tile.y + tile.height - clientHeight;
  }

  focus() {
    this.scroller.focus();
  }

  /** What to draw: `{ width, height, tiles: [{ channel, x, y, width, height }] }` in device pixels. */
  get request() {
    const { clientWidth, clientHeight, scrollTop } = this.scroller;
    if (!this.#grid || clientWidth === 0 || clientHeight === 0) return null;
    const density = Math.min(devicePixelRatio, 3);
    const device = (length) => Math.round(length * density);
    const tiles = visibleTiles(this.#grid, this.#order.length, scrollTop, clientHeight).map(({ rank, x, y, width, height }) => ({
      channel: this.#order[rank],
      x: device(x),
      y: device(y),
      width: device(x + width) - device(x),
      height: device(y + height) - device(y),
    }));
    return { width: device(clientWidth), height: device(clientHeight), tiles };
  }

  #arrange() {
    const { clientWidth: width, clientHeight: height } = this.scroller;
    if (!this.#layer || width === 0) return;
    const smallest = this.#layer[2] * this.#layer[3] === 1 ? SMALLEST.value : SMALLEST.map;
    this.#grid = layOutGrid(this.#order.length, { width, height }, { smallest });
    this.canvas.style.height = `${height}px`;
    this.sizer.style.height = `${Math.max(this.#grid.height, height)}px`;
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
    this.option.hidden = !shown;
    if (shown) this.scroller.setAttribute('aria-activedescendant', this.option.id);
    else this.scroller.removeAttribute('aria-activedescendant');
    if (!shown) return;
    Object.assign(this.option.style, {
      left: `${tile.x}px`, top: `${tile.y}px`, width: `${tile.width}px`, height: `${tile.height}px`,
    });
    this.option.ariaPosInSet = tile.rank + 1;
    this.option.ariaSetSize = this.#order.length;
    this.option.ariaLabel = this.#describe(this.#here);
    this.option.dataset.channel = this.#here;
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
    const page = columns * Math.max(1, Math.floor(this.scroller.clientHeight / pitch) - 1);
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
