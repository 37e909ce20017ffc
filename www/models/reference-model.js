// @ts-check
// The model that is loaded beside the one in use, to compare two networks on one image. Its id is in the page's URL (`#with=ID`).

import { readViewState, writeViewState } from '../app/view-state.js';
import { asError } from '../lib/errors.js';
import { readCatalog } from './catalog.js';
import { prepareWithProgress } from './model-progress.js';
import { describeModel, modelSourceOf } from './model-source.js';

/** @import { PageElements } from '../app/elements.js' */
/** @import { PageState } from '../app/page-state.js' */
/** @import { Session } from '../engine/session.js' */
/** @import { Comparison } from '../lens/comparison.js' */
/** @import { NamedError } from '../lib/errors.js' */

export class ReferenceModel {
  #session;
  #view;
  #state;
  #comparison;
  #report;
  /** Id of the model that is loaded or being loaded, or that could not be loaded. @type {string | null} */
  #requested = null;

  /**
   * @param {object} parts
   * @param {Session} parts.session
   * @param {Pick<PageElements, 'compare' | 'status'>} parts.view
   * @param {PageState} parts.state
   * @param {Comparison} parts.comparison
   * @param {(error: NamedError) => void} parts.report shows an error
   */
  constructor({ session, view, state, comparison, report }) {
    this.#session = session;
    this.#view = view;
    this.#state = state;
    this.#comparison = comparison;
    this.#report = report;
    comparison.on('reference', (id) => (id === null ? this.#release() : this.#load(id)));
    view.compare.on('list-models', () => this.#offer());
    view.compare.on('model', (id) => {
      this.#requested = null; // A model that could not be loaded is tried again.
      writeViewState({ compare: 'model', with: id });
      this.#load(id);
    });
  }

  /** Forgets the model: another engine is in use, which has none. */
  forget() {
    this.#requested = null;
    this.#comparison.useReference(null);
  }

  /** Frees the memory of the model: no networks are compared. */
  #release() {
    this.forget();
    this.#session.engine.dropReference().catch(() => {}); // A lost device has freed it.
  }

  async #offer() {
    const { models } = await readCatalog().catch(() => ({ models: [] }));
    const chosen = readViewState().with;
    const known = models.map(({ id, name }) => ({ id, name }));
    if (chosen && !known.some(({ id }) => id === chosen)) known.push({ id: chosen, name: chosen });
    this.#view.compare.offerModels(known, chosen);
  }

  /** @param {string} id */
  async #load(id) {
    if (id === this.#requested) return;
    this.#requested = id;
    this.#comparison.useReference(null);
    await this.#offer();
    try {
      await this.#state.during('loading', () => this.#prepare(id));
    } catch (error) {
      this.#report(asError(error));
    }
  }

  /** @param {string} id */
  async #prepare(id) {
    const wanted = await describeModel(modelSourceOf(id), this.#session.engine);
    const { number, name } = await prepareWithProgress(this.#session, wanted, { status: this.#view.status, map: null });
    await this.#session.engine.useReference(number);
    if (this.#requested === id) this.#comparison.useReference({ number, id, name });
    else if (this.#requested === null) this.#release();
  }
}
