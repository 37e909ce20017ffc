// @ts-check
// One channel, large: its values, statistics, histogram and filter.

import { SMALLEST, layOutGrid, tileAt, visibleTiles } from '../lens/grid-layout.js';
import { withTexts } from '../app/static-texts.js';
import { create, find, findAll } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { percent, value } from '../lib/format.js';
import { onLanguage, t } from '../lib/i18n.js';
import { rectangleToDevice, sizeToDevice } from '../lib/rectangle.js';
import { setIfChanged, setPosition } from '../lib/set-if-changed.js';
import { LensLegend } from './legend.js';

/** @import { ChannelNumbers } from '../lens/selection.js' */
/** @import { Key } from '../lib/i18n.js' */
/** @import { Histogram, FiltersRequest } from '../pkg/resnet_lens.js' */

/** A value of the channel. @typedef {{ y: number, x: number }} Cell */
/** @typedef {[number, number, number, number]} Shape */

/** The trace of a cell shows this many frames; `height` is that of its view box. */
const TRACE = { frames: 120, height: 40 };
/** View box of the histogram. */
const HISTOGRAM = { width: 320, height: 56 };
/** @type {Key[]} */
const STATISTICS = ['channel.min', 'channel.max', 'channel.mean', 'channel.std', 'channel.zeros', 'channel.rank'];
/** Row and column offsets of the arrow keys. @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/**
 * `step`: channels to go on, in the order shown. `probe`: the cell under the pointer or keyboard. `layout`: a canvas has another size.
 * @extends {EmitterElement<{ step: number, probe: Cell | null, save: 'channel', layout: void }>}
 */
export class LensChannel extends EmitterElement {
  legend = find(this, 'lens-legend', LensLegend);
  plot = find(this, '[data-plot]', HTMLElement);
  #mark = find(this, '[data-cell]', HTMLElement);
  #title = find(this, '[data-name]', HTMLElement);
  #statistics = find(this, '[data-statistics]', HTMLElement);
  histogram = find(this, '[data-histogram]', SVGElement);
  #probe = find(this, '[data-probe]', HTMLElement);
  #traceDrawing = find(this, '[data-trace]', SVGElement);
  #filterSection = find(this, '[data-filters]', HTMLElement);
  #filterMark = find(this, '[data-filter]', HTMLElement);
  #buttons = findAll(this, '.title button', HTMLButtonElement);
  /** @type {Shape | null} */
  #shape = null;
  /** @type {number | null} */
  #channel = null;
  /** @type {Cell | null} */
  #cell = null;
  /** The cell stays selected when the pointer or the focus leaves. */
  #pinned = false;
  /** @type {{ of: string | null, values: number[] }} */
  #trace = { of: null, values: [] };
  /** Shows the statistics again. */
  #again = () => {};
  /** @type {Histogram | null} */
  #shownHistogram = null;
  /** Sizes of the two canvases, kept from their observers: reading them from the document forces layout. */
  #side = 0;
  #sheet = { width: 0, height: 0 };

