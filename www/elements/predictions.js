// The likeliest classes, best first. Each element carries its class index and probability for
// tests and scripts, and its label as text; the bar is a real <meter>.

import { percent } from '../format.js';

class LensPredictions extends HTMLElement {
  /** As many as can be shown without asking the network again. */
  most = 20;
  #predictions = [];

  connectedCallback() {
    this.list = this.querySelector('#predictions');
    this.select = this.querySelector('select');
    this.select.addEventListener('change', () => this.#draw());
  }

  /** Shows a classification's predictions, or the empty state for null. */
  show(result) {
    this.#predictions = result?.predictions ?? [];
    this.#draw();
  }

  /** The first prediction in words. */
  get best() {
    const [first] = this.#predictions;
    return first ? `${labelOf(first)}, ${percent(first.probability)}` : '';
  }

  #draw() {
    this.querySelector('[data-empty]').hidden = this.#predictions.length > 0;
    this.list.replaceChildren(...this.#predictions.slice(0, Number(this.select.value)).map(item));
  }
}

/** A model of one's own may have come without names for its classes. */
function labelOf({ index, label }) {
  return label || `class ${index}`;
}

function item(prediction) {
  const { index, probability } = prediction;
  const node = document.createElement('li');
  node.dataset.classIndex = index;
  node.dataset.probability = probability;
  node.dataset.percent = percent(probability);
  const text = Object.assign(document.createElement('span'), { className: 'label', textContent: labelOf(prediction) });
  const bar = Object.assign(document.createElement('meter'), { min: 0, max: 1, value: probability });
  bar.ariaLabel = `Probability of ${text.textContent}`;
  bar.ariaValueText = node.dataset.percent;
  node.append(text, bar);
  return node;
}

customElements.define('lens-predictions', LensPredictions);
