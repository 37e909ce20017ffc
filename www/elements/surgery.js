// @ts-check
// The panel that edits the network: controls of the selected block, of the selected channel and of the whole network, and the list of
// edits. It shows what it is given and reports what the user does.

import { create, createButton, find, findAll } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { decimal } from '../lib/format.js';
import { t } from '../lib/i18n.js';
import { setIfChanged } from '../lib/set-if-changed.js';
import { listenToPanel, setPanelOpen } from './panel.js';

/** @import { BlockState } from '../surgery/change.js' */
/** @import { StridePosition } from '../surgery/edits.js' */

/**
 * The selected block. `previous` and `next` are the blocks that it can be exchanged with, `run` the blocks that can be reversed; null if
 * there are none.
 * @typedef {object} ShownBlock
 * @property {string} name
 * @property {string} facts
 * @property {BlockState} state
 * @property {boolean} isIdentity it can be repeated
 * @property {string | null} previous
 * @property {string | null} next
 * @property {{ first: string, last: string } | null} run
 */
/**
 * @typedef {object} ShownSurgery
 * @property {ShownBlock | null} block null: the selected layer is in no block
 * @property {{ node: string, channel: number, lesioned: boolean } | null} channel
 * @property {boolean} allOff all shortcuts are off
 * @property {{ loaded: StridePosition, position: StridePosition } | null} stride null: no bottleneck has a stride
 * @property {string[]} edits in words
 * @property {boolean} canUndo
 * @property {boolean} canRedo
 */
/** `gesture` is the same while a slider is dragged. @typedef {{ kind: 'branch' | 'shortcut', factor: number, gesture: number }} FactorChange */

const KINDS = /** @type {const} */ (['branch', 'shortcut']);
/** The activation behind every addition. */
const ACTIVATION = 'ReLU';
/** Steps of a repeated block and the factor of each F(x); null: 1 / steps. @type {[number, number | null][]} */
const REPEATS = [[1, null], [2, null], [3, null], [4, null], [8, null], [2, 1], [3, 1]];

/**
 * @extends {EmitterElement<{ open: boolean, factor: FactorChange, skip: boolean, repeat: { steps: number, factor: number | null },
 *   swap: -1 | 1, reverse: void, lesion: boolean, shortcuts: boolean, stride: StridePosition, remove: number, undo: void, redo: void,
 *   'remove-all': void, sum: void }>}
 */
export class LensSurgery extends EmitterElement {
  #opener = find(document, '[data-open-surgery]', HTMLButtonElement);
  #controls = find(this, '[data-block]', HTMLElement);
  #name = find(this, '[data-block-name]', HTMLElement);
  #facts = find(this, '[data-block-facts]', HTMLElement);
  #formula = find(this, '[data-formula]', HTMLElement);
  #hint = find(this, '[data-hint]', HTMLElement);
  #skip = find(this, '[data-skip]', HTMLInputElement);
  #repeat = find(this, '[data-repeat]', HTMLSelectElement);
  #reverse = find(this, '[data-reverse]', HTMLButtonElement);
  #lesion = find(this, '[data-lesion]', HTMLInputElement);
  #all = find(this, '[data-all-shortcuts]', HTMLInputElement);
  #stride = find(this, '[data-stride]', HTMLFieldSetElement);
  #edits = find(this, '[data-edits]', HTMLElement);
  #legend = find(this, '[data-legend]', HTMLElement);
  #noEdits = find(this, '[data-no-edits]', HTMLElement);
  #answer = find(this, '[data-answer]', HTMLElement);
  #undo = find(this, '[data-undo]', HTMLButtonElement);
  #redo = find(this, '[data-redo]', HTMLButtonElement);
  #removeAll = find(this, '[data-remove-all]', HTMLButtonElement);
  /** Starts at the time, so that a reloaded page does not continue a gesture. */
  #gesture = Date.now();

