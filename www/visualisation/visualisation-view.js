// @ts-check
// Controller of the visualisation: starts it for the selected channel, shows the image while it is computed, and ends it when something
// else is selected. Its seed is the key `visualise` of the page's address.

import { LARGEST_SEED, followViewState, readViewState, writeViewState } from '../app/view-state.js';
import { figureFileName } from '../figures/file-name.js';
import { asError, messageOf } from '../lib/errors.js';
import { onLanguage, t } from '../lib/i18n.js';
import { saveFile } from '../lib/save-file.js';
import { formatEdits } from '../surgery/edits.js';
import { STEPS } from './ascent.js';
import { activationText, targetOf } from './target.js';

/** @import { LensVisualisation } from '../elements/visualisation.js' */
/** @import { PageElements } from '../app/elements.js' */
/** @import { ViewState } from '../app/view-state.js' */
/** @import { Session } from '../engine/session.js' */
/** @import { Lens } from '../lens/lens.js' */
/** @import { Selection } from '../lens/selection.js' */
/** @import { Network } from '../network/network.js' */
/** @import { VisualisationProgress } from '../pkg/resnet_lens.js' */
/** @import { Ascent } from './ascent.js' */
/** @import { Target } from './target.js' */

/**
 * `edits`: those of the network, as text. `progress`: null before the seed image.
 * @typedef {object} Run
 * @property {Network} network
 * @property {string} edits
 * @property {Target} target
 * @property {number} seed
 * @property {'running' | 'stopped' | 'done' | 'failed'} state
 * @property {VisualisationProgress | null} progress
 * @property {string} failure
 */

/** The seed of the first image. */
const FIRST_SEED = 1;
/** The device is lost or the engine restarts. */
const INTERRUPTIONS = new Set(['AbortError', 'DeviceLost']);

export class VisualisationView {
  #view;
  #session;
  #lens;
  #ascent;
  /** @type {Selection | null} */
  #selection = null;
  /** The latest one for the selection. @type {Run | null} */
  #run = null;

