// @ts-check
// The panel of gradients: a curve over the layers with its table. It shows what it is given and reports what the user does. Its other
// sections are elements of their own.

import { create, createButton, find } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { value } from '../lib/format.js';
import { t } from '../lib/i18n.js';
import { setIfChanged } from '../lib/set-if-changed.js';
import { sortLayers } from '../gradient/layer-gradients.js';
import { LensGradientChart } from './gradient-chart.js';
import { offer } from './offer.js';
import { listenToPanel, setPanelOpen } from './panel.js';
import { SortableTable } from './sortable-table.js';

/** @import { Column, Curve, LayerGradient } from '../gradient/layer-gradients.js' */
/** @import { Choice } from '../gradient/subject.js' */

/**
 * @typedef {object} ShownGradient
 * @property {Choice[]} classes
 * @property {string} chosenClass
 * @property {string} message
 * @property {boolean} empty nothing is measured
 * @property {boolean} outdated what is shown belongs to an earlier result
 * @property {LayerGradient[]} rows
 * @property {Curve[]} curves that are measured
 * @property {string} sentence what the curves show
 * @property {LayerGradient | null} selected
 */

/**
 * `class`: the value of a choice. `choose`: the name of a node.
 * @extends {EmitterElement<{ open: boolean, class: string, choose: string }>}
 */
export class LensGradient extends EmitterElement {
  #opener = find(document, '[data-open-gradient]', HTMLButtonElement);
  #class = find(this, '[data-class]', HTMLSelectElement);
  #message = find(this, '[data-message]', HTMLElement);
  #results = find(this, '[data-results]', HTMLElement);
  #sentence = find(this, '[data-sentence]', HTMLElement);
  #chart = find(this, 'lens-gradient-chart', LensGradientChart);
  /** @type {LayerGradient[]} */
  #rows = [];
  #table = new SortableTable(this, {
    column: /** @type {Column} */ ('layer'),
    rows: (column, descending) => sortLayers(this.#rows, column, descending).map(rowOf),
    isDescending: (column) => column !== 'layer',
    choose: (node) => this.emit('choose', this.#rows.find((row) => row.node === node)?.layer ?? node),
  });

  connectedCallback() {
    listenToPanel(this, this.#opener, (open) => this.emit('open', open));
    this.#class.addEventListener('change', () => this.emit('class', this.#class.value));
    this.#chart.on('choose', (node) => this.emit('choose', node));
  }

  /** @param {boolean} open */
  set open(open) {
    setPanelOpen(this, this.#opener, open);
  }

  get open() {
    return !this.hidden;
  }

  /**
   * Shows why there are no new numbers; what is measured stays.
   * @param {string} message
   * @param {boolean} outdated
   */
  showMessage(message, outdated) {
    setIfChanged(this.#message, { textContent: message });
    if (this.classList.contains('outdated') !== outdated) this.classList.toggle('outdated', outdated);
  }

  /** @param {ShownGradient} shown */
  show({ classes, chosenClass, message, empty, outdated, rows, curves, sentence, selected }) {
    offer(this.#class, classes, chosenClass);
    this.showMessage(message, outdated);
    setIfChanged(this.#results, { hidden: empty });
    setIfChanged(this.#sentence, { textContent: sentence });
    if (rows !== this.#rows) {
      this.#rows = rows;
      this.#chart.show(rows, { curves: curves.map((curve) => ({ curve, name: t(`gradient.curve.${curve}`) })), describe, hint: t('gradient.hint') });
      this.#table.draw();
    }
    setIfChanged(/** @type {HTMLElement} */ (this.#chart), { hidden: rows.length === 0 });
    this.#chart.mark(selected);
    this.#table.mark(selected?.node ?? null);
  }
}

/** @param {LayerGradient} row */
function describe({ node: name, gradient, without }) {
  const own = gradient === null ? t('gradient.none') : value(gradient);
  return without === null ? t('gradient.describe', { name, gradient: own }) : t('gradient.describeBoth', { name, gradient: own, without: value(without) });
}

/** @param {LayerGradient} numbers */
function rowOf({ node, isProjection, gradient, without, value: norm }) {
  const row = create('tr');
  row.dataset.row = node;
  const heading = Object.assign(create('th'), { scope: 'row' });
  heading.append(createButton(node, () => {}, { class: 'plain' }));
  const kind = isProjection ? t('network.projectionShortcut') : '';
  row.append(heading, ...[gradient, without, norm].map((one) => create('td', one === null ? '' : value(one), 'number')), create('td', kind, 'quiet'));
  return row;
}

customElements.define('lens-gradient', LensGradient);
