// The likeliest classes, best first. Each element carries its class index and probability for
// tests and scripts, and its names as text; the bar is a real <meter>.

import { percent } from '../lib/format.js';
import { NAMELESS, namesOf, otherLanguage, writeName } from '../app/class-names.js';
import { setIfChanged } from '../lib/set-if-changed.js';

class LensPredictions extends HTMLElement {
  /** As many as can be shown without asking the network again. */
  most = 20;
  /** Receives the index of a class that the user points out. */
  onChoose = null;
  /** Receives the language to name classes in from now on. */
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

  /** How the engine labels the classes of the network in use. */
  set labels(labels) {
    this.#labels = labels;
    this.language.hidden = labels.every(({ ko }) => !ko);
    this.rename();
  }

  /** Writes all names again, in the language now in use. */
  rename() {
    const { text, lang } = otherLanguage();
    Object.assign(this.language, { textContent: text, lang, title: `Name the classes in ${lang === 'ko' ? 'Korean' : 'English'}` });
    this.#draw();
  }

  /** Shows a classification's predictions, or the empty state for null. */
  show(result) {
    this.#predictions = result?.predictions ?? [];
    this.#draw();
  }

  /** Marks the class whose map is shown, or none for null. */
  mark(index) {
    this.#marked = index;
    for (const node of this.list.children) press(node, index);
  }

  /** The name of a class, `{ text, lang }`, or its number where the network has no such class. */
  nameOf(index) {
    return namesOf(this.#labels[index] ?? { label: `class ${index}` })[0];
  }

  /** The first prediction in words, `{ text, lang }`. */
  get best() {
    const [first] = this.#predictions;
    if (!first) return NAMELESS;
    const [name] = namesOf(first);
    return { ...name, text: `${name.text}, ${percent(first.probability)}` };
  }

  #draw() {
    setIfChanged(this.querySelector('[data-empty]'), { hidden: this.#predictions.length > 0 });
    // A list that is there already is changed and not replaced: live, the focus stays where it is.
    const predictions = this.#predictions.slice(0, Number(this.select.value));
    while (this.list.children.length > predictions.length) this.list.lastElementChild.remove();
    while (this.list.children.length < predictions.length) this.list.append(item());
    predictions.forEach((prediction, i) => fill(this.list.children[i], prediction));
    this.mark(this.#marked);
  }
}

function item() {
  const node = document.createElement('li');
  const button = Object.assign(document.createElement('button'), { type: 'button', title: 'Show where this class is seen' });
  const bar = Object.assign(document.createElement('meter'), { min: 0, max: 1, ariaLabel: 'Probability' });
  const names = span('names');
  names.append(span('label'), ' ', span('other'));
  button.append(names, bar, span('synset'));
  // The bar has it read out already.
  const told = Object.assign(span('percent'), { ariaHidden: 'true' });
  node.append(button, told);
  return node;
}

function span(className) {
  return Object.assign(document.createElement('span'), { className });
}

function fill(node, prediction) {
  const { index, probability } = prediction;
  const told = percent(probability);
  setIfChanged(node.dataset, { classIndex: String(index), probability: String(probability) });
  setIfChanged(node.lastElementChild, { textContent: told });
  const [name, other = NAMELESS] = namesOf(prediction);
  writeName(node.querySelector('.label'), name);
  writeName(node.querySelector('.other'), other);
  setIfChanged(node.querySelector('.synset'), { textContent: prediction.id ?? '' });
  setIfChanged(node.querySelector('meter'), { value: probability, ariaValueText: told });
}

function press(node, index) {
  setIfChanged(node.firstElementChild, { ariaPressed: String(Number(node.dataset.classIndex) === index) });
}

customElements.define('lens-predictions', LensPredictions);