  connectedCallback() {
    listenToPanel(this, this.#opener, (open) => this.emit('open', open));
    this.#undo.addEventListener('click', () => this.emit('undo'));
    this.#redo.addEventListener('click', () => this.emit('redo'));
    this.#removeAll.addEventListener('click', () => this.emit('remove-all'));
    for (const kind of KINDS) this.#listenToFactor(kind);
    this.#skip.addEventListener('change', () => this.emit('skip', this.#skip.checked));
    this.#repeat.addEventListener('change', () => {
      const [steps, factor] = REPEATS[this.#repeat.selectedIndex] ?? REPEATS[0];
      this.emit('repeat', { steps, factor });
    });
    for (const by of /** @type {const} */ ([-1, 1])) this.#swapButton(by).addEventListener('click', () => this.emit('swap', by));
    this.#reverse.addEventListener('click', () => this.emit('reverse'));
    find(this, '[data-sum]', HTMLButtonElement).addEventListener('click', () => this.emit('sum'));
    this.#lesion.addEventListener('change', () => this.emit('lesion', this.#lesion.checked));
    this.#all.addEventListener('change', () => this.emit('shortcuts', this.#all.checked));
    for (const radio of findAll(this.#stride, 'input', HTMLInputElement)) {
      radio.addEventListener('change', () => this.emit('stride', /** @type {StridePosition} */ (radio.value)));
    }
  }

  /** @param {boolean} open */
  set open(open) {
    setPanelOpen(this, this.#opener, open);
    document.documentElement.classList.toggle('editing', open);
  }

  get open() {
    return !this.hidden;
  }

  /** @param {ShownSurgery} shown */
  show({ block, channel, allOff, stride, edits, canUndo, canRedo }) {
    this.#showBlock(block);
    this.#showChannel(channel);
    setIfChanged(this.#all, { checked: allOff });
    setIfChanged(this.#stride, { hidden: !stride });
    for (const radio of findAll(this.#stride, 'input', HTMLInputElement)) setIfChanged(radio, { checked: radio.value === stride?.position });
    this.#showEdits(edits);
    setIfChanged(this.#undo, { disabled: !canUndo });
    setIfChanged(this.#redo, { disabled: !canRedo });
    setIfChanged(this.#removeAll, { disabled: edits.length === 0 });
  }

  /**
   * Compares the answer of the edited network with that of the loaded one.
   * @param {string} text
   */
  showAnswer(text) {
    setIfChanged(this.#answer, { textContent: text, hidden: text === '' });
  }

  /** @param {'branch' | 'shortcut'} kind */
  #partsOf(kind) {
    const dial = find(this, `[data-dial=${kind}]`, HTMLElement);
    return { on: find(dial, '[type=checkbox]', HTMLInputElement), slider: find(dial, '[type=range]', HTMLInputElement), text: find(dial, 'output', HTMLElement) };
  }

  /** @param {'branch' | 'shortcut'} kind */
  #listenToFactor(kind) {
    const { on, slider } = this.#partsOf(kind);
    const begin = () => { this.#gesture += 1; };
    const emit = (/** @type {number} */ factor) => this.emit('factor', { kind, factor, gesture: this.#gesture });
    slider.addEventListener('pointerdown', begin);
    slider.addEventListener('focus', begin);
    slider.addEventListener('input', () => emit(Number(slider.value)));
    on.addEventListener('change', () => {
      begin();
      emit(on.checked ? 1 : 0);
    });
  }

  /** @param {-1 | 1} by */
  #swapButton(by) {
    return find(this, `[data-swap="${by}"]`, HTMLButtonElement);
  }

  /** @param {ShownBlock | null} block */
  #showBlock(block) {
    setIfChanged(this.#controls, { hidden: !block });
    setIfChanged(this.#name, { textContent: block?.name ?? t('surgery.noBlock') });
    setIfChanged(this.#facts, { textContent: block?.facts ?? t('surgery.chooseBlock') });
    if (!block) return;
    const { state, isIdentity, previous, next, run } = block;
    setIfChanged(this.#formula, { textContent: formulaOf(state) });
    for (const kind of KINDS) {
      const { on, slider, text } = this.#partsOf(kind);
      const factor = state[kind];
      setIfChanged(on, { checked: factor > 0 });
      // A factor of the address that is none of the slider's steps stays.
      if (Math.abs(Number(slider.value) - factor) > 0.025) slider.value = String(factor);
      setIfChanged(text, { textContent: decimal(factor) });
      setIfChanged(slider, { ariaValueText: decimal(factor) });
      for (const part of [on, slider]) setIfChanged(part, { disabled: state.skipped });
    }
    setIfChanged(this.#skip, { checked: state.skipped });
    this.#showRepeats(state);
    setIfChanged(this.#repeat, { disabled: !isIdentity || state.skipped });
    const hints = [isIdentity ? '' : t('surgery.projectionHint'), previous && next ? '' : t('surgery.swapHint')].filter(Boolean).join(' ');
    setIfChanged(this.#hint, { textContent: hints, hidden: hints === '' });
    for (const [by, other] of /** @type {const} */ ([[-1, previous], [1, next]])) {
      setIfChanged(this.#swapButton(by), { disabled: !other, textContent: other ? t('surgery.swapWith', { block: other }) : t(by < 0 ? 'surgery.swapPrevious' : 'surgery.swapNext') });
    }
    setIfChanged(this.#reverse, { disabled: !run, textContent: run ? t('surgery.reverseRun', run) : t('surgery.reverse') });
  }

  /** @param {BlockState} state */
  #showRepeats({ steps, stepFactor }) {
    const texts = REPEATS.map(([n, factor]) => repeatText(n, factor));
    const at = REPEATS.findIndex(([n, factor]) => n === steps && (n === 1 || Math.abs((factor ?? 1 / n) - stepFactor) < 1e-6));
    if (at < 0) texts.push(t('surgery.repeatSteps', { steps, factor: decimal(stepFactor) }));
    if ([...this.#repeat.options].map(({ text }) => text).join() !== texts.join()) this.#repeat.replaceChildren(...texts.map((text) => new Option(text)));
    setIfChanged(this.#repeat, { selectedIndex: at < 0 ? texts.length - 1 : at });
  }

  /** @param {ShownSurgery['channel']} channel */
  #showChannel(channel) {
    const label = find(this, '[data-lesion-label]', HTMLElement);
    setIfChanged(label, { textContent: channel ? t('surgery.lesion', { channel: String(channel.channel), node: channel.node }) : t('surgery.noChannel') });
    setIfChanged(this.#lesion, { checked: channel?.lesioned ?? false, disabled: !channel });
  }

  /** @param {string[]} edits */
  #showEdits(edits) {
    setIfChanged(this.#noEdits, { hidden: edits.length > 0 });
    setIfChanged(this.#legend, { hidden: edits.length === 0 });
    if (this.#edits.dataset.edits === edits.join('\n')) return;
    const hadFocus = this.#edits.contains(document.activeElement);
    this.#edits.dataset.edits = edits.join('\n');
    this.#edits.replaceChildren(...edits.map((words, i) => {
      const item = create('li', '', 'chip');
      item.append(create('span', words), createButton('×', () => this.emit('remove', i), { 'aria-label': t('surgery.remove', { edit: words }) }));
      return item;
    }));
    // The button that had the focus is gone.
    if (hadFocus) (this.#edits.querySelector('button') ?? this.#undo).focus();
  }
}

/**
 * What the block computes, such as "ReLU(x + 0.5 · F(x))".
 * @param {BlockState} state
 */
function formulaOf({ branch, shortcut, skipped, steps, stepFactor }) {
  if (skipped) return t('surgery.formulaSkipped');
  const term = (/** @type {number} */ factor, /** @type {string} */ name) => (factor === 1 ? name : `${decimal(factor)} · ${name}`);
  const factor = branch * stepFactor;
  const terms = [shortcut === 0 ? '' : term(shortcut, 'x'), factor === 0 ? '' : term(factor, 'F(x)')].filter(Boolean);
  const step = `${ACTIVATION}(${terms.join(' + ') || '0'})`;
  return steps > 1 ? t('surgery.formulaSteps', { steps, step }) : `y = ${step}`;
}

/**
 * @param {number} steps
 * @param {number | null} factor
 */
function repeatText(steps, factor) {
  if (steps === 1) return t('surgery.repeatOnce');
  return factor === null ? t('surgery.repeatSteps', { steps, factor: `1/${steps}` }) : t('surgery.repeatFull', { steps });
}

customElements.define('lens-surgery', LensSurgery);
