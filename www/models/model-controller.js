// @ts-check
// Loads models and shows them with the image in view, and lists those that can be chosen.

import { sentenceOf, storageFullMessage, unusedNotesMessage } from '../app/error-messages.js';
import { readUrl } from '../app/url-state.js';
import { asError, textError } from '../lib/errors.js';
import { t } from '../lib/i18n.js';
import { nextTask } from '../lib/next-task.js';
import { STARTER, largerModel, readCatalog } from './catalog.js';
import { hubInUse, keepToken, tokenFor } from './hub-access.js';
import { prepareWithProgress } from './model-progress.js';
import { describeModel, modelSourceOf } from './model-source.js';
import { rememberModel, rememberedModel } from './remembered-model.js';

/** @import { PageElements } from '../app/elements.js' */
/** @import { Activity } from '../app/error-messages.js' */
/** @import { PageState } from '../app/page-state.js' */
/** @import { Session } from '../engine/session.js' */
/** @import { PreparedModelInfo } from '../engine/worker-api.js' */
/** @import { Lens } from '../lens/lens.js' */
/** @import { NamedError } from '../lib/errors.js' */
/** @import { LiveText } from '../lib/i18n.js' */
/** @import { ModelCard, ModelInfo } from '../pkg/resnet_lens.js' */
/** @import { DescribedFile, ModelSource } from './model-source.js' */

export class ModelController {
  #session;
  #view;
  #state;
  #lens;
  #replaced;
  #showAgain;
  #report;
  /**
   * The model in use, enough to load it again. `isOwn`: it is neither in the catalog nor on the hub.
   * @type {(ModelSource & PreparedModelInfo & { address: string | null, isOwn: boolean }) | null}
   */
  #current = null;
  /** The model that was requested last, for another attempt. @type {Blob | string | DescribedFile} */
  #wanted = STARTER;

  /**
   * @param {object} parts
   * @param {Session} parts.session
   * @param {PageElements} parts.view
   * @param {PageState} parts.state
   * @param {Lens} parts.lens
   * @param {(isRestart: boolean) => Promise<void>} parts.replaced called when another model is in use, or the same one after a restart
   * @param {() => Promise<void>} parts.showAgain has the model in use classify what is in view
   * @param {(error: NamedError, activity: Activity, note?: LiveText | null) => void} parts.report shows an error
   */
  constructor({ session, view, state, lens, replaced, showAgain, report }) {
    this.#session = session;
    this.#view = view;
    this.#state = state;
    this.#lens = lens;
    this.#replaced = replaced;
    this.#showAgain = showAgain;
    this.#report = report;
  }

  /** The model in use, or null. */
  get current() {
    return this.#current;
  }

  /** The model that the user requested last. */
  get wanted() {
    return this.#wanted;
  }

  /**
   * Loads a model that the user chooses.
   * @param {Blob | string | DescribedFile} given
   * @param {{ reclassify?: boolean, remember?: boolean }} [options] see `load`
   */
  choose(given, options) {
    this.#wanted = given;
    return this.load(modelSourceOf(given), options);
  }

