// @ts-check
// Measures every residual block for the chart: the norms of F(x) and x for each result while the panel is open, and on request what the
// branch of each block matters.

import { asError } from '../lib/errors.js';
import { percent } from '../lib/format.js';
import { t } from '../lib/i18n.js';
import { residualBlocks } from './blocks.js';

/** @import { LensBlockStrip } from '../elements/block-strip.js' */
/** @import { LensPredictions } from '../elements/predictions.js' */
/** @import { LensSurgery } from '../elements/surgery.js' */
/** @import { Session } from '../engine/session.js' */
/** @import { Lens } from '../lens/lens.js' */
/** @import { Answer, Selection } from '../lens/selection.js' */
/** @import { BlockImportance, ResidualStatistics } from '../pkg/resnet_lens.js' */
/** @import { BlockNumbers } from './block-numbers.js' */
/** @import { Surgery } from './surgery.js' */

/** The norms of every block for a result. @typedef {{ answer: Answer, byBlock: Map<string, ResidualStatistics> }} Norms */
/**
 * The importance of the blocks measured so far for the class `index`, whose probability was `probability`.
 * @typedef {{ answer: Answer, index: number, probability: number, byBlock: Map<string, BlockImportance>, running: boolean }} Importance
 */

export class BlockMeasurements {
  #view;
  #session;
  #surgery;
  #lens;
  /** @type {Selection | null} */
  #selection = null;
  /** @type {Norms | null} */
  #norms = null;
  /** The result that is being measured. @type {Answer | null} */
  #measuring = null;
  /** Why the norms of the latest result are missing. */
  #failure = '';
  /** @type {Importance | null} */
  #importance = null;
  /** The rows shown, replaced when a number changes. @type {BlockNumbers[]} */
  #blocks = [];

  /**
   * @param {{ blocks: LensBlockStrip, predictions: LensPredictions, surgery: LensSurgery }} view
   * @param {{ session: Session, surgery: Surgery, lens: Lens }} parts
   */
  constructor(view, { session, surgery, lens }) {
    this.#view = view;
    this.#session = session;
    this.#surgery = surgery;
    this.#lens = lens;
    surgery.on('change', () => {
      // Edits do not wait for what they make outdated.
      if (this.#importance?.running) this.#cancel();
      if (surgery.network && this.#blocks.map(({ block }) => block).join() !== residualBlocks(surgery.network).map(({ name }) => name).join()) this.#reset();
    });
    lens.on('selection', (selection) => {
      this.#selection = selection;
      this.update();
    });
    view.blocks.on('choose', (name) => {
      const output = surgery.network?.blocks.find((block) => block.name === name)?.add;
      if (output) lens.navigation.toNode(output.shown);
    });
    view.blocks.on('measure', () => this.#measureImportance());
    view.blocks.on('cancel', () => this.#cancel());
  }

  /** Shows the numbers, and measures the norms of a result that is drawn. */
  update() {
    const selection = this.#selection;
    if (!this.#view.surgery.open || !selection) return;
    this.#show();
    const { answer, isRead } = selection;
    if (answer && isRead && !this.#lens.live && answer !== this.#norms?.answer && answer !== this.#measuring) this.#measureNorms(answer);
  }

  /** Shows the texts in the language in use. */
  rename() {
    this.#collect();
    this.#show();
    this.#view.blocks.rename();
  }

  #reset() {
    this.#norms = null;
    this.#importance = null;
    this.#collect();
    this.#show();
  }

  /** @param {Answer} answer */
  async #measureNorms(answer) {
    this.#measuring = answer;
    this.#failure = '';
    try {
      const list = await this.#session.engine.residualStatistics();
      if (this.#selection?.answer === answer) this.#norms = { answer, byBlock: new Map(list.map((one) => [one.block, one])) };
    } catch (caught) {
      const error = asError(caught);
      if (error.name !== 'AbortError' && error.name !== 'DeviceLost') this.#failure = t('surgery.stripFailed', { reason: error.message });
    }
    if (this.#measuring === answer && this.#norms?.answer === answer) this.#measuring = null;
    this.#collect();
    this.#show();
  }

  async #measureImportance() {
    const answer = this.#selection?.answer;
    const current = this.#selection?.current;
    if (!answer || !current) return;
    const isChosen = current.overlay === 'cam' || current.overlay === 'gradcam';
    const index = isChosen ? current.cam : answer.predictions[0].index;
    const probability = answer.predictions.find((one) => one.index === index)?.probability ?? 0;
    const importance = { answer, index, probability, byBlock: new Map(), running: true };
    this.#importance = importance;
    this.#failure = '';
    this.#collect();
    this.#show();
    this.#view.blocks.showProgress({ done: 0, total: 0 });
    try {
      await this.#session.blockImportance(index, ({ done, total, latest }) => {
        importance.byBlock.set(latest.block, latest);
        this.#view.blocks.showProgress({ done, total });
        this.#collect();
        this.#show();
      });
    } catch (caught) {
      this.#failure = t('surgery.stripFailed', { reason: asError(caught).message });
    }
    importance.running = false;
    this.#view.blocks.endProgress();
    this.#show();
  }

  #cancel() {
    this.#session.engine.cancelImportance().catch(() => {}); // A terminated worker measures nothing.
  }

  /** Makes the rows from what is measured. */
  #collect() {
    const { network } = this.#surgery;
    this.#blocks = network ? residualBlocks(network).map(({ name }) => ({ block: name, norms: this.#norms?.byBlock.get(name) ?? null, importance: this.#importanceOf(name) })) : [];
  }

  /**
   * @param {string} block
   * @returns {BlockNumbers['importance']}
   */
  #importanceOf(block) {
    const found = this.#importance?.byBlock.get(block);
    return found ? { change: found.change, probability: found.probability, best: this.#view.predictions.nameOf(found.top).text } : null;
  }

  #show() {
    const selection = this.#selection;
    if (!this.#view.surgery.open || !selection) return;
    this.#view.blocks.canMeasure = selection.answer !== null && !this.#lens.live;
    this.#view.blocks.show({
      blocks: this.#blocks,
      selected: selection.current.layer.block,
      outdated: this.#importance !== null && this.#importance.answer !== selection.answer,
      message: this.#message(selection),
      explanation: this.#explanation(selection),
    });
  }

  /** @param {Selection} selection */
  #message({ answer }) {
    if (!answer) return t('surgery.stripNoValues');
    if (this.#lens.live) return t('surgery.stripLive');
    if (this.#failure) return this.#failure;
    return this.#norms?.answer === answer ? '' : t('surgery.stripMeasuring');
  }

  /** @param {Selection} selection */
  #explanation({ answer }) {
    if (!this.#importance) return '';
    const { index, probability } = this.#importance;
    const text = t('surgery.importanceExplanation', { name: this.#view.predictions.nameOf(index).text, now: percent(probability) });
    return this.#importance.answer === answer ? text : `${text} ${t('surgery.importanceOutdated')}`;
  }
}
