// @ts-check
// Controller of the page: connects session, images, models, live view and lens. It has no knowledge of any network; everything shown
// comes from the model's description.

import { Tuner } from '../engine/tuner.js';
import { GradientView } from '../gradient/gradient-view.js';
import { DropPaste } from '../images/drop-paste.js';
import { GivenImages } from '../images/given-images.js';
import { ImageController } from '../images/image-controller.js';
import { imageSourceOf } from '../images/image-source.js';
import { Lens } from '../lens/lens.js';
import { Presentation } from '../lens/presentation.js';
import { findAll } from '../lib/dom.js';
import { asError, textError } from '../lib/errors.js';
import { onLanguage, t } from '../lib/i18n.js';
import { setIfChanged } from '../lib/set-if-changed.js';
import { LiveView } from '../live/live-view.js';
import { STARTER } from '../models/catalog.js';
import { ModelChoice } from '../models/model-choice.js';
import { ModelController } from '../models/model-controller.js';
import { modelSourceOf } from '../models/model-source.js';
import { ReferenceModel } from '../models/reference-model.js';
import { addSurgery } from '../surgery/add-surgery.js';
import { deviceError } from './device-setting.js';
import { embeddedImageError } from './embedded-image.js';
import { openEngine, session } from './engine.js';
import { errorMessageOf, sentenceOf, settingsMessage, unknownLayerMessage } from './error-messages.js';
import { followUrl, languageError } from './language.js';
import { PageState } from './page-state.js';
import { Recovery } from './recovery.js';
import { Shortcuts } from './shortcuts.js';
import { UrlHistory, readSettings, readUrl } from './url-state.js';
import { viewStateErrors } from './view-state.js';

/** @import { ModelCard } from '../pkg/resnet_lens.js' */
/** @import { PageElements } from './elements.js' */
/** @import { Action, Activity } from './error-messages.js' */
/** @import { LiveText } from '../lib/i18n.js' */
/** @import { State } from './page-state.js' */
/** @import { UrlChanges, UrlState } from './url-state.js' */

