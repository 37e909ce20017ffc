// The likeliest classes, best first. Each element carries its class index and probability for
// tests and scripts, and its label as text; the bar is a real <meter>.

import { percent } from '../format.js';
import { put } from '../put.js';

class LensPredictions extends HTMLElement {
  /** As many as can be shown without asking the network again. */
  most = 20;
  /** Receives the index of a class that the user points out. */
  onChoose = null;
  #predictions = [];
  #marked = null;

  connectedCallback() {
    this.list = this.querySelector('#predictions');
    this.select = this.querySelector('select');
    this.select.addEventListener('change', () => this.#draw());
    this.list.addEventListener('click', ({ target }) => {
      const item = target.closest('li');
      if (item) this.onChoose?.(Number(item.dataset.classIndex));
    });
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

  /** The name of a class among those shown, or its number. */
  nameOf(index) {
    return labelOf(this.#predictions.find((prediction) => prediction.index === index) ?? { index });
  }

  /** The first prediction in words. */
  get best() {
    const [first] = this.#predictions;
    return first ? `${labelOf(first)}, ${percent(first.probability)}` : '';
  }

  #draw() {
    put(this.querySelector('[data-empty]'), { hidden: this.#predictions.length > 0 });
    // A list that is there already is changed and not replaced: live, the focus stays where it is.
    const predictions = this.#predictions.slice(0, Number(this.select.value));
    while (this.list.children.length > predictions.length) this.list.lastElementChild.remove();
    while (this.list.children.length < predictions.length) this.list.append(item());
    predictions.forEach((prediction, i) => fill(this.list.children[i], prediction));
    this.mark(this.#marked);
  }
}

/** A model of one's own may have come without names for its classes. */
function labelOf({ index, label }) {
  return label || `class ${index}`;
}

function item() {
  const node = document.createElement('li');
  const button = Object.assign(document.createElement('button'), { type: 'button', title: 'Show where this class is seen' });
  const text = Object.assign(document.createElement('span'), { className: 'label' });
  button.append(text, Object.assign(document.createElement('meter'), { min: 0, max: 1 }));
  node.append(button);
  return node;
}

function fill(node, prediction) {
  const { index, probability } = prediction;
  const label = labelOf(prediction);
  const told = percent(probability);
  put(node.dataset, { classIndex: String(index), probability: String(probability), percent: told });
  put(node.querySelector('.label'), { textContent: label });
  put(node.querySelector('meter'), { value: probability, ariaLabel: `Probability of ${label}`, ariaValueText: told });
}

function press(node, index) {
  put(node.firstElementChild, { ariaPressed: String(Number(node.dataset.classIndex) === index) });
}

customElements.define('lens-predictions', LensPredictions);
