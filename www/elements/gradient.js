// @ts-check
// The panel of gradients: a curve over the layers with its table, and two maps of what a logit depends on. It shows what it is given and
// reports what the user does.

import { create, createButton, find } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { value } from '../lib/format.js';
import { t } from '../lib/i18n.js';
import { setIfChanged } from '../lib/set-if-changed.js';
import { sortLayers } from '../gradient/layer-gradients.js';
import { boundsOf, colourValues } from '../lens/colour-values.js';
import { LensGradientChart } from './gradient-chart.js';
import { LensLegend } from './legend.js';
import { mapFigure } from './map-figure.js';
import { listenToPanel, setPanelOpen } from './panel.js';
import { SortableTable } from './sortable-table.js';

/** @import { Column, Curve, LayerGradient } from '../gradient/layer-gradients.js' */
/** @import { ColourTable } from '../lens/colour-values.js' */
/** @import { ColourMapping, ColormapName, FeatureMap } from '../pkg/resnet_lens.js' */

/** Something to choose from. @typedef {{ value: string, text: string }} Choice */
/** A map and its kind. @typedef {{ title: string, note: string, map: FeatureMap }} ShownMap */
/**
 * @typedef {object} ShownGradient
 * @property {Choice[]} classes
 * @property {string} chosenClass
 * @property {Choice[]} layers that Grad-CAM can be shown for
 * @property {string} chosenLayer
 * @property {string} message
 * @property {boolean} outdated what is shown belongs to an earlier result
 * @property {LayerGradient[]} rows
 * @property {Curve[]} curves that are measured
 * @property {string} sentence what the curves show
 * @property {LayerGradient | null} selected
 * @property {ShownMap[]} maps
 * @property {ColourMapping} colour
 * @property {Map<ColormapName, ColourTable>} colormaps
 */

/**
 * `class` and `layer`: the value of a choice. `choose`: the name of a node.
 * @extends {EmitterElement<{ open: boolean, class: string, layer: string, choose: string }>}
 */
export class LensGradient extends EmitterElement {
  #opener = find(document, '[data-open-gradient]', HTMLButtonElement);
  #class = find(this, '[data-class]', HTMLSelectElement);
  #layer = find(this, '[data-layer]', HTMLSelectElement);
  #message = find(this, '[data-message]', HTMLElement);
  #results = find(this, '[data-results]', HTMLElement);
  #sentence = find(this, '[data-sentence]', HTMLElement);
  #chart = find(this, 'lens-gradient-chart', LensGradientChart);
  #maps = find(this, '[data-maps]', HTMLElement);
  /** @type {LayerGradient[]} */
  #rows = [];
  #table = new SortableTable(this, {
    column: /** @type {Column} */ ('layer'),
    rows: (column, descending) => sortLayers(this.#rows, column, descending).map(rowOf),
    isDescending: (column) => column !== 'layer',
    choose: (node) => this.emit('choose', this.#rows.find((row) => row.node === node)?.layer ?? node),
  });
  /** What the maps were drawn from. @type {unknown[]} */
  #drawn = [];

  connectedCallback() {
    listenToPanel(this, this.#opener, (open) => this.emit('open', open));
    this.#class.addEventListener('change', () => this.emit('class', this.#class.value));
    this.#layer.addEventListener('change', () => this.emit('layer', this.#layer.value));
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
  show({ classes, chosenClass, layers, chosenLayer, message, outdated, rows, curves, sentence, selected, maps, colour, colormaps }) {
    offer(this.#class, classes, chosenClass);
    offer(this.#layer, layers, chosenLayer);
    this.showMessage(message, outdated);
    setIfChanged(this.#results, { hidden: rows.length === 0 && maps.length === 0 });
    setIfChanged(this.#sentence, { textContent: sentence });
    if (rows !== this.#rows) {
      this.#rows = rows;
      this.#chart.show(rows, { curves: curves.map((curve) => ({ curve, name: t(`gradient.curve.${curve}`) })), describe, hint: t('gradient.hint') });
      this.#table.draw();
    }
    setIfChanged(/** @type {HTMLElement} */ (this.#chart), { hidden: rows.length === 0 });
    this.#chart.mark(selected);
    this.#table.mark(selected?.node ?? null);
    this.#showMaps(maps, colour, colormaps);
  }

  /**
   * @param {ShownMap[]} maps
   * @param {ColourMapping} colour
   * @param {Map<ColormapName, ColourTable>} colormaps
   */
  #showMaps(maps, { colormap, gamma }, colormaps) {
    const drawn = [colormap, gamma, ...maps.flatMap(({ title, note, map }) => [title, note, map])];
    if (drawn.length === this.#drawn.length && drawn.every((one, i) => one === this.#drawn[i])) return;
    this.#drawn = drawn;
    this.#maps.replaceChildren(...maps.map(({ title, note, map: { shape: [, , rows, columns], data } }) => {
      const bounds = { ...boundsOf([data], { signed: false }), low: 0 };
      const table = colormaps.get(colormap) ?? [[0, 0, 0], [1, 1, 1]];
      const figure = mapFigure({ title, note }, { rows, columns }, colourValues(data, bounds, { gamma, table }));
      const legend = new LensLegend();
      legend.colormaps = colormaps;
      legend.show(bounds, { colormap, gamma });
      figure.append(legend);
      return figure;
    }));
  }
}

/**
 * @param {HTMLSelectElement} select
 * @param {Choice[]} choices
 * @param {string} chosen
 */
function offer(select, choices, chosen) {
  const known = [...select.options].map(({ value: one, text }) => `${one} ${text}`).join('\n');
  if (choices.map((one) => `${one.value} ${one.text}`).join('\n') !== known) select.replaceChildren(...choices.map((one) => new Option(one.text, one.value)));
  setIfChanged(select, { value: chosen, disabled: choices.length === 0 });
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
