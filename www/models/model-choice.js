// @ts-check
// Connects the elements that choose or describe a model with the controller: the dialog, the facts, the form, and the answer that is not
// sure.

import { STARTER } from './catalog.js';

/** @import { PageElements } from '../app/elements.js' */
/** @import { PageState } from '../app/page-state.js' */
/** @import { UrlHistory } from '../app/url-state.js' */
/** @import { ModelController } from './model-controller.js' */
/** @import { DescribedFile } from './model-source.js' */

/**
 * @typedef {object} Parts
 * @property {Pick<PageElements, 'facts' | 'form' | 'models' | 'predictions' | 'verdict'>} view
 * @property {ModelController} models
 * @property {PageState} state
 * @property {UrlHistory} history
 * @property {(work: () => Promise<unknown>) => Promise<void>} attempt runs `work` once the engine is open and shows its failure
 * @property {() => void} loaded called when a chosen model is in use
 */

export class ModelChoice {
  #parts;

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
    const { view: { facts, form, models, predictions, verdict } } = parts;
    models.on('choose', (given) => this.use(given));
    models.on('token', (token) => parts.models.keepToken(token));
    models.on('list', () => parts.models.list());
    models.on('clear-cache', () => parts.models.clearCache());
    facts.on('open-model', () => models.chooseFile());
    facts.on('starter', () => this.use(STARTER));
    form.on('apply', (changes) => this.describe(changes));
    predictions.on('explain', () => verdict.scrollIntoView({ block: 'nearest' }));
    verdict.on('classes', () => facts.openClasses());
    verdict.on('model', (id) => this.use(id));
  }

  /**
   * Loads a model that the user chooses.
   * @param {Blob | string | DescribedFile} given
   * @param {{ record?: boolean, reclassify?: boolean }} [options] `record`: write it to the URL, and keep it for the next visit
   */
  async use(given, { record = true, reclassify = true } = {}) {
    const { models, state, history, attempt, loaded } = this.#parts;
    state.clear();
    await attempt(async () => {
      await models.choose(given, { reclassify, remember: record });
      if (record) history.write({ model: models.current?.address ?? null });
      loaded();
    });
  }

  /**
   * Applies class names and preprocessing to a file of one's own.
   * @param {Parameters<ModelController['describe']>[0]} changes
   */
  async describe(changes) {
    const { models, state, attempt } = this.#parts;
    state.clear();
    await attempt(() => models.describe(changes));
  }
}
