// @ts-check
// The norm of the gradient at every convolution as curves. The chart is a listbox for keyboard and screen readers.

import { find } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { setIfChanged } from '../lib/set-if-changed.js';
import { svg } from '../lib/svg.js';
import { layOutChart } from '../gradient/chart-layout.js';

/** @import { ChartLayout, LaidOutCurve } from '../gradient/chart-layout.js' */
/** @import { Curve, LayerGradient } from '../gradient/layer-gradients.js' */

const HEIGHT = 210;
/** Width of a stage's name. */
const NAME_WIDTH = 42;
/** Largest radius of a point. */
const RADIUS = 2.5;

/**
 * What the curves are called, a row in words, and what is said while none is selected.
 * @typedef {{ curves: { curve: Curve, name: string }[], describe: (row: LayerGradient) => string, hint: string }} ChartTexts
 */

/** It has an id, from which those of its options are made. `choose`: the name of a convolution. @extends {EmitterElement<{ choose: string }>} */
export class LensGradientChart extends EmitterElement {
  #drawing = find(this, 'svg', SVGSVGElement);
  #text = find(this, '[data-numbers]', HTMLElement);
  /** @type {LayerGradient[]} */
  #rows = [];
  /** @type {ChartTexts} */
  #texts = { curves: [], describe: ({ node }) => node, hint: '' };
  /** @type {LayerGradient | null} */
  #selected = null;
  /** The row under the pointer. @type {LayerGradient | null} */
  #pointed = null;
  #width = 0;

  connectedCallback() {
    new ResizeObserver(([{ contentRect: { width } }]) => {
      if (width === this.#width) return;
      this.#width = width;
      this.#draw();
    }).observe(this);
    this.#drawing.addEventListener('click', (event) => this.#choose(this.#rowAt(event)));
    this.#drawing.addEventListener('pointermove', (event) => this.#point(this.#rowAt(event)));
    this.#drawing.addEventListener('pointerleave', () => this.#point(null));
    this.#drawing.addEventListener('keydown', (event) => this.#press(event));
  }

  /**
   * @param {LayerGradient[]} rows
   * @param {ChartTexts} texts
   */
  show(rows, texts) {
    this.#rows = rows;
    this.#texts = texts;
    this.#pointed = null;
    this.#selected = null;
    this.#draw();
  }

  /**
   * Marks the row of the selected layer.
   * @param {LayerGradient | null} row
   */
  mark(row) {
    if (row === this.#selected) return;
    this.#selected = row;
    this.#mark();
  }

  #draw() {
    const rows = this.#rows;
    const { curves, describe } = this.#texts;
    if (rows.length === 0 || this.#width === 0) {
      this.#drawing.replaceChildren();
      return;
    }
    const size = { width: this.#width, height: HEIGHT };
    const layout = layOutChart(rows, size, curves);
    const radius = Math.min(RADIUS, layout.columns[0].width / 4);
    const scene = svg('g', { 'aria-hidden': 'true' }, [...axesOf(layout), ...layout.curves.flatMap((one, i) => curveOf(one, curves[i].name, radius))]);
    const options = layout.columns.map(({ row, x, width }, i) => svg('rect', {
      role: 'option', id: `${this.id}-${i}`, class: 'target', 'aria-selected': 'false', 'aria-label': describe(row), x, width, y: layout.plot.top, height: layout.plot.bottom - layout.plot.top, 'data-index': i,
    }));
    for (const [name, length] of Object.entries(size)) this.#drawing.setAttribute(name, String(length));
    this.#drawing.replaceChildren(...options, scene);
    this.#mark();
  }

  #mark() {
    const at = this.#selected ? this.#rows.indexOf(this.#selected) : -1;
    for (const option of this.#drawing.querySelectorAll('[role=option]')) {
      setIfChanged(option, { ariaSelected: String(option.id === `${this.id}-${at}`) });
    }
    if (at < 0) this.#drawing.removeAttribute('aria-activedescendant');
    else this.#drawing.setAttribute('aria-activedescendant', `${this.id}-${at}`);
    this.#describe();
  }

  #describe() {
    const row = this.#pointed ?? this.#selected;
    setIfChanged(this.#text, { textContent: row ? this.#texts.describe(row) : this.#texts.hint });
  }

  /** @param {MouseEvent} event */
  #rowAt({ target }) {
    const index = target instanceof SVGElement ? target.dataset.index : undefined;
    return index === undefined ? null : this.#rows[Number(index)] ?? null;
  }

  /** @param {LayerGradient | null | undefined} row */
  #choose(row) {
    if (row && row !== this.#selected) this.emit('choose', row.layer);
  }

  /** @param {LayerGradient | null} row */
  #point(row) {
    if (row === this.#pointed) return;
    this.#pointed = row;
    this.#describe();
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const rows = this.#rows;
    const at = this.#selected ? rows.indexOf(this.#selected) : -1;
    const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: rows.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    this.#choose(rows[Math.max(0, Math.min(rows.length - 1, next))]);
  }
}

/**
 * The powers of ten and the stages.
 * @param {ChartLayout} layout
 */
function axesOf({ plot, ticks, stages }) {
  return [
    ...ticks.map(({ y }) => svg('line', { class: 'grid', x1: plot.left, x2: plot.right, y1: y, y2: y })),
    ...ticks.map(({ y, exponent }) => svg('text', { class: 'tick', x: plot.left - 5, y: y + 4 }, powerOfTen(exponent))),
    ...stages.map(({ from }) => svg('line', { class: 'stage', x1: from, x2: from, y1: plot.top, y2: plot.bottom })),
    ...stages.filter(({ stage, from, to }) => stage && to - from >= NAME_WIDTH).map(({ stage, from, to }) => svg('text', { class: 'name', x: (from + to) / 2, y: plot.bottom + 14 }, [String(stage)])),
  ];
}

/**
 * @param {LaidOutCurve} curve
 * @param {string} name
 * @param {number} r radius of its points
 */
function curveOf({ curve, points, label }, name, r) {
  const path = points.filter(({ row }) => !row.isProjection).map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  return [
    svg('polyline', { class: `curve ${curve}`, points: path }),
    ...points.map(({ x, y, row }) => svg('circle', { class: `point ${curve}${row.isProjection ? ' projection' : ''}`, cx: x, cy: y, r: row.isProjection ? r + 0.5 : r })),
    ...label ? [svg('text', { class: `label ${curve}`, ...label }, [name])] : [],
  ];
}

/** @param {number} exponent */
const powerOfTen = (exponent) => ['10', svg('tspan', { class: 'exponent', dy: -4 }, [String(exponent).replace('-', '−')])];

customElements.define('lens-gradient-chart', LensGradientChart);
