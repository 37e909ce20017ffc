// @ts-check
// Controller of the edits. The page's URL stores them; the engine gets the latest ones, one call at a time, and the result is shown like
// that of a new image.

import { settingsMessage } from '../app/error-messages.js';
import { onViewStateChange, readViewState, writeViewState } from '../app/view-state.js';
import { asError } from '../lib/errors.js';
import { Emitter } from '../lib/emitter.js';
import { EditHistory } from './edit-history.js';
import { formatEdits, parseEdits } from './edits.js';
import { fitEdits } from './fit.js';

/** @import { Step } from '../app/entry-state.js' */
/** @import { Activity } from '../app/error-messages.js' */
/** @import { PageState } from '../app/page-state.js' */
/** @import { Session } from '../engine/session.js' */
/** @import { GivenImages } from '../images/given-images.js' */
/** @import { ImageController } from '../images/image-controller.js' */
/** @import { Lens } from '../lens/lens.js' */
/** @import { LiveText } from '../lib/i18n.js' */
/** @import { LiveView } from '../live/live-view.js' */
/** @import { Network } from '../network/network.js' */
/** @import { Edit } from './edits.js' */

/**
 * @typedef {object} SurgeryParts
 * @property {Session} session
 * @property {PageState} state
 * @property {Lens} lens
 * @property {ImageController} images
 * @property {GivenImages} given
 * @property {LiveView} live
 * @property {number} top number of classes
 * @property {<T>(work: () => Promise<T>) => Promise<T>} run repeats work that a lost device interrupted
 * @property {(error: Error, activity: Activity) => void} report shows an error
 */

/** `change`: the edits in the URL or those of the network in use have changed, or another network is in use. @extends {Emitter<{ change: void }>} */
export class Surgery extends Emitter {
  #parts;
  #history = new EditHistory();
  /** The network as loaded, or null. @type {Network | null} */
  #network = null;
  /** The edits that the engine uses, as text. */
  #applied = '';
  #applying = false;
  /** Number of changes of the model in progress: the edits are applied when they end. */
  #holds = 0;
  /** The gesture of the latest edit. @type {number | null} */
  #gesture = null;
  /** Sentences about edits in the URL that were left out. @type {LiveText[]} */
  errors = [];

