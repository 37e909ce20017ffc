// @ts-check
// Controller of the guided tour. The step is the key `tour` of the page's address, so each step is a link. A step sets the view; when the
// user then shows something else, the tour is left, and a chip returns to the step.

import { followViewState, readViewState } from '../app/view-state.js';
import { asError } from '../lib/errors.js';
import { onLanguage, t } from '../lib/i18n.js';
import { formatEdits } from '../surgery/edits.js';
import { measure } from './measure.js';
import { answerInPage } from './page-answer.js';
import { isLeft, sceneOf } from './scene.js';
import { textsOf } from './step-texts.js';
import { STEPS, tourStep } from './steps.js';
import { markTarget } from './target.js';

/** @import { LensTour } from '../elements/tour.js' */
/** @import { Session } from '../engine/session.js' */
/** @import { Lens } from '../lens/lens.js' */
/** @import { Selection } from '../lens/selection.js' */
/** @import { Measured } from './measure.js' */
/** @import { SetScene } from './scene.js' */
/** @import { Given, Obstacle } from './step-texts.js' */
/** @import { Step } from './steps.js' */

/**
 * `image`: the file in view, or null. `model`: a text that identifies the model in use.
 * `editNetwork`: opens or closes the controls that edit the network.
 * @typedef {{ session: Session, measured: Measured, element: LensTour, lens: Lens, image: () => Blob | null, model: () => string, editNetwork: (open: boolean) => void }} Parts
 */
/** What answers are about. @typedef {{ image: Blob | 'camera' | null, model: string }} Subject */

/** Interval in milliseconds in which applied edits are looked for. */
const POLL_MS = 40;
/** Nodes that the measurements read are kept under this name. */
const OWNER = 'tour';

