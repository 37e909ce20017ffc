// @ts-check
// Controller of the page: connects session, images, models, live view and lens. It has no knowledge of any network; everything shown
// comes from the model's description.

import { Session } from '../engine/session.js';
import { Tuner } from '../engine/tuner.js';
import { DropPaste } from '../images/drop-paste.js';
import { GivenImages } from '../images/given-images.js';
import { ImageController } from '../images/image-controller.js';
import { imageSourceOf } from '../images/image-source.js';
import { Lens } from '../lens/lens.js';
import { Presentation } from '../lens/presentation.js';
import { findAll } from '../lib/dom.js';
import { asError } from '../lib/errors.js';
import { setIfChanged } from '../lib/set-if-changed.js';
import { LiveView } from '../live/live-view.js';
import { STARTER, readCatalog } from '../models/catalog.js';
import { prepareWithProgress } from '../models/model-progress.js';
import { describeModel, modelSourceOf } from '../models/model-source.js';
import { languageError } from './class-names.js';
import { embeddedImageError } from './embedded-image.js';
import { errorMessageOf, settingsMessage, storageFullMessage, unknownLayerMessage } from './error-messages.js';
import { PageState } from './page-state.js';
import { Shortcuts } from './shortcuts.js';
import { UrlHistory, readSettings, readUrl } from './url-state.js';
import { viewStateErrors } from './view-state.js';

/** @import { PreparedModelInfo } from '../engine/worker-api.js' */
/** @import { ImageSource } from '../images/image-source.js' */
/** @import { ModelSource } from '../models/model-source.js' */
/** @import { ModelCard } from '../pkg/resnet_lens.js' */
/** @import { PageElements } from './elements.js' */
/** @import { Action, Activity } from './error-messages.js' */
/** @import { State } from './page-state.js' */
/** @import { UrlChanges, UrlState } from './url-state.js' */

export class App {
  session = new Session();
  /** @type {Lens} */
  lens;
  /** @type {ImageController} */
  images;
  #view;
  #root = document.documentElement;
  #engineButtons = findAll(document, '[data-needs-engine]', HTMLButtonElement);
  #state = new PageState(this.#root);
  #history = new UrlHistory();
  #tuner = new Tuner(this.session, readSettings().tune);
  #live;
  #given;
  /** The model in use, enough to load it again. @type {(ModelSource & PreparedModelInfo) | null} */
  model = null;
  /** The model that was requested last, for another attempt. @type {Blob | string | null} */
  #wantedModel = null;
  /** Sentence about a layer in the URL that the first network does not have. @type {string[]} */
  #unknownLayer = [];
  /** Settled when the engine runs, or cannot. @type {Promise<void>} */
  #opened;
  /** Resolves when a model is in use and the URL's image, if it names one, is classified. @type {Promise<void>} */
  ready;

