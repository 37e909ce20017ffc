// The selected channel, enlarged: its cells, statistics, histogram and, for the first layer, its filter.

import { SMALLEST, layOutGrid, placeOf, visibleTiles } from '../lens/grid-layout.js';
import { exact, percent, value } from '../lib/format.js';
import { setIfChanged } from '../lib/set-if-changed.js';

/** The trace of a cell's value covers this many frames. */
const TRACE = { frames: 120, height: 40 };
const HISTOGRAM = { width: 320, height: 56 };
const STATISTICS = ['min', 'max', 'mean', 'std. dev.', 'zero values', 'rank'];

class LensChannel extends HTMLElement {
  /** Receives the offset of the requested channel in the displayed order: -1 or 1. */
  onStep = null;
  /** Receives `{ y, x }` of the selected cell, or null. */
  onProbe = null;
  /** Receives "channel". */
  onSave = null;
  #shape = null;
  #channel = null;
  #cell = null;
  #trace = { of: null, values: [] };
  /** CSS sizes of the two canvases, cached because reading them from the DOM forces a layout. */
  #side = 0;
  #filterSheet = { width: 0, height: 0 };

  connectedCallback() {
    this.plot = this.querySelector('[data-plot]');
    this.mark = this.querySelector('[data-cell]');
    for (const button of this.querySelectorAll('[data-step]')) {
      button.addEventListener('click', () => this.onStep?.(Number(button.dataset.step)));
    }
    this.querySelector('[data-save]').addEventListener('click', () => this.onSave?.('channel'));
    this.plot.addEventListener('pointermove', (event) => this.#point(this.#cellAt(event)));
    this.plot.addEventListener('pointerdown', (event) => this.#point(this.#cellAt(event)));
    this.plot.addEventListener('pointerleave', ({ pointerType }) => {
      if (pointerType === 'mouse') this.#point(null);
    });
    this.plot.addEventListener('keydown', (event) => this.#press(event));
    this.plot.addEventListener('blur', () => this.#point(null));
    this.querySelector('[data-statistics]').append(...STATISTICS.map(row));
    this.showStatistics(null);
    new ResizeObserver(() => {
      this.#side = this.plot.clientWidth;
      this.onResize?.();
      this.#markCell();
    }).observe(this.plot);
    new ResizeObserver(() => {
      this.#filterSheet = { width: this.filters.clientWidth, height: this.filters.clientHeight };
      this.onResize?.();
      this.#markFilter();
    }).observe(this.querySelector('[data-filters] .sheet'));
  }

  get canvas() {
    return this.plot.querySelector('canvas');
  }

  get filters() {
    return this.querySelector('[data-filters] canvas');
  }

  /** The drawing request for the filters of the convolution `node`, one tile per output channel; null while not visible. */
  filterRequest(node) {
    const grid = this.#filterGrid();
    if (!grid) return null;
    const device = (length) => Math.round(length * Math.min(devicePixelRatio, 3));
    const count = this.#shape[1];
    const tiles = visibleTiles(grid, count, 0, grid.height).map(({ rank, x, y, width, height }) => ({
      channel: rank, x: device(x), y: device(y), width: device(x + width) - device(x), height: device(y + height) - device(y),
    }));
    return { width: device(this.#filterSheet.width), height: device(this.#filterSheet.height), node, tiles };
  }

  #filterGrid() {
    return this.#filterSheet.width > 0 && this.#shape
      ? layOutGrid(this.#shape[1], this.#filterSheet, { smallest: SMALLEST.kernel }) : null;
  }

  #markFilter() {
    const grid = this.#filterGrid();
    if (!grid || this.#channel === null) return;
    const { x, y, width, height } = placeOf(grid, this.#channel);
    setIfChanged(this.querySelector('[data-filter]').style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
    setIfChanged(this.filters, { ariaLabel: `First-layer filters of ${this.#shape[1]} channels as colour images; channel ${this.#channel} is outlined` });
  }

  /** The selected cell, `{ y, x }` or null. */
  get cell() {
    return this.#cell;
  }

  /** Size of the channel's canvas in device pixels; null while it has no size. */
  get size() {
    const side = Math.round(this.#side * Math.min(devicePixelRatio, 3));
    return side > 0 ? { width: side, height: side } : null;
  }

  /** Shows a channel of a node with `shape`; a null channel shows the empty state. */
  show(channel, shape) {
    this.#shape = shape;
    this.#channel = channel;
    const hasChannel = channel !== null;
    setIfChanged(this.querySelector('[data-name]'), { textContent: hasChannel ? `Channel ${channel}` : 'Channel' });
    setIfChanged(this.canvas, { hidden: !hasChannel });
    for (const button of this.querySelectorAll('button')) setIfChanged(button, { disabled: !hasChannel });
    if (!hasChannel) this.#point(null);
    else this.#markCell();
  }

  /** Shows the channel's statistics with its `rank` of `count`; null while they are unknown. */
  showStatistics(statistics) {
    const list = this.querySelector('[data-statistics]');
    list.toggleAttribute('data-loaded', Boolean(statistics));
    const texts = statistics ? [
      value(statistics.min),
      value(statistics.max),
      value(statistics.mean),
      value(statistics.std),
      percent(statistics.zeros),
      `${exact(statistics.rank)} of ${exact(statistics.count)}`,
    ] : STATISTICS.map(() => '–');
    texts.forEach((text, i) => setIfChanged(list.children[i].lastElementChild, { textContent: text }));
  }

  /** Shows `{ low, high, counts }`; null hides it. Bar heights are square roots of counts, so that the zeros do not hide the rest. */
  showHistogram(histogram) {
    const drawing = this.querySelector('[data-histogram]');
    drawing.toggleAttribute('hidden', !histogram);
    if (!histogram) return;
    const { low, high, counts } = histogram;
    const most = Math.sqrt(Math.max(...counts)) || 1;
    const { width, height } = HISTOGRAM;
    const step = width / counts.length;
    const bars = Array.from(counts, (n, i) => {
      const tall = Math.round((Math.sqrt(n) / most) * height * 10) / 10;
      return tall > 0 ? `M${i * step} ${height}v${-tall}h${step * 0.86}v${tall}` : '';
    });
    drawing.firstElementChild.setAttribute('d', bars.join(''));
    drawing.ariaLabel = `Histogram of ${exact(counts.reduce((a, b) => a + b, 0))} values from ${value(low)} to ${value(high)}, `
      + 'bar heights are square roots of counts';
  }

  /** Shows the description of the selected cell. An empty text hides the trace too. */
  showProbe(text) {
    if (!text) this.querySelector('[data-trace]').setAttribute('hidden', '');
    setIfChanged(this.querySelector('[data-probe]'), { textContent: text });
  }

  /** Appends a frame's value to the trace of the cell identified by `of`; another cell starts a new trace. */
  trace(of, value) {
    if (this.#trace.of !== of) this.#trace = { of, values: [] };
    const { values } = this.#trace;
    values.push(value);
    if (values.length > TRACE.frames) values.shift();
    const [low, high] = [Math.min(0, ...values), Math.max(...values)];
    const step = TRACE.frames / Math.max(TRACE.frames / 4, values.length);
    const points = values.map((v, i) => `${i * step},${TRACE.height - 1 - ((v - low) / (high - low || 1)) * (TRACE.height - 2)}`);
    this.querySelector('[data-trace]').removeAttribute('hidden');
    this.querySelector('[data-trace] polyline').setAttribute('points', points.join(' '));
  }

  set hasFilters(shown) {
    setIfChanged(this.querySelector('[data-filters]'), { hidden: !shown });
    if (shown) this.#markFilter();
  }

  #cellAt({ clientX, clientY }) {
    if (!this.#shape || this.#channel === null) return null;
    const { left, top, width, height } = this.plot.getBoundingClientRect();
    const [, , rows, columns] = this.#shape;
    const cellIndex = (fraction, count) => Math.max(0, Math.min(count - 1, Math.floor(fraction * count)));
    return { y: cellIndex((clientY - top) / height, rows), x: cellIndex((clientX - left) / width, columns) };
  }

  #point(cell) {
    if (cell?.x === this.#cell?.x && cell?.y === this.#cell?.y) return;
    this.#cell = cell;
    this.#markCell();
    this.onProbe?.(cell);
  }

  #markCell() {
    setIfChanged(this.mark, { hidden: !this.#cell || !this.#shape });
    if (this.mark.hidden) return;
    const [, , rows, columns] = this.#shape;
    setIfChanged(this.mark.style, {
      left: `${(this.#cell.x / columns) * 100}%`,
      top: `${(this.#cell.y / rows) * 100}%`,
      width: `${100 / columns}%`,
      height: `${100 / rows}%`,
    });
  }

  #press(event) {
    const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!this.#shape || this.#channel === null) return;
    if (event.key === 'Escape') this.#point(null);
    if (!by) return;
    event.preventDefault();
    const [, , rows, columns] = this.#shape;
    const from = this.#cell ?? { y: Math.floor(rows / 2) - by[0], x: Math.floor(columns / 2) - by[1] };
    const clamp = (index, count) => Math.max(0, Math.min(count - 1, index));
    this.#point({ y: clamp(from.y + by[0], rows), x: clamp(from.x + by[1], columns) });
  }
}

function row(name) {
  const made = document.createElement('div');
  made.append(Object.assign(document.createElement('dt'), { textContent: name }), document.createElement('dd'));
  return made;
}

customElements.define('lens-channel', LensChannel);