export class Tour {
  #parts;
  /** Null before the first network. @type {Selection | null} */
  #selection = null;
  /** @type {Step | null} */
  #step = null;
  /** The latest step: opening the tour returns to it. */
  #latest = STEPS[0];
  /** Null if the network lacks what the step shows. @type {SetScene | null} */
  #scene = null;
  /** @type {Subject} */
  #subject = { image: null, model: '' };
  /** Answers by the id of the step. @type {Map<string, Given>} */
  #given = new Map();
  /** The measurement that runs, as text. */
  #busy = '';
  /** Number of the latest measurement; another one or another step ends it. */
  #runs = 0;
  /** The image that the address names has been classified. */
  #isStarted = false;

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
    const { element, lens } = parts;
    element.on('open', () => this.#enter(this.#latest, { isNew: true }));
    element.on('again', () => this.#enter(this.#latest, { isNew: true }));
    element.on('forget', () => element.hide(null));
    element.on('step', (by) => this.#go(by));
    element.on('leave', () => this.#close());
    element.on('answer', (answer) => this.#answer(answer));
    element.on('check', () => this.#answer(this.#picked() ?? ''));
    lens.on('selection', (selection) => {
      this.#selection = selection;
      // Once the lens has shown all of the change.
      queueMicrotask(() => this.#follow());
    });
    onLanguage(() => this.#show());
  }

  /** Follows the address from now on. */
  start() {
    this.#isStarted = true;
    this.#follow();
  }

  /** Enters, leaves or updates the step in the address. */
  #follow() {
    if (!this.#isStarted || !this.#selection) return;
    const state = readViewState();
    const step = tourStep(state.tour);
    // A bare link to the step in view was opened again.
    const isAgain = step !== null && state.layer === null && this.#scene?.before.layer !== undefined;
    if (step !== this.#step || isAgain) {
      if (step) this.#enter(step, { isNew: false });
      else this.#end(null);
      return;
    }
    if (!step) return;
    const before = this.#subject;
    this.#subject = this.#currentSubject();
    if (before.image !== this.#subject.image || before.model !== this.#subject.model) this.#given.clear();
    if ((this.#scene && isLeft(this.#scene, state)) || (!step.isFree && isTouched(before, this.#subject))) {
      this.#end(STEPS.indexOf(step) + 1);
      followViewState({ tour: null }, null);
      return;
    }
    if (before.model !== this.#subject.model) this.#scene = sceneOf(this.#selection.network, step);
    this.#show();
  }

  /**
   * @param {Step} step
   * @param {{ isNew: boolean }} options `isNew`: it gets an entry in the history
   */
  #enter(step, { isNew }) {
    if (!this.#selection) return;
    this.#endRun();
    const before = this.#subject;
    this.#subject = this.#currentSubject();
    if (before.image !== this.#subject.image || before.model !== this.#subject.model) this.#given.clear();
    this.#step = step;
    this.#latest = step;
    this.#scene = sceneOf(this.#selection.network, step);
    document.documentElement.toggleAttribute('data-touring', true);
    const set = this.#given.get(step.id)?.facts ? this.#scene?.after : this.#scene?.before;
    followViewState({ ...set, tour: step.id }, isNew ? 'view' : null);
    this.#show();
    this.#parts.editNetwork(step.question.kind === 'edit');
    markTarget(step.target);
    this.#parts.element.focusStep();
  }

  /** @param {number} by */
  #go(by) {
    const next = this.#step && STEPS[STEPS.indexOf(this.#step) + by];
    if (next) this.#enter(next, { isNew: true });
    else this.#close();
  }

  /** Ends the tour; the network is as it was loaded. */
  #close() {
    const edit = this.#step?.isFree ? {} : { edit: '' };
    this.#end(null);
    followViewState({ ...edit, tour: null }, 'view');
  }

  /** @param {number | null} chip number of the step that a chip returns to */
  #end(chip) {
    const { element, lens } = this.#parts;
    const hadFocus = element.hasFocus;
    this.#step = null;
    this.#endRun();
    lens.observe([], OWNER).catch(() => {}); // The next drawing reports what fails.
    document.documentElement.toggleAttribute('data-touring', false);
    markTarget(null);
    element.hide(chip);
    if (hadFocus) element.focusOpener();
  }

  /** @param {string} answer */
  async #answer(answer) {
    const step = this.#step;
    if (!step || !this.#selection || this.#obstacle(this.#selection)) return;
    const known = this.#given.get(step.id)?.facts;
    // The facts of a choice do not depend on it; those of an answer in the page do.
    const given = { answer, facts: known && step.question.kind !== 'edit' && step.question.kind !== 'class' ? known : null };
    this.#given.set(step.id, given);
    if (this.#scene && step.reveal) followViewState(this.#scene.after, null);
    this.#endRun();
    if (!given.facts) await this.#measure(step, given);
    this.#show();
    // What the answer reveals may have moved it.
    if (step.reveal && step === this.#step) markTarget(step.target);
  }

  /**
   * @param {Step} step
   * @param {Given} given gets the facts
   */
  async #measure(step, given) {
    const { lens, measured, session } = this.#parts;
    if (!this.#selection?.answer) return;
    this.#runs += 1;
    const run = this.#runs;
    const isCurrent = () => run === this.#runs;
    this.#busy = t('tour.measuring');
    this.#show();
    try {
      await this.#editsApplied(isCurrent);
      const selection = this.#selection;
      if (!isCurrent() || !selection.answer) return;
      given.facts = await measure(step.question.check, {
        session,
        ...measured,
        isCurrent,
        network: selection.network,
        side: selection.side,
        predictions: selection.answer.predictions,
        state: readViewState(),
        observe: (nodes) => lens.observe(nodes, OWNER),
        onProgress: (done, total) => {
          if (isCurrent()) this.#busy = t('tour.measuringBlocks', { done: String(done), total: String(total) });
          this.#show();
          return isCurrent();
        },
      });
    } catch (error) {
      if (asError(error).name !== 'AbortError') lens.emit('error', asError(error));
    }
    if (isCurrent()) this.#busy = '';
  }

  /**
   * Waits until the result in view is that of the edits in the address.
   * @param {() => boolean} isCurrent
   */
  async #editsApplied(isCurrent) {
    const { lens } = this.#parts;
    while (isCurrent() && formatEdits(lens.edits) !== readViewState().edit) {
      await new Promise((resolve) => { setTimeout(resolve, POLL_MS); });
    }
  }

  #endRun() {
    this.#runs += 1;
    this.#busy = '';
  }

  #show() {
    if (!this.#step || !this.#selection) return;
    this.#parts.element.show(textsOf(this.#step, {
      selection: this.#selection,
      obstacle: this.#obstacle(this.#selection),
      picked: this.#picked(),
      given: this.#given.get(this.#step.id) ?? null,
      busy: this.#busy,
    }));
  }

  /**
   * @param {Selection} selection
   * @returns {Obstacle | null}
   */
  #obstacle({ answer }) {
    if (!this.#scene) return 'network';
    if (!answer) return 'image';
    return this.#parts.lens.live ? 'live' : null;
  }

  #picked() {
    return this.#step && this.#selection && answerInPage(this.#step.question.kind, this.#selection);
  }

  /** @returns {Subject} */
  #currentSubject() {
    const { image, model } = this.#parts;
    return { image: image() ?? (this.#selection?.answer ? 'camera' : null), model: model() };
  }
}

/**
 * The user shows another image or uses another model. A photo that is taken with the camera is no other image.
 * @param {Subject} before
 * @param {Subject} after
 */
function isTouched(before, after) {
  return before.model !== after.model || (before.image instanceof Blob && after.image !== null && before.image !== after.image);
}