export class App {
  session = session;
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
  #models;
  #choice;
  #reference;
  #surgery;
  #recovery;
  /** Sentence about a layer in the URL that the first network does not have. @type {LiveText[]} */
  #unknownLayer = [];
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
      opened: () => this.#recovery.opened,
      run: (work) => this.run(work),
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
      run: (work) => this.run(work),
    });
    this.#models = new ModelController({
      session: this.session,
      view,
      state: this.#state,
      lens: this.lens,
      replaced: (isRestart) => {
        if (!isRestart) this.#given.forgetResults();
        return this.#surgery.networkReplaced();
      },
      showAgain: () => this.#showAgain(),
      report: (error, activity, note) => this.#report(error, activity, note),
    });
    this.#reference = new ReferenceModel({
      session: this.session,
      view,
      state: this.#state,
      comparison: this.lens.comparison,
      report: (error) => this.#report(error, 'model'),
    });
    this.#choice = new ModelChoice({
      view,
      models: this.#models,
      state: this.#state,
      history: this.#history,
      attempt: (work) => this.#attempt('model', work).then(ignore, ignore),
      loaded: () => this.#surgery.reportErrors(),
    });
    this.#listen();
    // After `#listen`: of a step in the history, the change of the model comes first.
    const { lens, images, session } = this;
    this.#surgery = addSurgery(view, { session, state: this.#state, lens, images, given: this.#given, live: this.#live, run: (work) => this.run(work), report: (error, activity) => this.#report(error, activity) });
    this.gradient = new GradientView(view, { session, lens });
    this.#addShortcuts();
    this.#recovery = new Recovery({
      open: () => this.#open(),
      restarting: () => {
        this.#state.reset();
        this.lens.forgetNetwork();
        this.#reference.forget();
        this.#surgery.forgetNetwork();
        view.status.showMessage(() => t('status.restarting'));
      },
      failed: (error) => {
        view.adapter.show(null);
        this.#report(error, 'open');
      },
      ended: () => this.#state.opened(),
    });
    this.ready = this.#getReady();
    // Failures are shown by the page; callers of the API still get the rejections.
    this.ready.catch(() => {});
  }

  /** The model in use, or null. */
  get model() {
    return this.#models.current;
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
    return this.#attempt('model', () => this.#models.load(modelSourceOf(given), { card }));
  }

  /** Classifies what is in view with the model in use: the image, or the frame of a frozen live view. */
  async #showAgain() {
    this.#live.repeat();
    const { current } = this.images;
    if (current) await this.images.classify(current).then(() => this.#given.record(), (error) => this.#report(asError(error), 'image'));
  }

  // Opening.

  /**
   * Opens a device, loads a model, and classifies what was in view before a restart. Rejects without an engine, but not without a
   * model.
   */
  async #open() {
    const adapter = await openEngine();
    await this.lens.attach(adapter);
    this.#view.adapter.show(adapter);
    this.#view.timings.warnOf(adapter);
    const refused = await this.#configure();
    this.#live.software = adapter.software;
    await this.#models.loadFirst();
    const address = this.#models.current?.address; // That of the visit before, if the URL names none.
    if (address && !readUrl().model) this.#history.amend({ model: address });
    await this.#showAgain();
    const misfits = this.#surgery.errors;
    if (refused.length + misfits.length) this.#state.show(() => settingsMessage([...refused.map((error) => () => sentenceOf(error)), ...misfits, ...this.#unknownLayer]));
  }

  /** Applies the settings of the URL; resolves to the errors of invalid ones. */
  async #configure() {
    const { precision } = readSettings();
    await this.#tuner.restore();
    const refused = precision ? await this.session.engine.setPrecision(precision).then(() => null, asError) : null;
    return [refused, deviceError(), this.#tuner.error, languageError(), embeddedImageError(location.hash), ...viewStateErrors(location.hash)].filter((error) => error !== null);
  }

  async #getReady() {
    await this.#recovery.opened;
    if (!this.#models.current) throw textError('StateError', 'error.noModelLoaded');
    if (readSettings().tune === 'now') this.#tune();
    const { image } = readUrl();
    if (!image) return;
    await this.#given.use(image, { record: false });
    this.#surgery.reportErrors(); // The image has removed the message.
  }

  /** Measures algorithms while no call is expected. */
  async #tune() {
    const { adapter } = this.session;
    if (!adapter) return;
    const isIdle = () => this.#state.name === 'ready' && !document.hidden && !this.#live.running;
    // A device error is reported by the next call that the user waits for.
    if (await this.#tuner.run(adapter, isIdle).catch(() => false)) await this.#models.showFacts();
  }

  // Errors and state.

  /**
   * See `Recovery.run`.
   * @template T
   * @param {() => Promise<T>} work
   */
  run(work) {
    return this.#recovery.run(work);
  }

  /**
   * Runs `work`; a failure is shown and rethrown.
   * @template T
   * @param {Activity} activity
   * @param {() => Promise<T>} work
   */
  async #attempt(activity, work) {
    try {
      return await this.run(work);
    } catch (caught) {
      const error = asError(caught);
      this.#report(error, activity);
      throw error;
    }
  }

  /**
   * Shows an error once. A lost device is shown only if the engine is not restarted automatically.
   * @param {import('../lib/errors.js').NamedError} error
   * @param {Activity} activity
   * @param {LiveText | null} [note]
   */
  #report(error, activity, note = null) {
    if (error.shown || error.name === 'AbortError' || (error.name === 'DeviceLost' && activity !== 'open')) return;
    error.shown = true;
    this.#state.show(() => {
      const message = errorMessageOf(error, activity);
      const actions = message.actions.filter((action) => action !== 'starter' || this.#models.current?.card.id !== STARTER);
      return { ...message, actions, note: note?.() ?? null };
    });
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
    const { alert, language, samples, source, status, timings } = this.#view;
    this.session.on('failure', (error) => {
      if (error.name === 'DeviceLost') this.#recovery.lost();
      else this.#report(error, 'open');
    });
    this.#state.on('change', (state) => this.#showState(state));
    this.lens.on('unknown-layer', (name) => {
      const make = () => unknownLayerMessage(name);
      this.#unknownLayer = [() => make().sentence];
      this.#state.show(make);
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
    language.on('switch', (lang) => {
      this.#history.write({ lang });
      followUrl();
    });
    onLanguage(() => this.#rename());
    samples.on('choose', (address) => this.#given.use(address));
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
    dropPaste.on('model', (given) => this.#choice.use(given));
    dropPaste.on('notes', (notes) => this.#choice.describe({ notes }));
    this.#history.onNavigate((state, changed) => this.#navigate(state, changed));
  }

  #addShortcuts() {
    const presentation = new Presentation(this.#view.presentation, this.lens.navigation);
    const shortcuts = this.lens.addShortcuts(new Shortcuts())
      .add('f', 'help.freeze', () => this.#live.toggle())
      .add('e', 'surgery.title', () => this.#surgery.toggle())
      .add('n', 'help.step', () => this.#live.step())
      .add('p', 'help.present', () => presentation.toggle())
      .add('?', 'help.shortcuts', () => this.#view.help.open());
    this.#view.help.show(shortcuts);
  }

  /** @param {Action} action */
  #run(action) {
    switch (action) {
      case 'image': return this.#view.source.chooseFile();
      case 'camera': return this.#live.openCamera();
      case 'again': return this.#live.again();
      case 'model': return this.#view.models.chooseFile();
      case 'token': return this.#view.models.openToken();
      case 'retry': return this.#choice.use(this.#models.wanted);
      case 'starter': return this.#choice.use(STARTER);
      case 'restart': return this.#recovery.restart();
      case 'reload': return location.reload();
    }
  }

  /**
   * The user goes back or forward.
   * @param {UrlState} state
   * @param {UrlChanges} changed
   */
  async #navigate({ model, image }, changed) {
    if (changed.lang) followUrl();
    if (changed.model) await this.#surgery.hold(() => this.#choice.use(model ?? STARTER, { record: false, reclassify: !changed.image }));
    if (changed.image) await this.#given.navigate(image);
  }

  /** Aborts downloads. */
  #cancel() {
    this.images.cancel();
    this.session.engine.cancelModel().catch(ignore); // Without a worker there is nothing to abort.
  }

  /** Shows everything again in the language in use. */
  #rename() {
    this.#view.predictions.rename();
    this.lens.rename();
  }
}

/** For failures that are shown already. */
const ignore = () => {};
