// @ts-check
// Maps of one channel side by side: x + F(x) of a residual block, or those of two images or networks and their difference. One cell is
// marked in all maps and its values are shown as arithmetic.

import { UNNAMED, namesOf, writeName } from '../app/class-names.js';
import { colourValues } from '../lens/colour-values.js';
import { create, find, findAll } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { percent } from '../lib/format.js';
import { onLanguage, t } from '../lib/i18n.js';
import { setIfChanged } from '../lib/set-if-changed.js';
import { LensLegend } from './legend.js';
import { mapFigure } from './map-figure.js';

/** @import { ViewState } from '../app/view-state.js' */
/** @import { Compared, ComparedMap, MapGroup } from '../lens/compared-maps.js' */
/** @import { ColourTable } from '../lens/colour-values.js' */
/** @import { ColourMapping, ColormapName, Prediction } from '../pkg/resnet_lens.js' */

/** Row and column offsets of the arrow keys. @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
/** Classes that are listed for each image. */
const CLASSES = 5;

/**
 * `step`: channels to go on, in the order shown. `other`: the id of the image to compare with. `model`: the id of the model to compare
 * with. `list-models`: models to compare with are about to be shown.
 * @extends {EmitterElement<{ step: number, other: string, model: string, 'list-models': void }>}
 */
export class LensCompare extends EmitterElement {
  /** @type {Map<ColormapName, ColourTable>} */
  colormaps = new Map();
  #title = find(this, '[data-title]', HTMLElement);
  #maps = find(this, '[data-maps]', HTMLElement);
  #numbers = find(this, '[data-numbers]', HTMLElement);
  #message = find(this, '[data-message]', HTMLElement);
  #other = find(this, '[data-other]', HTMLSelectElement);
  #model = find(this, '[data-model]', HTMLSelectElement);
  #answers = find(this, '[data-answers]', HTMLElement);
  /** @type {Compared | null} */
  #shown = null;
  /** Index of the marked cell. @type {number | null} */
  #cell = null;
  /** The cell stays marked when the pointer or the focus leaves. */
  #pinned = false;

