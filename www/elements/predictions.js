// @ts-check
// The most probable classes, best first. Each item has its class index and probability in its dataset, for tests and scripts.

import { withTexts } from '../app/static-texts.js';
import { UNNAMED, namesOf, writeName } from '../app/class-names.js';
import { create, find, targetOf } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { percent } from '../lib/format.js';
import { t } from '../lib/i18n.js';
import { setIfChanged } from '../lib/set-if-changed.js';

/** @import { Label, ModelCard, Prediction } from '../pkg/resnet_lens.js' */

/**
 * `choose`: the index of a class. `explain`: why the answer is not sure.
 * @extends {EmitterElement<{ choose: number, explain: void }>}
 */
export class LensPredictions extends EmitterElement {
  /** Number of classes to request, so that more can be shown without another call. */
  most = 20;
  #list = find(this, '#predictions', HTMLOListElement);
  #select = find(this, 'select', HTMLSelectElement);
  #empty = find(this, '[data-empty]', HTMLElement);
  /** @type {PredictionItem[]} */
  #items = [];
  /** @type {Prediction[]} */
  #predictions = [];
  /** @type {number | null} */
  #marked = null;
  /** @type {Label[]} */
  #labels = [];
  /** The least probability of a sure answer; null: answers are not judged. @type {number | null} */
  #sureFrom = null;
  #unsure = find(this, '[data-unsure]', HTMLButtonElement);
  #remainder = find(this, '[data-remainder]', HTMLElement);
  #others = find(this.#remainder, '.label', HTMLElement);
  #share = find(this.#remainder, '.percent', HTMLElement);
  #meter = find(this.#remainder, 'meter', HTMLMeterElement);

  connectedCallback() {
    this.#select.addEventListener('change', () => this.#draw());
    this.#unsure.addEventListener('click', () => this.emit('explain'));
    this.#list.addEventListener('click', (event) => {
      const item = targetOf(event, Element)?.closest('li');
      if (item) this.emit('choose', Number(item.dataset.classIndex));
    });
  }

  /**
   * @param {Label[]} labels of the classes of the network in use
   * @param {ModelCard} card its card
   */
  useModel(labels, { sure_from: sureFrom }) {
    this.#labels = labels;
    this.#sureFrom = sureFrom ?? null;
    this.#draw();
  }

  /** Updates the class names after a change of the language. */
  rename() {
    this.#draw();
  }

  /** @param {{ predictions: Prediction[] } | null} result null: none yet */
  show(result) {
    this.#predictions = result?.predictions ?? [];
    this.#draw();
  }

  /**
   * Marks the class whose activation map is shown.
   * @param {number | null} index
   */
  mark(index) {
    this.#marked = index;
    for (const item of this.#items) item.mark(index);
  }

  /**
   * The name of a class, or its number if the network has no such class.
   * @param {number} index
   */
  nameOf(index) {
    return namesOf(this.#labels[index] ?? { id: null, label: `class ${index}`, ko: null })[0];
  }

  /** Whether the answer in view is not sure. */
  get unsure() {
    const [first] = this.#predictions;
    return first !== undefined && this.#sureFrom !== null && first.probability < this.#sureFrom;
  }

  /** The first prediction as text. */
  get best() {
    const [first] = this.#predictions;
    if (!first) return UNNAMED;
    const [name] = namesOf(first);
    return { ...name, text: `${name.text}, ${percent(first.probability)}` };
  }

  #draw() {
    setIfChanged(this.#empty, { hidden: this.#predictions.length > 0 });
    // Existing items are updated and not replaced, so that one of them keeps the focus while frames come and go.
    const predictions = this.#predictions.slice(0, Number(this.#select.value));
    for (const item of this.#items.splice(predictions.length)) item.element.remove();
    while (this.#items.length < predictions.length) {
      const item = new PredictionItem();
      this.#items.push(item);
      this.#list.append(item.element);
    }
    predictions.forEach((prediction, i) => this.#items[i].show(prediction));
    this.mark(this.#marked);
    // The space of the mark is kept, so that frames do not move what is beside it.
    setIfChanged(this.#unsure.dataset, { unsure: String(this.unsure) });
    this.#showRemainder(predictions);
  }

  /**
   * Shows the sum of all classes that are not listed.
   * @param {Prediction[]} listed
   */
  #showRemainder(listed) {
    const others = this.#labels.length - listed.length;
    setIfChanged(this.#remainder, { hidden: listed.length === 0 || others <= 0 });
    const share = Math.max(0, 1 - listed.reduce((sum, { probability }) => sum + probability, 0));
    const text = percent(share);
    setIfChanged(this.#others, { textContent: t('predictions.others', { count: others }) });
    setIfChanged(this.#share, { textContent: text });
    setIfChanged(this.#meter, { value: share, ariaValueText: text });
  }
}

class PredictionItem {
  element = create('li');
  #button = withTexts(Object.assign(create('button'), { type: 'button' }), { title: 'predictions.evidence' });
  #label = create('span', '', 'label');
  #other = create('span', '', 'other');
  #meter = withTexts(Object.assign(create('meter'), { min: 0, max: 1 }), { label: 'predictions.probability' });
  #synset = create('span', '', 'synset');
  /** The meter has the same text for screen readers. */
  #percent = Object.assign(create('span', '', 'percent'), { ariaHidden: 'true' });
  #index = -1;

  constructor() {
    const names = create('span', '', 'names');
    names.append(this.#label, ' ', this.#other, ' ', this.#synset);
    this.#button.append(names, this.#meter);
    this.element.append(this.#button, this.#percent);
  }

  /** @param {Prediction} prediction */
  show(prediction) {
    const { index, probability, id } = prediction;
    this.#index = index;
    const text = percent(probability);
    setIfChanged(this.element.dataset, { classIndex: String(index), probability: String(probability) });
    setIfChanged(this.#percent, { textContent: text });
    const [name, other = UNNAMED] = namesOf(prediction);
    writeName(this.#label, name);
    writeName(this.#other, other);
    setIfChanged(this.#synset, { textContent: id ?? '' });
    setIfChanged(this.#meter, { value: probability, ariaValueText: text });
  }

  /** @param {number | null} index of the class whose activation map is shown */
  mark(index) {
    setIfChanged(this.#button, { ariaPressed: String(this.#index === index) });
  }
}

customElements.define('lens-predictions', LensPredictions);