  /**
   * @param {Pick<PageElements, 'channelVisualisation' | 'classVisualisation' | 'ending' | 'inspector' | 'predictions'>} view
   * @param {{ session: Session, lens: Lens, ascent: Ascent }} parts
   */
  constructor(view, { session, lens, ascent }) {
    this.#view = view;
    this.#session = session;
    this.#lens = lens;
    this.#ascent = ascent;
    lens.on('selection', (selection) => {
      this.#selection = selection;
      this.#update();
    });
    lens.on('edits', () => this.#update());
    view.inspector.on('dismiss', () => this.#close());
    for (const element of [view.channelVisualisation, view.classVisualisation]) {
      element.on('start', () => this.#request(FIRST_SEED));
      element.on('another', () => this.#request(((this.#run?.seed ?? 0) + 1) % (LARGEST_SEED + 1)));
      element.on('stop', () => this.#stop());
      element.on('dismiss', () => this.#close());
      element.on('save', (image) => this.#save(image));
    }
    onLanguage(() => this.#show());
  }

  /** What is computed for the selection, and how far; null: nothing. */
  get computed() {
    return this.#run && { target: this.#run.target, progress: this.#run.progress };
  }

  /** Starts or ends what the selection and the address describe. */
  #update() {
    const selection = this.#selection;
    if (!selection) return;
    const target = targetOf(selection.current);
    // The address still has the visualisation of a network that was replaced.
    if (this.#run && this.#run.network !== selection.network) this.#end();
    if (this.#run && !isOf(this.#run, selection, target)) this.#run = null;
    const { visualise } = selection.current;
    if (visualise !== null && visualise !== this.#run?.seed && target && areEditsApplied(selection) && isChosen(selection, target)) this.#start(selection, target, visualise);
    this.#show();
  }

  /**
   * The user asks for an image.
   * @param {number} seed
   */
  #request(seed) {
    const target = this.#selection && targetOf(this.#selection.current);
    if (target) followViewState({ ...channelOf(target), visualise: seed }, null);
  }

  /**
   * @param {Selection} selection
   * @param {Target} target
   * @param {number} seed
   */
  async #start({ network, edits }, target, seed) {
    /** @type {Run} */
    const run = { network, edits: formatEdits(edits), target, seed, state: 'running', progress: null, failure: '' };
    this.#run = run;
    // The order of the channels depends on the image, so the address names the one that is selected now.
    const named = channelOf(target);
    const state = readViewState();
    if (state.channel !== (named.channel ?? state.channel) || state.class !== (named.class ?? state.class)) followViewState({ ...named, visualise: seed }, null);
    try {
      await this.#ascent.run({ node: target.node, channel: target.channel, seed }, {
        isWanted: () => run === this.#run && run.state === 'running',
        onProgress: (progress) => {
          run.progress = progress;
          if (run === this.#run) this.#show();
        },
      });
      if (run.state === 'running') run.state = 'done';
    } catch (caught) {
      const error = asError(caught);
      if (run !== this.#run) return;
      if (INTERRUPTIONS.has(error.name) || this.#isSuperseded(run)) this.#end();
      else {
        run.state = 'failed';
        run.failure = messageOf(error);
      }
    }
    this.#show();
  }

  /**
   * Another network or other edits are in use, or about to be: what the engine reports then is no failure.
   * @param {Run} run
   */
  #isSuperseded({ network, edits }) {
    return this.#lens.network !== network || readViewState().edit !== edits;
  }

  #stop() {
    if (this.#run?.state === 'running') this.#run.state = 'stopped';
    this.#show();
  }

  /** Ends the visualisation and removes it from the page and from the address. */
  #end() {
    this.#run = null;
    if (readViewState().visualise !== null) writeViewState({ visualise: null }, null);
  }

  #close() {
    if (!this.#run) return;
    this.#end();
    this.#show();
  }

  /** @param {Blob} image */
  async #save(image) {
    const run = this.#run;
    if (!run) return;
    const { target: { node, channel }, seed } = run;
    const model = await this.#session.engine.model().catch(() => null);
    saveFile(image, `${figureFileName([model?.name ?? '', node, `channel-${channel}`, `visualisation-seed-${seed}`])}.png`);
  }

  #show() {
    const selection = this.#selection;
    if (!selection) return;
    const { channelVisualisation, classVisualisation, ending } = this.#view;
    const target = targetOf(selection.current);
    const shown = ending.hidden ? channelVisualisation : classVisualisation;
    for (const element of [channelVisualisation, classVisualisation]) {
      const isShown = element === shown && target !== null;
      if (element.hidden === isShown) element.hidden = !isShown;
      if (isShown) element.show(this.#describe(target, this.#run));
    }
  }

  /**
   * @param {Target} target
   * @param {Run | null} run
   * @returns {Parameters<LensVisualisation['show']>[0]}
   */
  #describe(target, run) {
    const channel = String(target.channel);
    const name = target.isClass ? this.#view.predictions.nameOf(target.channel).text : '';
    const question = target.isClass ? t('visualise.class', { name }) : t('visualise.channel', { channel });
    if (!run) return { question, image: null };
    const { progress, state, seed, failure } = run;
    return {
      question,
      image: {
        title: target.isClass ? t('visualise.maximisedClass', { name }) : t('visualise.maximised', { channel }),
        pixels: progress?.pixels ?? null,
        step: progress?.step ?? 0,
        steps: STEPS,
        position: t('visualise.position', { step: progress?.step ?? 0, steps: STEPS, seed: String(seed) }),
        numbers: progress ? activationText(target, progress) : '',
        message: state === 'failed' ? t('visualise.failed', { reason: failure }) : t(`visualise.state.${state}`),
        isRunning: state === 'running',
      },
    };
  }
}

/**
 * @param {Run} run
 * @param {Selection} selection
 * @param {Target | null} target
 */
function isOf({ edits, target: { node, channel, isClass } }, selection, target) {
  return target?.node === node && target.channel === channel && target.isClass === isClass && edits === formatEdits(selection.edits);
}

/**
 * The network in use has the edits of the address.
 * @param {Selection} selection
 */
const areEditsApplied = ({ edits, current: { edit } }) => formatEdits(edits) === edit;

/**
 * The target stays the same: without a channel in the address it is the first one, once their order by the image's values is known.
 * @param {Selection} selection
 * @param {Target} target
 */
const isChosen = ({ answer, isOrdered }, { isClass }) => isClass || answer === null || isOrdered || readViewState().channel !== null;

/**
 * The key of the address that selects a target.
 * @param {Target} target
 * @returns {Pick<Partial<ViewState>, 'channel' | 'class'>}
 */
const channelOf = ({ channel, isClass }) => (isClass ? { class: channel } : { channel });
