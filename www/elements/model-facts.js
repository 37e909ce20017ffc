// What the loaded model says of itself.

import { bytes, exact, times } from '../format.js';

class LensModelFacts extends HTMLElement {
  onOpen = null;

  connectedCallback() {
    this.querySelector('[data-open-model]').addEventListener('click', () => this.onOpen?.());
  }

  /** `info` is the engine's; `card` and `name` are what the model came with. */
  show(info, { name, card }) {
    const { resize, interpolation, crop } = info.preprocess;
    const facts = {
      File: card ? null : name,
      Architecture: info.width && info.width !== 64 ? `${info.architecture}, width ${info.width}` : info.architecture,
      Parameters: exact(info.parameters),
      Classes: exact(info.classes),
      Input: `${times(info.input)}, short side to ${resize} ${interpolation}, centre ${crop}`,
      Weights: `${info.precision}, ${bytes(info.parameter_bytes)} on the GPU`,
      Dispatches: `${exact(info.dispatches)} a picture`,
      Licence: info.licence || 'not stated',
      Accuracy: card?.accuracy,
    };
    this.querySelector('dl').replaceChildren(...Object.entries(facts).filter(([, value]) => value).map(fact));
    this.#showClasses(card?.labels ?? []);
  }

  #showClasses(labels) {
    const details = this.querySelector('[data-classes]');
    details.hidden = labels.length === 0;
    details.querySelector('summary').textContent = `The ${exact(labels.length)} classes it knows`;
    details.querySelector('ul').replaceChildren(...labels.map((label) => node('li', label)));
  }
}

function fact([name, value]) {
  const row = document.createElement('div');
  row.append(node('dt', name), node('dd', value));
  return row;
}

function node(name, text) {
  return Object.assign(document.createElement(name), { textContent: text });
}

customElements.define('lens-model-facts', LensModelFacts);
