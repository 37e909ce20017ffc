// @ts-check
// Measured gradients of untrained networks. They depend on nothing but the choice, so each is measured once.

import { formatSeeded } from './seeded-choice.js';

/** @import { GradientNorm, SeededRequest } from '../pkg/resnet_lens.js' */
/** @import { SeededChoice } from './seeded-choice.js' */
/** @import { SeededNorms } from './seeded-rows.js' */

export class SeededMeasurements {
  #measure;
  /** @type {Map<string, Promise<SeededNorms>>} */
  #norms = new Map();

  /** @param {(request: SeededRequest) => Promise<GradientNorm[]>} measure */
  constructor(measure) {
    this.#measure = measure;
  }

  /**
   * The norms of the plain and the residual network of a choice. A failed measurement is made again by the next call.
   * @param {SeededChoice} choice
   * @returns {Promise<SeededNorms>}
   */
  of(choice) {
    const key = formatSeeded(choice);
    const norms = this.#norms.get(key) ?? this.#measureBoth(choice);
    this.#norms.set(key, norms);
    norms.catch(() => {
      if (this.#norms.get(key) === norms) this.#norms.delete(key);
    });
    return norms;
  }

  /**
   * @param {SeededChoice} choice
   * @returns {Promise<SeededNorms>}
   */
  async #measureBoth(choice) {
    const plain = await this.#measure({ ...choice, shortcuts: false });
    return { plain, residual: await this.#measure({ ...choice, shortcuts: true }) };
  }
}
