// The top predictions, best first. Each item has its class index and probability as data attributes for tests and scripts.

import { percent } from '../lib/format.js';
import { NAMELESS, namesOf, otherLanguage, writeName } from '../app/class-names.js';
import { setIfChanged } from '../lib/set-if-changed.js';

class LensPredictions extends HTMLElement {
  /** The largest number of classes that can be shown without another run. */
  most = 20;
  /** Receives the index of the class that the user selects. */
  onChoose = null;
  /** Receives the language that the user selects for class names. */
  onLanguage = null;
  #predictions = [];
  #marked = null;
  #labels = [];

  connectedCallback() {
    this.list = this.querySelector('#predictions');
    this.select = this.querySelector('select');
    this.language = this.querySelector('[data-language]');
    this.language.addEventListener('click', () => this.onLanguage?.(this.language.lang));
    this.select.addEventListener('change', () => this.#draw());
    this.list.addEventListener('click', ({ target }) => {
      const item = target.closest('li');
      if (item) this.onChoose?.(Number(item.dataset.classIndex));
    });
  }

  /** The engine's `labels()` of the current network. */
  set labels(labels) {
    this.#labels = labels;
    this.language.hidden = labels.every(({ ko }) => !ko);
    this.rename();
  }

  /** Updates all names to the current language. */
  rename() {
    const { text, lang } = otherLanguage();
    Object.assign(this.language, { textContent: text, lang, title: `Show class names in ${lang === 'ko' ? 'Korean' : 'English'}` });
    this.#draw();
  }

  /** Shows the predictions of a result; null shows the empty state. */
  show(result) {
    this.#predictions = result?.predictions ?? [];
    this.#draw();
  }

  /** Marks the class whose map is shown; null marks none. */
  mark(index) {
    this.#marked = index;
    for (const node of this.list.children) press(node, index);
  }

  /** The name `{ text, lang }` of a class; "class N" if the network has no such class. */
  nameOf(index) {
    return namesOf(this.#labels[index] ?? { label: `class ${index}` })[0];
  }

  /** The top prediction as text: `{ text, lang }`. */
  get best() {
    const [first] = this.#predictions;
    if (!first) return NAMELESS;
    const [name] = namesOf(first);
    return { ...name, text: `${name.text}, ${percent(first.probability)}` };
  }

  #draw() {
    setIfChanged(this.querySelector('[data-empty]'), { hidden: this.#predictions.length > 0 });
    // Items are updated in place, so that the focus stays where it is while frames arrive.
    const predictions = this.#predictions.slice(0, Number(this.select.value));
    while (this.list.children.length > predictions.length) this.list.lastElementChild.remove();
    while (this.list.children.length < predictions.length) this.list.append(item());
    predictions.forEach((prediction, i) => fill(this.list.children[i], prediction));
    this.mark(this.#marked);
  }
}

function item() {
  const node = document.createElement('li');
  const button = Object.assign(document.createElement('button'), { type: 'button', title: 'Highlight evidence for this class' });
  const bar = Object.assign(document.createElement('meter'), { min: 0, max: 1, ariaLabel: 'Probability' });
  const names = span('names');
  names.append(span('label'), ' ', span('other'));
  button.append(names, bar, span('synset'));
  // Screen readers get the value from the meter.
  node.append(button, Object.assign(span('percent'), { ariaHidden: 'true' }));
  return node;
}

function span(className) {
  return Object.assign(document.createElement('span'), { className });
}

function fill(node, prediction) {
  const { index, probability } = prediction;
  const text = percent(probability);
  setIfChanged(node.dataset, { classIndex: String(index), probability: String(probability) });
  setIfChanged(node.lastElementChild, { textContent: text });
  const [name, other = NAMELESS] = namesOf(prediction);
  writeName(node.querySelector('.label'), name);
  writeName(node.querySelector('.other'), other);
  setIfChanged(node.querySelector('.synset'), { textContent: prediction.id ?? '' });
  setIfChanged(node.querySelector('meter'), { value: probability, ariaValueText: text });
}

function press(node, index) {
  setIfChanged(node.firstElementChild, { ariaPressed: String(Number(node.dataset.classIndex) === index) });
}

customElements.define('lens-predictions', LensPredictions);
