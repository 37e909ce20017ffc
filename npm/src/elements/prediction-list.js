// @ts-check
// The most probable classes as a list. With `onChoose`, each is a button.

import { namesOf, writeName } from '../../../www/app/class-names.js';
import { create, createButton } from '../../../www/lib/dom.js';
import { percent } from '../../../www/lib/format.js';
import { t } from '../../../www/lib/i18n.js';
import { setIfChanged } from '../../../www/lib/set-if-changed.js';

/** @import { Prediction } from '../../../www/pkg/resnet_lens.js' */

export class PredictionList {
  element = create('ol');
  /** @type {Item[]} */
  #items = [];
  #onChoose;

  /** @param {((index: number) => void) | null} [onChoose] */
  constructor(onChoose = null) {
    this.#onChoose = onChoose;
    this.element.setAttribute('part', 'predictions');
  }

  /**
   * @param {Prediction[]} predictions
   * @param {number | null} [chosen] index of the class that is marked
   */
  show(predictions, chosen = null) {
    setIfChanged(/** @type {HTMLElement} */ (this.element), { ariaLabel: t('element.predictions'), hidden: predictions.length === 0 });
    // Existing items are updated, so that one of them keeps the focus.
    for (const item of this.#items.splice(predictions.length)) item.element.remove();
    while (this.#items.length < predictions.length) {
      const item = new Item(this.#onChoose);
      this.#items.push(item);
      this.element.append(item.element);
    }
    predictions.forEach((prediction, i) => this.#items[i].show(prediction, chosen));
  }
}

class Item {
  element = create('li');
  #label = create('span', '', 'label');
  #percent = create('span', '', 'percent');
  #bar = create('span', '', 'bar');
  /** @type {HTMLButtonElement | null} */
  #button = null;
  #index = -1;

  /** @param {((index: number) => void) | null} onChoose */
  constructor(onChoose) {
    this.element.setAttribute('part', 'prediction');
    this.#label.setAttribute('part', 'label');
    this.#percent.setAttribute('part', 'percent');
    this.#bar.setAttribute('part', 'bar');
    if (onChoose) this.#button = createButton('', () => onChoose(this.#index));
    const row = this.#button ?? create('span', '', 'row');
    row.append(this.#label, ' ', this.#percent, this.#bar);
    this.element.append(row);
  }

  /**
   * @param {Prediction} prediction
   * @param {number | null} chosen
   */
  show(prediction, chosen) {
    const { index, probability } = prediction;
    this.#index = index;
    setIfChanged(this.element.dataset, { classIndex: String(index), probability: String(probability) });
    writeName(this.#label, namesOf(prediction)[0]);
    setIfChanged(this.#percent, { textContent: percent(probability) });
    this.#bar.style.setProperty('--share', String(probability));
    if (!this.#button) return;
    setIfChanged(this.#button, { ariaPressed: String(index === chosen) });
  }
}