  /**
   * Loads a model, shows it, and classifies the image in view. The current model stays in use until then.
   * @param {ModelSource} source
   * @param {{ card?: ModelCard | null, reclassify?: boolean, remember?: boolean }} [options] `remember`: the next visit begins with it,
   *   unless it is a file in hand
   * @returns {Promise<ModelInfo>}
   */
  load(source, { card = null, reclassify = true, remember = false } = {}) {
    const { engine } = this.#session;
    const isRestart = source === this.#current;
    return this.#state.during('loading', async () => {
      const wanted = await describeModel(source, engine, card);
      const prepared = await prepareWithProgress(this.#session, wanted, this.#view);
      const info = await this.#lens.replaceNetwork(() => engine.switchModel(prepared.number)).catch((error) => {
        this.#showAgain(); // A result that came meanwhile was not drawn.
        throw error;
      });
      const model = { ...source, ...prepared, address: wanted.address ?? null, isOwn: !wanted.id };
      this.#current = model;
      const remembered = remember && !source.blob ? rememberModel(model.address) : null;
      this.#view.models.show(model);
      const labels = await engine.labels();
      this.#view.predictions.useModel(labels, model.card);
      this.#view.verdict.useModel(labels, await largerThan(labels.length));
      await nextTask();
      this.#view.facts.show(info, model);
      this.#view.facts.showClasses(labels, model.card);
      this.#view.form.show(info, labels, model.card);
      const timings = await engine.timings();
      if (timings) this.#view.timings.show(timings);
      const nodes = await engine.layers();
      await this.#lens.showNetwork(nodes, info.input[2]);
      await nextTask();
      await this.#replaced(isRestart);
      if (model.full) this.#state.show(() => storageFullMessage(model.name));
      if (model.unused.length > 0) this.#state.show(() => unusedNotesMessage(model.unused));
      if (reclassify) await this.#showAgain();
      await remembered; // A page that is left now may not store it.
      return info;
    });
  }

  /**
   * Applies texts, or other values of the card, to the model in use, which is a file of one's own: it is prepared again.
   * @param {{ notes: File[], card?: ModelCard }} changes
   */
  async describe({ notes, card = this.#current?.card }) {
    if (!this.#current?.isOwn) throw textError('StateError', 'error.notesWithoutFile');
    const { blob, name, text } = this.#current;
    return this.load({ blob, name, text, notes }, { card });
  }

  /** The model that the user chose at an earlier visit, if its file is kept here; otherwise null. */
  async #remembered() {
    const address = await rememberedModel();
    if (address === null) return null;
    const { key } = await describeModel(modelSourceOf(address), this.#session.engine);
    const cached = await this.#session.engine.cachedModels();
    return cached.some((one) => one.complete && one.key === key) ? address : null;
  }

  /** Loads the model before a restart, or else that of the URL, or else the one of the visit before, or else the starter. */
  async loadFirst() {
    try {
      if (!this.#current) this.#wanted = readUrl().model ?? await this.#remembered().catch(() => null) ?? STARTER;
      await this.load(this.#current ?? modelSourceOf(this.#wanted), { card: this.#current?.card ?? null, reclassify: false });
    } catch (failure) {
      const note = await this.load(modelSourceOf(STARTER), { reclassify: false }).then(() => () => t('models.starterInstead'), () => null);
      this.#report(asError(failure), 'model', note);
    }
  }

  /** Lists models; without an engine it is unknown which are cached. */
  async list() {
    try {
      const catalog = await readCatalog();
      this.#view.models.offer(catalog, await this.#session.engine.cachedModels().catch(() => []));
      this.#showHub(catalog.hub);
    } catch (error) {
      this.#view.models.showError(() => sentenceOf(asError(error)));
    } finally {
      this.#view.models.busy = false;
    }
  }

  /**
   * Keeps an access token for the hub in use until the page is closed, or forgets it.
   * @param {string | null} token
   */
  async keepToken(token) {
    try {
      const { hub } = await readCatalog();
      keepToken(hubInUse(hub), token);
      this.#showHub(hub);
    } catch (error) {
      this.#report(asError(error), 'model');
    }
  }

  /** @param {string} usual the hub of the catalog */
  #showHub(usual) {
    try {
      const hub = hubInUse(usual);
      this.#view.models.showHub({ host: new URL(hub).host, isMirror: hub !== usual, hasToken: tokenFor(hub) !== null });
    } catch (error) {
      this.#view.models.showHub({ error: asError(error) });
    }
  }

  /** Deletes the cached models. */
  async clearCache() {
    await this.#session.engine.clearModelCache().catch((error) => this.#report(asError(error), 'model'));
    await this.list();
  }

  /** Shows changed algorithms of the model in use. */
  async showFacts() {
    const info = await this.#session.engine.model().catch(() => undefined);
    if (info && this.#current) this.#view.facts.show(info, this.#current);
  }
}

/**
 * A model of the catalog that knows more classes; null without one, or without a catalog.
 * @param {number} classes
 */
async function largerThan(classes) {
  const catalog = await readCatalog().catch(() => null);
  return catalog && largerModel(catalog.models, classes);
}
