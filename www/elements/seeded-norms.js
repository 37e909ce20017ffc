// @ts-check
// The section of the panel of gradients about untrained networks: what to measure, both curves, a table of their values, and the factors of
// all that was measured. It shows what it is given and reports what the user does.

import { create, createButton, find } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { value } from '../lib/format.js';
import { t } from '../lib/i18n.js';
import { setIfChanged } from '../lib/set-if-changed.js';
import { sortLayers } from '../gradient/layer-gradients.js';
import { DEPTHS, formatSeeded } from '../gradient/seeded-choice.js';
import { LensGradientChart } from './gradient-chart.js';
import { SortableTable } from './sortable-table.js';

/** @import { Column, LayerGradient } from '../gradient/layer-gradients.js' */
/** @import { SeededChoice } from '../gradient/seeded-choice.js' */
/** @import { SeededFactors } from '../gradient/seeded-rows.js' */

/**
 * @typedef {object} ShownSeeded
 * @property {SeededChoice} choice
 * @property {string} message
 * @property {boolean} outdated the curves are not those of the choice
 * @property {{ choice: SeededChoice, rows: LayerGradient[], sentence: string } | null} latest what the curves show
 * @property {{ choice: SeededChoice, factors: SeededFactors }[]} measured all that was measured
 */

/** Share of the window that the status line does not cover, at least. */
const MOST_OF_WINDOW = 0.9;

/** `another`: the same networks with another seed. @extends {EmitterElement<{ choice: Partial<SeededChoice>, measure: void, another: void }>} */
export class LensSeededNorms extends EmitterElement {
  #depth = find(this, '[data-depth]', HTMLSelectElement);
  #normalised = find(this, '[data-normalised]', HTMLInputElement);
  #seed = find(this, '[data-seed]', HTMLElement);
  #message = find(this, '[data-message]', HTMLElement);
  #results = find(this, '[data-results]', HTMLElement);
  #sentence = find(this, '[data-sentence]', HTMLElement);
  #why = find(this, '[data-why]', HTMLElement);
  #chart = find(this, 'lens-gradient-chart', LensGradientChart);
  #factors = find(this, '[data-factors]', HTMLTableSectionElement);
  /** @type {LayerGradient[]} */
  #rows = [];
  /** What curves and tables were drawn from. @type {unknown[]} */
  #drawn = [];
  /** While the section is kept in view. @type {ResizeObserver | null} */
  #growth = null;
  #table = new SortableTable(this, {
    column: /** @type {Column} */ ('layer'),
    rows: (column, descending) => sortLayers(this.#rows, column, descending).map(rowOf),
    isDescending: (column) => column !== 'layer',
    choose: (node) => this.#mark(node),
  });

  connectedCallback() {
    this.#depth.replaceChildren(...DEPTHS.map((depth) => new Option(String(depth))));
    this.#depth.addEventListener('change', () => this.emit('choice', { depth: Number(this.#depth.value) }));
    this.#normalised.addEventListener('change', () => this.emit('choice', { normalised: this.#normalised.checked }));
    find(this, '[data-begin]', HTMLButtonElement).addEventListener('click', () => this.emit('measure'));
    find(this, '[data-another]', HTMLButtonElement).addEventListener('click', () => this.emit('another'));
    this.#chart.on('choose', (node) => this.#mark(node));
  }

  /** Scrolls the section into view, and keeps it there while it and the sections above it grow, until the user does something. */
  keepInView() {
    this.#growth?.disconnect();
    const growth = new ResizeObserver(() => {
      const fits = this.offsetHeight < innerHeight * MOST_OF_WINDOW;
      if (fits || this.#results.hidden) this.scrollIntoView({ block: fits ? 'nearest' : 'start' });
      else this.#results.scrollIntoView();
    });
    for (const element of [this, this.previousElementSibling]) if (element) growth.observe(element);
    this.#growth = growth;
    for (const event of ['keydown', 'pointerdown', 'wheel']) addEventListener(event, () => growth.disconnect(), { once: true, capture: true });
  }

  /** @param {ShownSeeded} shown */
  show({ choice, message, outdated, latest, measured }) {
    setIfChanged(this.#depth, { value: String(choice.depth) });
    setIfChanged(this.#normalised, { checked: choice.normalised });
    setIfChanged(this.#seed, { textContent: t('seeded.seed', { seed: String(choice.seed) }) });
    setIfChanged(this.#message, { textContent: message });
    this.classList.toggle('outdated', outdated);
    setIfChanged(this.#results, { hidden: latest === null });
    if (latest) this.#showLatest(latest, measured);
  }

  /**
   * @param {NonNullable<ShownSeeded['latest']>} latest
   * @param {ShownSeeded['measured']} measured
   */
  #showLatest(latest, measured) {
    // The sentence is in the language in use.
    const drawn = [latest.rows, latest.sentence, measured.length];
    if (drawn.every((one, i) => one === this.#drawn[i])) return;
    this.#drawn = drawn;
    setIfChanged(this.#sentence, { textContent: latest.sentence });
    for (const text of this.#why.children) setIfChanged(/** @type {HTMLElement} */ (text), { hidden: (text.getAttribute('data-kind') === 'norm') !== latest.choice.normalised });
    this.#rows = latest.rows;
    const curves = /** @type {const} */ (['gradient', 'without']).map((curve) => ({ curve, name: t(`seeded.curve.${curve}`) }));
    this.#chart.show(latest.rows, { curves, describe, hint: t('seeded.hint') });
    this.#table.draw();
    this.#table.mark(null);
    this.#factors.replaceChildren(...measured.map((one) => factorRow(one, latest.choice)));
  }

  /** @param {string} node */
  #mark(node) {
    this.#chart.mark(this.#rows.find((row) => row.node === node) ?? null);
    this.#table.mark(node);
  }
}

/** @param {number | null} number */
const valueOrNone = (number) => (number === null ? t('gradient.none') : value(number));

/** @param {LayerGradient} row */
const describe = ({ node, gradient, without }) => t('seeded.describe', { name: node, residual: valueOrNone(gradient), plain: valueOrNone(without) });

/** @param {LayerGradient} numbers */
function rowOf({ node, gradient, without }) {
  const row = create('tr');
  row.dataset.row = node;
  const heading = Object.assign(create('th'), { scope: 'row' });
  heading.append(createButton(node, () => {}, { class: 'plain' }));
  row.append(heading, ...[without, gradient].map((one) => create('td', valueOrNone(one), 'number')));
  return row;
}

/**
 * @param {ShownSeeded['measured'][number]} measured
 * @param {SeededChoice} shown
 */
function factorRow({ choice, factors: { plain, residual } }, shown) {
  const row = create('tr');
  if (formatSeeded(choice) === formatSeeded(shown)) row.setAttribute('aria-current', 'true');
  const heading = Object.assign(create('th', String(choice.depth), 'number'), { scope: 'row' });
  const kind = create('td', t(choice.normalised ? 'seeded.with' : 'seeded.without'));
  row.append(heading, kind, create('td', String(choice.seed), 'number'), ...[plain, residual].map((factor) => create('td', valueOrNone(factor), 'number')));
  return row;
}

customElements.define('lens-seeded-norms', LensSeededNorms);
