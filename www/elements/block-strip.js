// @ts-check
// The measured numbers of every residual block: a chart with a column per block, which is a listbox for keyboard and screen readers, and
// the same numbers as a sortable table.

import { create, createButton, find, findAll } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { percent, value } from '../lib/format.js';
import { t } from '../lib/i18n.js';
import { setIfChanged } from '../lib/set-if-changed.js';
import { barsOf, sortBlocks } from '../surgery/block-numbers.js';
import { SortableTable } from './sortable-table.js';

/** @import { BlockNumbers, Column } from '../surgery/block-numbers.js' */

/**
 * `outdated`: the importance was measured before the latest change. `isEdited`: names of blocks with edits.
 * @typedef {{ blocks: BlockNumbers[], selected: string | null, outdated: boolean, message: string, explanation: string }} ShownStrip
 */

const ROWS = /** @type {const} */ (['ratio', 'cosine', 'change']);
const COLUMNS = /** @type {const} */ (['block', 'branch', 'shortcut', 'ratio', 'cosine', 'change']);

/**
 * `choose`: the name of a block. `measure`: the importance is to be measured. `cancel`: no longer.
 * @extends {EmitterElement<{ choose: string, measure: void, cancel: void }>}
 */
export class LensBlockStrip extends EmitterElement {
  #chart = find(this, '[data-chart]', HTMLElement);
  #text = find(this, '[data-numbers]', HTMLElement);
  #explanation = find(this, '[data-explanation]', HTMLElement);
  #button = find(this, '[data-importance]', HTMLButtonElement);
  #bar = find(this, 'progress', HTMLProgressElement);
  #table = new SortableTable(this, {
    column: /** @type {Column} */ ('block'),
    rows: (column, descending) => sortBlocks(this.#shown.blocks, column, descending).map(rowOf),
    // Large norms and ratios first, but the largest loss of probability first.
    isDescending: (column) => column !== 'block' && column !== 'change',
    choose: (block) => this.#choose(block),
  });
  /** @type {ShownStrip} */
  #shown = { blocks: [], selected: null, outdated: false, message: '', explanation: '' };
  /** The block under the pointer. @type {string | null} */
  #pointed = null;
  #measuring = false;

  connectedCallback() {
    this.#button.addEventListener('click', () => this.emit(this.#measuring ? 'cancel' : 'measure'));
    this.#chart.addEventListener('click', (event) => this.#choose(blockAt(event)));
    this.#chart.addEventListener('pointermove', (event) => this.#point(blockAt(event)));
    this.#chart.addEventListener('pointerleave', () => this.#point(null));
    this.#chart.addEventListener('keydown', (event) => this.#press(event));
    this.#chart.addEventListener('focus', () => { if (!this.#shown.selected) this.#choose(this.#shown.blocks[0]?.block ?? null); });
  }

  /** @param {ShownStrip} shown */
  show(shown) {
    const isDrawn = this.#shown.blocks === shown.blocks;
    const isMoved = this.#shown.selected !== shown.selected;
    this.#shown = shown;
    if (!isDrawn) this.#draw();
    this.classList.toggle('outdated', shown.outdated);
    setIfChanged(this.#explanation, { textContent: shown.explanation, hidden: shown.explanation === '' });
    for (const option of findAll(this.#chart, '[role=option]', HTMLElement)) {
      setIfChanged(option, { ariaSelected: String(option.dataset.block === shown.selected) });
    }
    const current = this.#chart.querySelector('[aria-selected=true]');
    if (isMoved && current instanceof HTMLElement) this.#reveal(current);
    const active = current?.id ?? '';
    if (this.#chart.getAttribute('aria-activedescendant') !== active) this.#chart.setAttribute('aria-activedescendant', active);
    this.#table.mark(shown.selected);
    this.#describe();
  }

  /** Texts in the language in use. */
  rename() {
    this.#draw();
    this.show({ ...this.#shown });
    if (!this.#measuring) this.endProgress();
  }

  /** @param {boolean} possible there is a result, so the importance can be measured */
  set canMeasure(possible) {
    setIfChanged(this.#button, { disabled: !possible });
  }

  /**
   * Shows how many blocks have been measured. The button cancels until `endProgress`.
   * @param {{ done: number, total: number }} progress
   */
  showProgress({ done, total }) {
    this.#measuring = true;
    setIfChanged(this.#button, { textContent: t('surgery.importanceCancel') });
    setIfChanged(this.#bar, { hidden: false, max: total || 1, value: done, ariaLabel: t('surgery.importanceProgress', { done, total }) });
  }

  endProgress() {
    this.#measuring = false;
    setIfChanged(this.#button, { textContent: t('surgery.importanceMeasure') });
    setIfChanged(this.#bar, { hidden: true });
  }

  #draw() {
    const { blocks } = this.#shown;
    const bars = barsOf(blocks);
    this.#chart.replaceChildren(...blocks.map((numbers, i) => columnOf(numbers, bars[i], i)));
    this.#table.draw();
  }

  /**
   * Scrolls the chart only, not the page.
   * @param {HTMLElement} option
   */
  #reveal({ offsetLeft, offsetWidth }) {
    const { scrollLeft, clientWidth } = this.#chart;
    if (offsetLeft < scrollLeft) this.#chart.scrollLeft = offsetLeft;
    else if (offsetLeft + offsetWidth > scrollLeft + clientWidth) this.#chart.scrollLeft = offsetLeft + offsetWidth - clientWidth;
  }

  #describe() {
    const { blocks, selected, message } = this.#shown;
    const numbers = blocks.find(({ block }) => block === (this.#pointed ?? selected));
    const text = numbers ? describe(numbers) : '';
    setIfChanged(this.#text, { textContent: [message, text].filter(Boolean).join(' ') });
  }

  /** @param {string | null} block */
  #choose(block) {
    if (block && block !== this.#shown.selected) this.emit('choose', block);
  }

  /** @param {string | null} block */
  #point(block) {
    if (block === this.#pointed) return;
    this.#pointed = block;
    this.#describe();
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const { blocks, selected } = this.#shown;
    const at = blocks.findIndex(({ block }) => block === selected);
    const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: blocks.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    this.#choose(blocks[Math.max(0, Math.min(blocks.length - 1, next))]?.block ?? null);
  }
}

/** @param {Event} event */
function blockAt({ target }) {
  const option = target instanceof Element ? target.closest('[role=option]') : null;
  return option instanceof HTMLElement ? option.dataset.block ?? null : null;
}

/**
 * @param {BlockNumbers} numbers
 * @param {ReturnType<typeof barsOf>[number]} ends
 * @param {number} index
 */
function columnOf(numbers, ends, index) {
  const option = Object.assign(create('div'), { role: 'option', id: `strip-${index}`, ariaSelected: 'false', ariaLabel: describe(numbers) });
  option.dataset.block = numbers.block;
  option.append(...ROWS.map((row) => {
    const track = create('span', '', `track ${row}`);
    const bar = create('span', '', ends[row] < 0 ? 'share negative' : 'share');
    bar.style.setProperty('--share', String(Math.abs(ends[row])));
    track.append(bar);
    return track;
  }), shortName(numbers.block));
  return option;
}

/**
 * The number of a block below its bars, as generated content: the option's name has the whole name.
 * @param {string} block
 */
function shortName(block) {
  const made = create('span', '', 'name');
  made.dataset.short = block.replace(/^\D+/, '');
  return made;
}

/** @param {BlockNumbers} numbers */
function describe({ block, norms, importance }) {
  const parts = [norms
    ? t('surgery.stripDescribe', { block, branch: value(norms.branch), shortcut: value(norms.shortcut), ratio: value(norms.ratio), cosine: value(norms.cosine) })
    : block];
  if (importance) parts.push(t('surgery.stripDescribeChange', { change: points(importance.change), probability: percent(importance.probability), best: importance.best }));
  return parts.join(' · ');
}

/** @param {BlockNumbers} numbers */
function rowOf({ block, norms, importance }) {
  const row = create('tr');
  row.dataset.row = block;
  const heading = Object.assign(create('th'), { scope: 'row' });
  heading.append(createButton(block, () => {}, { class: 'plain' }));
  const norm = (/** @type {'branch' | 'shortcut' | 'ratio' | 'cosine'} */ name) => create('td', norms ? value(norms[name]) : '', 'number');
  const change = importance ? points(importance.change) : '';
  row.append(heading, ...COLUMNS.slice(1, -1).map((name) => norm(/** @type {any} */ (name))),
    create('td', change, 'number change'), create('td', importance?.best ?? '', 'change'));
  return row;
}

/**
 * A difference of probabilities in percentage points, with its sign.
 * @param {number} change
 */
function points(change) {
  const text = (Math.abs(change) * 100).toFixed(1);
  const sign = change < 0 ? '−' : '+';
  return t('surgery.points', { points: Number(text) === 0 ? text : `${sign}${text}` });
}

customElements.define('lens-block-strip', LensBlockStrip);
