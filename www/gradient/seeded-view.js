// @ts-check
// Measures gradients of untrained networks for the section of the panel: on request, or because the page's address names a choice.

import { onViewStateChange, readViewState, writeViewState } from '../app/view-state.js';
import { asError, messageOf } from '../lib/errors.js';
import { value } from '../lib/format.js';
import { onLanguage, t } from '../lib/i18n.js';
import { FIRST_CHOICE, formatSeeded, parseSeeded } from './seeded-choice.js';
import { seededFactors, seededRows } from './seeded-rows.js';

/** @import { PageElements } from '../app/elements.js' */
/** @import { LayerGradient } from './layer-gradients.js' */
/** @import { SeededChoice } from './seeded-choice.js' */
/** @import { SeededMeasurements } from './seeded-measurements.js' */
/** @import { SeededFactors } from './seeded-rows.js' */

/** @typedef {{ choice: SeededChoice, rows: LayerGradient[], factors: SeededFactors }} Measured */

export class SeededView {
  #view;
  #measurements;
  /** What is chosen in the section. */
  #choice = FIRST_CHOICE;
  /** Key of the choice that was asked for last. */
  #asked = '';
  /** The choice that is being measured. @type {SeededChoice | null} */
  #running = null;
  #failure = '';
  /** @type {Measured | null} */
  #latest = null;
  /** All that is measured, by its key. @type {Map<string, Measured>} */
  #measured = new Map();

  /**
   * @param {Pick<PageElements, 'gradient' | 'seeded'>} view
   * @param {SeededMeasurements} measurements
   */
  constructor(view, measurements) {
    this.#view = view;
    this.#measurements = measurements;
    view.seeded.on('choice', (chosen) => {
      this.#choice = { ...this.#choice, ...chosen };
      this.#show();
    });
    view.seeded.on('measure', () => this.#measure(this.#choice));
    view.seeded.on('another', () => this.#measure({ ...this.#choice, seed: this.#choice.seed + 1 }));
    // The panel has written the address.
    view.gradient.on('open', () => this.#follow());
    onViewStateChange(() => this.#follow());
    onLanguage(() => this.#show());
    this.#show();
    this.#follow();
  }

  /** Measures what the address names, and scrolls to it. */
  #follow() {
    const { gradient, seeded } = readViewState();
    const choice = gradient === '1' && seeded !== null ? parseSeeded(seeded) : null;
    if (!choice || formatSeeded(choice) === this.#asked) return;
    this.#measure(choice);
    this.#view.seeded.keepInView();
  }

  /** @param {SeededChoice} choice */
  async #measure(choice) {
    const key = formatSeeded(choice);
    if (this.#running && key === this.#asked) return;
    this.#choice = choice;
    this.#asked = key;
    this.#running = choice;
    this.#failure = '';
    writeViewState({ seeded: key });
    this.#show();
    try {
      const norms = await this.#measurements.of(choice);
      this.#measured.set(key, { choice, rows: seededRows(norms), factors: seededFactors(norms) });
    } catch (error) {
      if (key === this.#asked) this.#failure = messageOf(asError(error));
    }
    // A later choice is still being measured.
    if (key !== this.#asked) return;
    this.#running = null;
    this.#latest = this.#measured.get(key) ?? this.#latest;
    this.#show();
  }

  #show() {
    this.#view.seeded.show({
      choice: this.#choice,
      message: this.#message(),
      outdated: this.#running !== null || (this.#latest !== null && formatSeeded(this.#latest.choice) !== formatSeeded(this.#choice)),
      latest: this.#latest && { ...this.#latest, sentence: sentenceOf(this.#latest) },
      measured: [...this.#measured.values()].sort(byChoice),
    });
  }

  #message() {
    if (this.#running) return t('seeded.measuring', { depth: String(this.#running.depth) });
    return this.#failure && t('gradient.failed', { reason: this.#failure });
  }
}

/** @param {Measured} measured */
function sentenceOf({ choice: { depth, normalised, seed }, factors: { first, last, plain, residual } }) {
  const [without, own] = [plain, residual].map((factor) => (factor === null ? t('gradient.none') : value(factor)));
  return t(normalised ? 'seeded.factorsNormalised' : 'seeded.factors', { depth: String(depth), seed: String(seed), first, last, plain: without, residual: own });
}

/**
 * Without batch norm first, then by depth and seed.
 * @param {Measured} a
 * @param {Measured} b
 */
const byChoice = ({ choice: a }, { choice: b }) => Number(a.normalised) - Number(b.normalised) || a.depth - b.depth || a.seed - b.seed;