  connectedCallback() {
    for (const button of findAll(this, '[data-step]', HTMLButtonElement)) {
      button.addEventListener('click', () => this.emit('step', Number(button.dataset.step)));
    }
    this.#other.addEventListener('change', () => this.emit('other', this.#other.value));
    this.#model.addEventListener('change', () => this.emit('model', this.#model.value));
    this.#maps.addEventListener('pointermove', (event) => this.#hover(this.#cellAt(event)));
    this.#maps.addEventListener('pointerleave', ({ pointerType }) => {
      if (pointerType === 'mouse') this.#hover(null);
    });
    this.#maps.addEventListener('click', (event) => this.#togglePin(this.#cellAt(event)));
    this.#maps.addEventListener('keydown', (event) => this.#press(event));
    this.#maps.addEventListener('blur', () => this.#hover(null));
    onLanguage(() => this.#mark());
  }

  /** Two images can be compared. */
  get offersImages() {
    return this.#other.options.length > 0;
  }

  /**
   * Offers images to compare with the one in view.
   * @param {{ id: string, name: string }[]} images
   * @param {string | null} chosen id of one of them
   */
  offerImages(images, chosen) {
    const known = [...this.#other.options].map(({ value, text }) => `${value} ${text}`).join();
    if (images.map(({ id, name }) => `${id} ${name}`).join() !== known) this.#other.replaceChildren(...images.map(({ id, name }) => new Option(name, id)));
    if (chosen) this.#other.value = chosen;
  }

  /**
   * Offers models to compare with the one in use.
   * @param {{ id: string, name: string }[]} models
   * @param {string | null} chosen id of one of them
   */
  offerModels(models, chosen) {
    const none = Object.assign(new Option(t('compare.chooseModel'), ''), { disabled: true, selected: chosen === null });
    this.#model.replaceChildren(none, ...models.map(({ id, name }) => new Option(name, id, false, id === chosen)));
  }

  /**
   * Shows the title of what is selected; the maps are dimmed until they are those of `label`.
   * @param {ViewState['compare']} mode
   * @param {string} title
   * @param {string} label
   * @param {string} message shown instead of the maps if there is nothing to compare
   */
  expect(mode, title, label, message) {
    if (mode === 'model' && this.dataset.mode !== mode) this.emit('list-models');
    setIfChanged(this.dataset, { mode });
    setIfChanged(this.#title, { textContent: title });
    setIfChanged(this.#message, { textContent: message, hidden: !message });
    for (const part of [this.#maps, this.#numbers]) setIfChanged(part, { hidden: Boolean(message) });
    setIfChanged(this.#answers, { hidden: Boolean(message) || this.#answers.childElementCount === 0 });
    const busy = String(!message && this.#maps.dataset.drawn !== label);
    if (this.#maps.getAttribute('aria-busy') !== busy) this.#maps.setAttribute('aria-busy', busy);
  }

  /**
   * Draws maps.
   * @param {Compared} compared
   * @param {string} label of the maps, see `expect`
   * @param {ColourMapping} colour
   */
  show(compared, label, colour) {
    this.#shown = compared;
    this.#maps.replaceChildren(...compared.groups.map((group) => this.#group(group, compared, colour)));
    this.#maps.dataset.drawn = label;
    this.#maps.setAttribute('aria-busy', 'false');
    if (this.#cell !== null && this.#cell >= compared.rows * compared.columns) this.#cell = null;
    this.#mark();
  }

  /**
   * Lists the predictions of both images beside each other; none for no images.
   * @param {{ title: string, predictions: Prediction[] }[]} answers
   */
  showAnswers(answers) {
    this.#answers.replaceChildren(...answers.map(answerList));
    setIfChanged(this.#answers, { hidden: answers.length === 0 });
  }

  /**
   * @param {MapGroup} group
   * @param {Compared} compared
   * @param {ColourMapping} colour
   */
  #group({ maps, bounds }, { rows, columns }, { colormap, gamma }) {
    const table = this.colormaps.get(bounds.signed ? 'diverging' : colormap) ?? [[0, 0, 0], [1, 1, 1]];
    const group = create('div', '', 'group');
    group.style.setProperty('--maps', String(maps.length));
    const row = create('div', '', 'row');
    row.append(...maps.map((map) => figure(map, map.size ?? { rows, columns }, colourValues(map.values, bounds, { gamma, table }))));
    const legend = new LensLegend();
    legend.colormaps = this.colormaps;
    legend.show(bounds, { colormap, gamma });
    group.append(row, legend);
    return group;
  }

  /** @param {MouseEvent} event */
  #cellAt({ target, clientX, clientY }) {
    const plot = target instanceof Element ? target.closest('.plot') : null;
    if (!plot || !this.#shown) return null;
    const { rows, columns } = this.#shown;
    const { left, top, width, height } = plot.getBoundingClientRect();
    const at = (/** @type {number} */ share, /** @type {number} */ count) => Math.max(0, Math.min(count - 1, Math.floor(share * count)));
    return at((clientY - top) / height, rows) * columns + at((clientX - left) / width, columns);
  }

  /** @param {number | null} cell */
  #hover(cell) {
    if (this.#pinned || cell === this.#cell) return;
    this.#cell = cell;
    this.#mark();
  }

  /** @param {number | null} cell */
  #togglePin(cell) {
    this.#pinned = cell !== null && !(this.#pinned && cell === this.#cell);
    this.#cell = cell;
    this.#mark();
  }

  #mark() {
    const [shown, cell] = [this.#shown, this.#cell];
    if (!shown) return;
    const { rows, columns } = shown;
    const [row, column] = cell === null ? [0, 0] : [Math.floor(cell / columns), cell % columns];
    for (const mark of findAll(this.#maps, '.cell', HTMLElement)) {
      setIfChanged(mark, { hidden: cell === null });
      mark.classList.toggle('pinned', this.#pinned);
      setIfChanged(mark.style, {
        left: `${(column / columns) * 100}%`, top: `${(row / rows) * 100}%`, width: `${100 / columns}%`, height: `${100 / rows}%`,
      });
    }
    setIfChanged(this.#numbers, { textContent: cell === null ? t('compare.hint') : t('channel.cell', { row: String(row), column: String(column), value: shown.describe(cell) }) });
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (!this.#shown) return;
    if (event.key === 'Escape' && this.#cell !== null) {
      event.preventDefault();
      this.#togglePin(null);
    }
    const by = ARROWS[event.key];
    if (!by) return;
    event.preventDefault();
    const { rows, columns } = this.#shown;
    const from = this.#cell ?? Math.floor(rows / 2) * columns + Math.floor(columns / 2);
    const [row, column] = this.#cell === null ? [0, 0] : by;
    const y = Math.max(0, Math.min(rows - 1, Math.floor(from / columns) + row));
    const x = Math.max(0, Math.min(columns - 1, (from % columns) + column));
    this.#cell = y * columns + x;
    this.#mark();
  }
}

/**
 * A map with the mark of a cell.
 * @param {ComparedMap} map
 * @param {{ rows: number, columns: number }} size
 * @param {Uint8ClampedArray<ArrayBuffer>} pixels
 */
function figure(map, size, pixels) {
  const made = mapFigure(map, size, pixels);
  find(made, '.plot', HTMLElement).append(Object.assign(create('div', '', 'cell'), { hidden: true }));
  return made;
}

/** @param {{ title: string, predictions: Prediction[] }} answer */
function answerList({ title, predictions }) {
  const made = create('div');
  const list = create('ol');
  list.append(...predictions.slice(0, CLASSES).map((prediction) => {
    const item = create('li');
    const [name = UNNAMED] = namesOf(prediction);
    item.append(writeName(create('span'), name), create('span', percent(prediction.probability), 'percent'));
    return item;
  }));
  made.append(create('h4', title), list);
  return made;
}

customElements.define('lens-compare', LensCompare);