  /** @param {SurgeryParts} parts */
  constructor(parts) {
    super();
    this.#parts = parts;
    onViewStateChange(() => this.#follow());
  }

  /** The edits that the user wants. @returns {Edit[]} */
  get edits() {
    return parseEdits(this.#history.present).edits;
  }

  /** The network as loaded, or null. */
  get network() {
    return this.#network;
  }

  get canUndo() {
    return this.#history.canUndo;
  }

  get canRedo() {
    return this.#history.canRedo;
  }

  /**
   * The user edits the network.
   * @param {(edits: Edit[]) => Edit[]} change
   * @param {number | null} [gesture] changes of the same gesture, such as dragging a slider, are one step
   */
  edit(change, gesture = null) {
    if (!this.#network) return;
    const isContinued = gesture !== null && gesture === this.#gesture;
    this.#history.edit(formatEdits(change(this.edits)), { merge: isContinued });
    this.#gesture = gesture;
    this.#write(gesture === null ? 'view' : `gesture ${gesture}`);
  }

  undo() {
    this.#history.undo();
    this.#gesture = null;
    this.#write('view');
  }

  redo() {
    this.#history.redo();
    this.#gesture = null;
    this.#write('view');
  }

  /** The engine restarts: edits wait for `networkReplaced`. */
  forgetNetwork() {
    this.#network = null;
  }

  /** Another network is in use: applies those edits of the URL that fit it. */
  async networkReplaced() {
    const { network } = this.#parts.lens;
    this.#network = network;
    this.#applied = '';
    if (!network) return;
    const before = this.#history.present;
    const text = this.#read(network);
    if (text !== before) this.#history.reset(text);
    this.emit('change');
    // What is in view is classified afterwards, so nothing is shown here.
    await this.#operate(text).catch((error) => {
      if (!isRefusal(error)) throw error;
      this.#refuse(text, error);
    });
  }

  /**
   * The model is being changed: the edits of the URL are those of the new one.
   * @template T
   * @param {() => Promise<T>} work
   */
  async hold(work) {
    this.#holds += 1;
    try {
      return await work();
    } finally {
      this.#holds -= 1;
      this.#follow();
    }
  }

  /** Shows the sentences about edits that were left out. */
  reportErrors() {
    const { errors } = this;
    if (errors.length > 0) this.#parts.state.show(() => settingsMessage(errors));
    this.errors = [];
  }

  /** The user goes back or forward, or edits the address. */
  #follow() {
    if (!this.#network || this.#holds > 0) return;
    const text = this.#read(this.#network);
    this.reportErrors();
    if (text === this.#history.present && text === this.#applied) return;
    this.#history.follow(text);
    this.#gesture = null;
    this.#update();
  }

  /**
   * The edits of the URL as text. Those that are invalid or do not fit are removed from it.
   * @param {Network} network
   */
  #read(network) {
    const { edit } = readViewState();
    const parsed = parseEdits(edit);
    const { fitting, errors } = fitEdits(network, parsed.edits);
    this.errors = [...parsed.errors, ...errors];
    const text = formatEdits(fitting);
    if (text !== edit) writeViewState({ edit: text }, null);
    return text;
  }

  /** @param {Step} step */
  #write(step) {
    this.#parts.state.clear();
    writeViewState({ edit: this.#history.present }, step);
    this.#update();
  }

  #update() {
    this.emit('change');
    if (!this.#applying) this.#apply();
  }

  /** Applies the latest edits until there are no newer ones. */
  async #apply() {
    this.#applying = true;
    while (this.#network && this.#holds === 0 && this.#history.present !== this.#applied) {
      const text = this.#history.present;
      await this.#parts.state.during('busy', () => this.#parts.run(() => this.#show(text))).catch((error) => this.#refuse(text, error));
    }
    this.#applying = false;
  }

  /**
   * Applies edits and shows what the network computes then.
   * @param {string} text
   */
  async #show(text) {
    const { images, given, live } = this.#parts;
    const result = await this.#operate(text);
    if (result && images.current) {
      images.showResult(result);
      given.record();
    } else live.repeat();
  }

  /**
   * Has the engine use edits; resolves to the result of the latest image.
   * @param {string} text
   */
  async #operate(text) {
    const { session, lens, top } = this.#parts;
    if (text === this.#applied) {
      this.#showApplied(text);
      return;
    }
    const network = this.#network;
    const result = await session.engine.operate(text.split(',').filter(Boolean), top);
    if (network !== this.#network) return;
    const isReshaped = strideIn(text) !== strideIn(this.#applied);
    this.#applied = text;
    if (isReshaped) await lens.reshape(await session.engine.layers());
    this.#showApplied(text);
    return result;
  }

  /** @param {string} text */
  #showApplied(text) {
    this.#parts.lens.showEdits(parseEdits(text).edits);
    this.emit('change');
  }

  /**
   * Edits that the engine does not accept are left out: those before are in use.
   * @param {string} text
   * @param {unknown} caught
   */
  #refuse(text, caught) {
    const error = asError(caught);
    this.#parts.report(error, 'lens');
    if (text !== this.#history.present) return;
    this.#history.reset(this.#applied);
    writeViewState({ edit: this.#applied }, null);
    this.emit('change');
  }
}

/**
 * The edits do not fit the network. Other errors are those of the device.
 * @param {unknown} error
 */
const isRefusal = (error) => asError(error).name === 'StateError';

/** @param {string} text */
const strideIn = (text) => /\bstride:\w+/.exec(text)?.[0];