  /** @param {PageElements} view */
  constructor(view) {
    this.#view = view;
    this.lens = new Lens(this.session, view);
    this.images = new ImageController({ session: this.session, view, state: this.#state, lens: this.lens });
    this.#live = new LiveView({
      session: this.session,
      controls: view.live,
      opened: () => this.#opened,
      top: view.predictions.most,
      show: (frame) => {
        this.lens.live = this.#live.running;
        return this.images.showFrame(frame);
      },
    });
    this.#given = new GivenImages({
      session: this.session,
      view,
      state: this.#state,
      images: this.images,
      live: this.#live,
      lens: this.lens,
      history: this.#history,
      attempt: (work) => this.#attempt('image', work).catch(ignore),
    });
    this.#listen();
    this.#addShortcuts();
    this.#opened = this.#open();
    this.ready = this.#getReady();
    // Failures are shown by the page; callers of the API still get the rejections.
    this.#opened.catch(() => {});
    this.ready.catch(() => {});
  }

  // Images.

  /**
   * Classifies an image for the API; rejects if that fails.
   * @param {Blob | URL | string} given
   * @param {number} top
   */
  classify(given, top) {
    this.#state.clear();
    return this.#attempt('image', async () => (await this.images.classify(imageSourceOf(given), { top })).result);
  }

  // Models.

  /**
   * Loads a model for the API; rejects if that fails.
   * @param {Blob | URL | string} given
   * @param {ModelCard | null} card
   */
  loadModel(given, card) {
    this.#state.clear();
    return this.#attempt('model', () => this.#load(modelSourceOf(given), { card }));
  }

  /**
   * Loads a model that the user chooses.
   * @param {Blob | string} given
   * @param {{ record?: boolean, reclassify?: boolean }} [options] `record`: write it to the URL
   */
  async #useModel(given, { record = true, reclassify = true } = {}) {
    this.#state.clear();
    await this.#attempt('model', async () => {
      this.#wantedModel = given;
      await this.#load(modelSourceOf(given), { reclassify });
      if (record) this.#history.write({ model: this.model?.address ?? null });
    }).catch(ignore);
  }

  /**
   * Loads a model, shows it, and classifies the image in view. The current model stays in use until then.
   * @param {ModelSource} source
   * @param {{ card?: ModelCard | null, reclassify?: boolean }} [options]
   */
  #load(source, { card = null, reclassify = true } = {}) {
    const { engine } = this.session;
    return this.#state.during('loading', async () => {
      const wanted = await describeModel(source, card);
      const prepared = await prepareWithProgress(this.session, wanted, this.#view);
      this.lens.forgetNetwork();
      const info = await engine.switchModel(prepared.number);
      const model = { ...source, ...prepared };
      this.model = model;
      this.#view.models.show(model);
      const labels = await engine.labels();
      this.#view.predictions.showLabels(labels);
      this.#view.facts.show(info, model);
      this.#view.facts.showClasses(labels, model.card);
      const timings = await engine.timings();
      if (timings) this.#view.timings.show(timings);
      const nodes = await engine.layers();
      await this.lens.showNetwork(nodes, info.input[2]);
      this.#given.forgetResults();
      if (model.full) this.#state.show(storageFullMessage(model.name));
      const { current } = this.images;
      if (reclassify && current) await this.#classifyAgain(current);
      return info;
    });
  }

  /** @param {ImageSource} image */
  async #classifyAgain(image) {
    await this.images.classify(image).then(() => this.#given.record(), (error) => this.#report(asError(error), 'image'));
  }

  /** Lists models; without an engine it is unknown which are cached. */
  async #listModels() {
    try {
      this.#view.models.offer(await readCatalog(), await this.session.engine.cachedModels().catch(() => []));
    } catch (error) {
      this.#view.models.showError(errorMessageOf(asError(error), 'model').sentence);
    } finally {
      this.#view.models.busy = false;
    }
  }

  /** The model before a restart, or else that of the URL, or else the starter. */
  async #loadFirstModel() {
    try {
      this.#wantedModel = readUrl().model ?? STARTER;
      await this.#load(this.model ?? modelSourceOf(this.#wantedModel), { card: this.model?.card ?? null, reclassify: false });
    } catch (failure) {
      const note = await this.#load(modelSourceOf(STARTER), { reclassify: false }).then(() => 'The starter model is in use instead.', () => null);
      this.#report(asError(failure), 'model', note);
    }
  }

  // Opening.

  /** Opens the GPU and loads a model. Rejects without an engine, but not without a model. */
  async #open() {
    try {
      const adapter = await this.session.open();
      await this.lens.attach(adapter);
      this.#view.adapter.show(adapter);
      this.#view.timings.warnOf(adapter);
      const refused = await this.#configure();
      this.#live.software = adapter.software;
      await this.#loadFirstModel();
      if (refused.length) this.#state.show(settingsMessage([...refused.map(({ message }) => message), ...this.#unknownLayer]));
    } catch (error) {
      this.#view.adapter.show(null);
      this.#report(asError(error), 'open');
      throw error;
    } finally {
      this.#state.opened();
    }
  }

  /** Applies the settings of the URL; resolves to the errors of invalid ones. */
  async #configure() {
    const { precision } = readSettings();
    await this.#tuner.restore();
    const refused = precision ? await this.session.engine.setPrecision(precision).then(() => null, asError) : null;
    return [refused, this.#tuner.error, languageError(), embeddedImageError(location.hash), ...viewStateErrors(location.hash)].filter((error) => error !== null);
  }

  async #getReady() {
    await this.#opened;
    if (!this.model) throw new Error('No model could be loaded.');
    if (readSettings().tune === 'now') this.#tune();
    const { image } = readUrl();
    if (image) await this.#given.use(image, { record: false });
  }

  /** After a lost device or a crash: starts a new worker with the same model and image. */
  async #restart() {
    this.#state.reset();
    this.#opened = this.#open();
    const { current } = this.images;
    if (current) await this.#attempt('image', () => this.images.classify(current)).catch(ignore);
  }

  /** Measures algorithms while no call is expected. */
  async #tune() {
    const { adapter, engine } = this.session;
    if (!adapter) return;
    const isIdle = () => this.#state.name === 'ready' && !document.hidden && !this.#live.running;
    // A lost device is reported by the next call that the user waits for.
    const complete = await this.#tuner.run(adapter, isIdle).catch(() => false);
    const info = complete ? await engine.model().catch(() => undefined) : undefined;
    if (info && this.model) this.#view.facts.show(info, this.model);
  }

  // Errors and state.

  /**
   * Runs `work` once the engine is open. A failure is shown and rethrown.
   * @template T
   * @param {Activity} activity
   * @param {() => Promise<T>} work
   */
  async #attempt(activity, work) {
    try {
      await this.#opened;
      return await work();
    } catch (error) {
      this.#report(asError(error), activity);
      throw error;
    }
  }

  /**
   * Shows an error once.
   * @param {import('../lib/errors.js').NamedError} error
   * @param {Activity} activity
   * @param {string | null} [note]
   */
  #report(error, activity, note = null) {
    if (error.shown || error.name === 'AbortError') return;
    error.shown = true;
    const message = errorMessageOf(error, activity);
    const actions = message.actions.filter((action) => action !== 'starter' || this.model?.id !== STARTER);
    this.#state.show({ ...message, actions, note });
  }

  /** @param {State} state */
  #showState({ state, message, late }) {
    this.#view.alert.show(message);
    this.images.setLate(late);
    if (late || state !== 'busy') this.#view.status.show(state);
    const disabled = Boolean(message?.fatal);
    for (const button of this.#engineButtons) setIfChanged(button, { disabled });
    this.#view.timings.canRepeat = Boolean(this.images.current) && !disabled;
    setIfChanged(/** @type {HTMLElement} */ (this.#view.predictions), { ariaBusy: String(late) });
  }

  // Events.

  #listen() {
    const { alert, facts, models, predictions, source, status, timings } = this.#view;
    this.#state.on('change', (state) => this.#showState(state));
    this.lens.on('unknown-layer', (name) => {
      const message = unknownLayerMessage(name);
      this.#unknownLayer = [message.sentence];
      this.#state.show(message);
    });
    this.lens.on('error', (error) => this.#report(error, 'lens'));
    this.images.on('classified', () => this.#tune());
    this.#live.on('open', () => this.#state.clear());
    this.#live.on('freeze', (frozen) => this.lens.freeze(frozen));
    this.#live.on('message', (message) => this.#state.show(message));
    this.#live.on('failure', (error) => this.#report(error, 'image'));
    this.#live.on('keep', (frame) => {
      this.lens.live = false;
      this.images.show({ ...frame, address: null });
      this.#given.record();
    });
    alert.on('action', (action) => this.#run(action));
    alert.on('dismiss', () => this.#state.clear());
    facts.on('open-model', () => models.chooseFile());
    models.on('choose', (given) => this.#useModel(given));
    models.on('list', () => this.#listModels());
    models.on('clear-cache', async () => {
      await this.session.engine.clearModelCache().catch((error) => this.#report(asError(error), 'model'));
      await this.#listModels();
    });
    predictions.on('language', (lang) => {
      this.#history.write({ lang });
      this.#rename();
    });
    source.on('choose', (given) => this.#given.use(given));
    source.on('several', (files) => this.#given.useSeveral(files));
    status.on('cancel-download', () => this.#cancel());
    timings.on('repeat', () => {
      this.#state.clear();
      this.#given.repeat();
    });
    const dropPaste = new DropPaste(this.#root);
    dropPaste.on('image', (given) => this.#given.use(given));
    dropPaste.on('images', (files) => this.#given.useSeveral(files));
    dropPaste.on('model', (given) => this.#useModel(given));
    this.#history.onNavigate((state, changed) => this.#navigate(state, changed));
  }

  #addShortcuts() {
    const presentation = new Presentation(this.#view.presentation, this.lens.navigation);
    const shortcuts = this.lens.addShortcuts(new Shortcuts())
      .add('f', 'Freeze / resume', () => this.#live.toggle())
      .add('n', 'Next frame, while frozen', () => this.#live.step())
      .add('p', 'Present the channel or the layer', () => presentation.toggle())
      .add('?', 'Show shortcuts', () => this.#view.help.open());
    this.#view.help.show(shortcuts);
  }

  /** @param {Action} action */
  #run(action) {
    switch (action) {
      case 'image': return this.#view.source.chooseFile();
      case 'camera': return this.#live.openCamera();
      case 'again': return this.#live.again();
      case 'model': return this.#view.models.chooseFile();
      case 'retry': return this.#useModel(this.#wantedModel ?? STARTER);
      case 'starter': return this.#useModel(STARTER);
      case 'restart': return this.#restart();
      case 'reload': return location.reload();
    }
  }

  /**
   * The user goes back or forward.
   * @param {UrlState} state
   * @param {UrlChanges} changed
   */
  async #navigate({ model, image }, changed) {
    if (changed.lang) this.#rename();
    if (changed.model) await this.#useModel(model ?? STARTER, { record: false, reclassify: !changed.image });
    if (changed.image) await this.#given.navigate(image);
  }

  /** Aborts downloads. */
  #cancel() {
    this.images.cancel();
    this.session.engine.cancelModel().catch(ignore); // Without a worker there is nothing to abort.
  }

  /** Updates class names after a change of the language. */
  #rename() {
    this.#view.predictions.rename();
    this.#view.facts.rename();
    this.lens.rename();
  }
}

/** For failures that are shown already. */
const ignore = () => {};