  connectedCallback() {
    for (const button of this.#buttons.filter(({ dataset }) => dataset.step)) {
      button.addEventListener('click', () => this.emit('step', Number(button.dataset.step)));
    }
    find(this, '[data-save]', HTMLButtonElement).addEventListener('click', () => this.emit('save', 'channel'));
    this.plot.addEventListener('pointermove', (event) => this.#hover(this.#cellAt(event)));
    this.plot.addEventListener('pointerleave', ({ pointerType }) => {
      if (pointerType === 'mouse') this.#hover(null);
    });
    this.plot.addEventListener('keydown', (event) => this.#press(event));
    this.plot.addEventListener('click', (event) => this.#togglePin(this.#cellAt(event)));
    this.plot.addEventListener('blur', () => this.#hover(null));
    this.#statistics.append(...STATISTICS.map(statisticRow));
    this.showStatistics(null);
    onLanguage(() => this.#translate());
    this.#translate();
    new ResizeObserver(() => {
      this.#side = this.plot.clientWidth;
      this.emit('layout');
      this.#frameCell();
    }).observe(this.plot);
    new ResizeObserver(() => {
      this.#sheet = { width: this.filters.clientWidth, height: this.filters.clientHeight };
      this.emit('layout');
      this.#frameFilter();
    }).observe(find(this.#filterSection, '.sheet', HTMLElement));
  }

  /** The canvas of the values. */
  get canvas() {
    return find(this.plot, 'canvas', HTMLCanvasElement);
  }

  /** The canvas of the filters. */
  get filters() {
    return find(this.#filterSection, 'canvas', HTMLCanvasElement);
  }

  /** The cell under the pointer or keyboard. */
  get cell() {
    return this.#cell;
  }

  /** Size of the canvas of the values in device pixels, or null while it is not visible. */
  get size() {
    const size = sizeToDevice({ width: this.#side, height: this.#side });
    return size.width > 0 ? size : null;
  }

  /**
   * The draw request for all filters of a convolution, or null while they are not visible.
   * @param {string} node
   * @returns {FiltersRequest | null}
   */
  filterRequest(node) {
    const grid = this.#filterGrid();
    if (!grid || !this.#shape) return null;
    const tiles = visibleTiles(grid, this.#shape[1], 0, grid.height).map(({ rank, ...tile }) => ({ channel: rank, ...rectangleToDevice(tile) }));
    return { ...sizeToDevice(this.#sheet), node, tiles };
  }

  /**
   * Shows a channel of a node, or that there is none.
   * @param {number | null} channel
   * @param {Shape} shape
   */
  show(channel, shape) {
    this.#shape = shape;
    this.#channel = channel;
    const none = channel === null;
    this.#name();
    setIfChanged(this.canvas, { hidden: none });
    for (const button of this.#buttons) setIfChanged(button, { disabled: none });
    const isOutside = this.#cell && (this.#cell.y >= shape[2] || this.#cell.x >= shape[3]);
    if (none || isOutside) this.#point(null);
    else this.#frameCell();
  }

  #name() {
    const channel = this.#channel;
    setIfChanged(this.#title, { textContent: channel === null ? t('channel.title') : t('channel.numbered', { channel: String(channel) }) });
  }

  /** Shows everything again in the language in use. */
  #translate() {
    this.#name();
    this.#again();
    this.showHistogram(this.#shownHistogram);
    this.#frameFilter();
  }

  /**
   * Shows the statistics of the channel and its `rank` among `count` in the order shown; null while they are unknown.
   * @param {(ChannelNumbers & { rank: number, count: number }) | null} statistics
   */
  showStatistics(statistics) {
    this.#again = () => this.showStatistics(statistics);
    this.#statistics.toggleAttribute('data-loaded', Boolean(statistics));
    const texts = statistics ? [
      value(statistics.min),
      value(statistics.max),
      value(statistics.mean),
      value(statistics.std),
      percent(statistics.zeros),
      t('channel.rankOf', { rank: statistics.rank, total: statistics.count }),
    ] : STATISTICS.map(() => '–');
    const cells = findAll(this.#statistics, 'dd', HTMLElement);
    texts.forEach((textContent, i) => setIfChanged(cells[i], { textContent }));
  }

  /**
   * Bars as high as the square root of their counts, so that many zeros leave the others visible.
   * @param {Histogram | null} histogram
   */
  showHistogram(histogram) {
    this.#shownHistogram = histogram;
    this.histogram.toggleAttribute('hidden', !histogram);
    if (!histogram) return;
    const { low, high, counts } = histogram;
    const most = Math.sqrt(Math.max(...counts)) || 1;
    const { width, height } = HISTOGRAM;
    const step = width / counts.length;
    const bars = Array.from(counts, (n, i) => {
      const tall = Math.round((Math.sqrt(n) / most) * height * 10) / 10;
      return tall > 0 ? `M${i * step} ${height}v${-tall}h${step * 0.86}v${tall}` : '';
    });
    find(this.histogram, 'path', SVGPathElement).setAttribute('d', bars.join(''));
    const total = counts.reduce((a, b) => a + b, 0);
    this.histogram.ariaLabel = t('channel.histogram', { number: total, low: value(low), high: value(high) });
  }

  /**
   * Describes the cell; an empty text also removes its trace.
   * @param {string} text
   */
  showProbe(text) {
    if (!text) this.#traceDrawing.setAttribute('hidden', '');
    setIfChanged(this.#probe, { textContent: text });
  }

  /**
   * Adds a frame's value to the trace, which restarts if `of` changes.
   * @param {string} of identifies the cell
   * @param {number} v
   */
  trace(of, v) {
    if (this.#trace.of !== of) this.#trace = { of, values: [] };
    const { values } = this.#trace;
    values.push(v);
    if (values.length > TRACE.frames) values.shift();
    const [low, high] = [Math.min(0, ...values), Math.max(...values)];
    const step = TRACE.frames / Math.max(TRACE.frames / 4, values.length);
    const points = values.map((y, i) => `${i * step},${TRACE.height - 1 - ((y - low) / (high - low || 1)) * (TRACE.height - 2)}`);
    this.#traceDrawing.removeAttribute('hidden');
    find(this.#traceDrawing, 'polyline', SVGPolylineElement).setAttribute('points', points.join(' '));
  }

  /** @param {boolean} shown the filters of the node can be shown in colour */
  set hasFilters(shown) {
    setIfChanged(this.#filterSection, { hidden: !shown });
    if (shown) this.#frameFilter();
  }

  #filterGrid() {
    return this.#sheet.width > 0 && this.#shape ? layOutGrid(this.#shape[1], this.#sheet, { smallest: SMALLEST.filter }) : null;
  }

  #frameFilter() {
    const grid = this.#filterGrid();
    if (!grid || !this.#shape || this.#channel === null) return;
    setPosition(this.#filterMark, tileAt(grid, this.#channel));
    setIfChanged(this.filters, {
      ariaLabel: t('channel.filtersOf', { number: this.#shape[1], channel: String(this.#channel) }),
    });
  }

  /** @param {PointerEvent} event */
  #cellAt({ clientX, clientY }) {
    if (!this.#shape || this.#channel === null) return null;
    const { left, top, width, height } = this.plot.getBoundingClientRect();
    const [, , rows, columns] = this.#shape;
    return { y: clampIndex(((clientY - top) / height) * rows, rows), x: clampIndex(((clientX - left) / width) * columns, columns) };
  }

  /**
   * Selects the cell under the pointer unless one is pinned.
   * @param {Cell | null} cell
   */
  #hover(cell) {
    if (!this.#pinned) this.#point(cell);
  }

  /**
   * Pins a cell, so that it stays selected when the pointer leaves; the pinned one is released.
   * @param {Cell | null} cell
   */
  #togglePin(cell) {
    const isSame = cell?.x === this.#cell?.x && cell?.y === this.#cell?.y;
    this.#pinned = cell !== null && !(this.#pinned && isSame);
    this.#point(cell);
    this.#frameCell();
  }

  /** @param {Cell | null} cell */
  #point(cell) {
    if (!cell) this.#pinned = false;
    if (cell?.x === this.#cell?.x && cell?.y === this.#cell?.y) return;
    this.#cell = cell;
    this.#frameCell();
    this.emit('probe', cell);
  }

  #frameCell() {
    const [cell, shape] = [this.#cell, this.#shape];
    setIfChanged(this.#mark, { hidden: !cell || !shape });
    if (this.#mark.classList.contains('pinned') !== this.#pinned) this.#mark.classList.toggle('pinned', this.#pinned);
    if (!cell || !shape) return;
    const [, , rows, columns] = shape;
    setIfChanged(this.#mark.style, {
      left: `${(cell.x / columns) * 100}%`, top: `${(cell.y / rows) * 100}%`, width: `${100 / columns}%`, height: `${100 / rows}%`,
    });
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (!this.#shape || this.#channel === null) return;
    if (event.key === 'Escape') this.#point(null);
    const by = ARROWS[event.key];
    if (!by) return;
    event.preventDefault();
    const [, , rows, columns] = this.#shape;
    const from = this.#cell ?? { y: Math.floor(rows / 2) - by[0], x: Math.floor(columns / 2) - by[1] };
    this.#point({ y: clampIndex(from.y + by[0], rows), x: clampIndex(from.x + by[1], columns) });
  }
}

/**
 * @param {number} at
 * @param {number} length
 */
const clampIndex = (at, length) => Math.max(0, Math.min(length - 1, Math.floor(at)));

/** @param {Key} text */
function statisticRow(text) {
  const row = create('div');
  row.append(withTexts(create('dt'), { text }), create('dd'));
  return row;
}

customElements.define('lens-channel', LensChannel);
