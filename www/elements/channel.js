// One channel, large: its values cell by cell, its numbers, its distribution, its kernel.

import { SMALLEST, layOutGrid, placeOf, visibleTiles } from '../lens/grid-layout.js';
import { exact, percent, value } from '../lib/format.js';
import { setIfChanged } from '../lib/set-if-changed.js';

/** So many frames of a cell's value are drawn. */
const TRACE = { frames: 120, height: 40 };
const HISTOGRAM = { width: 320, height: 56 };
const NUMBERS = ['min', 'max', 'mean', 'deviation', 'zeros', 'rank'];

class LensChannel extends HTMLElement {
  /** Receives how many channels on in the order shown: -1 or 1. */
  onStep = null;
  /** Receives `{ y, x }`, the cell looked at, or null. */
  onProbe = null;
  /** Receives "channel". */
  onSave = null;
  #shape = null;
  #channel = null;
  #cell = null;
  #trace = { of: null, values: [] };
  /** Extents of the two canvases as last seen: asking the browser for them would have it lay the page out. */
  #side = 0;
  #sheet = { width: 0, height: 0 };

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
    this.querySelector('[data-numbers]').append(...NUMBERS.map(row));
    this.showNumbers(null);
    new ResizeObserver(() => {
      this.#side = this.plot.clientWidth;
      this.onResize?.();
      this.#frame();
    }).observe(this.plot);
    new ResizeObserver(() => {
      this.#sheet = { width: this.kernels.clientWidth, height: this.kernels.clientHeight };
      this.onResize?.();
      this.#frameKernel();
    }).observe(this.querySelector('[data-kernels] .sheet'));
  }

  get canvas() {
    return this.plot.querySelector('canvas');
  }

  get kernels() {
    return this.querySelector('[data-kernels] canvas');
  }

  /** What to draw there: the kernels of all channels of the convolution `node`. */
  kernelRequest(node) {
    const grid = this.#kernelGrid();
    if (!grid) return null;
    const device = (length) => Math.round(length * Math.min(devicePixelRatio, 3));
    const count = this.#shape[1];
    const tiles = visibleTiles(grid, count, 0, grid.height).map(({ rank, x, y, width, height }) => ({
      channel: rank, x: device(x), y: device(y), width: device(x + width) - device(x), height: device(y + height) - device(y),
    }));
    return { width: device(this.#sheet.width), height: device(this.#sheet.height), node, tiles };
  }

  #kernelGrid() {
    return this.#sheet.width > 0 && this.#shape ? layOutGrid(this.#shape[1], this.#sheet, { smallest: SMALLEST.kernel }) : null;
  }

  #frameKernel() {
    const grid = this.#kernelGrid();
    if (!grid || this.#channel === null) return;
    const { x, y, width, height } = placeOf(grid, this.#channel);
    setIfChanged(this.querySelector('[data-kernel]').style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
    setIfChanged(this.kernels, { ariaLabel: `The kernels of ${this.#shape[1]} channels as colour images; that of channel ${this.#channel} is framed` });
  }

  /** The cell looked at, `{ y, x }` or null. */
  get cell() {
    return this.#cell;
  }

  /** Extents of the canvas in device pixels, or null while it is not in view. */
  get size() {
    const side = Math.round(this.#side * Math.min(devicePixelRatio, 3));
    return side > 0 ? { width: side, height: side } : null;
  }

  /** The channel of a node of `shape`, null while there is none. */
  show(channel, shape) {
    this.#shape = shape;
    this.#channel = channel;
    const some = channel !== null;
    setIfChanged(this.querySelector('[data-name]'), { textContent: some ? `Channel ${channel}` : 'Channel' });
    setIfChanged(this.canvas, { hidden: !some });
    for (const button of this.querySelectorAll('button')) setIfChanged(button, { disabled: !some });
    if (!some) this.#point(null);
    else this.#frame();
  }

  /** Numbers of the channel: `rank` of `count`, and its statistics; null while they are not known. */
  showNumbers(numbers) {
    const list = this.querySelector('[data-numbers]');
    list.toggleAttribute('data-told', Boolean(numbers));
    const told = numbers ? [
      value(numbers.min),
      value(numbers.max),
      value(numbers.mean),
      value(numbers.std),
      percent(numbers.zeros),
      `${exact(numbers.rank)} of ${exact(numbers.count)}`,
    ] : NUMBERS.map(() => '–');
    told.forEach((text, i) => setIfChanged(list.children[i].lastElementChild, { textContent: text }));
  }

  /** `{ low, high, counts }`, or null. Heights are square roots, so that the many zeros leave the rest to be seen. */
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
      + 'heights as square roots';
  }

  /** What the engine says of the cell looked at, in words; without a cell there is no trace either. */
  showProbe(text) {
    if (!text) this.querySelector('[data-trace]').setAttribute('hidden', '');
    setIfChanged(this.querySelector('[data-probe]'), { textContent: text });
  }

  /** Adds a frame's value to the trace of a cell, which begins anew with another cell. */
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

  set hasKernels(shown) {
    setIfChanged(this.querySelector('[data-kernels]'), { hidden: !shown });
    if (shown) this.#frameKernel();
  }

  #cellAt({ clientX, clientY }) {
    if (!this.#shape || this.#channel === null) return null;
    const { left, top, width, height } = this.plot.getBoundingClientRect();
    const [, , rows, columns] = this.#shape;
    const within = (share, extent) => Math.max(0, Math.min(extent - 1, Math.floor(share * extent)));
    return { y: within((clientY - top) / height, rows), x: within((clientX - left) / width, columns) };
  }

  #point(cell) {
    if (cell?.x === this.#cell?.x && cell?.y === this.#cell?.y) return;
    this.#cell = cell;
    this.#frame();
    this.onProbe?.(cell);
  }

  #frame() {
    setIfChanged(this.mark, { hidden: !this.#cell || !this.#shape });
    if (this.mark.hidden) return;
    const [, , rows, columns] = this.#shape;
    const part = (extent) => `${100 / extent}%`;
    setIfChanged(this.mark.style, {
      left: `${(this.#cell.x / columns) * 100}%`, top: `${(this.#cell.y / rows) * 100}%`, width: part(columns), height: part(rows),
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
    const clamp = (at, extent) => Math.max(0, Math.min(extent - 1, at));
    this.#point({ y: clamp(from.y + by[0], rows), x: clamp(from.x + by[1], columns) });
  }
}

function row(name) {
  const made = document.createElement('div');
  made.append(Object.assign(document.createElement('dt'), { textContent: name }), document.createElement('dd'));
  return made;
}

customElements.define('lens-channel', LensChannel);
