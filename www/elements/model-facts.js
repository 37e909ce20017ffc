// Properties of the loaded model and the list of its classes.

import { bytes, exact, times } from '../lib/format.js';
import { namesOf, writeName } from '../app/class-names.js';

class LensModelFacts extends HTMLElement {
  onOpen = null;
  #labels = [];

  connectedCallback() {
    this.querySelector('[data-open-model]').addEventListener('click', () => this.onOpen?.());
  }

  /** `info` is the engine's `model()`; the second argument is the loaded model with its card and origin. */
  show(info, { name, card, origin, full }) {
    const { resize, interpolation, crop } = info.preprocess;
    const facts = {
      File: card.id === 'own' ? name : null,
      Architecture: info.width && info.width !== 64 ? `${info.architecture}, width ${info.width}` : info.architecture,
      Parameters: exact(info.parameters),
      Classes: exact(info.classes),
      Input: `${times(info.input)}, short side to ${resize} ${interpolation}, centre ${crop}`,
      Weights: `${info.precision}, ${bytes(info.parameter_bytes)} on the GPU`,
      Arithmetic: info.arithmetic === 'f16' ? 'f16 products, f32 sums' : info.arithmetic,
      'GPU dispatches': `${exact(info.dispatches)} per image`,
      Licence: info.licence || 'not stated',
      Accuracy: card.accuracy,
      Source: card.source,
      Loaded: origin === 'cache' ? 'from the browser cache' : origin === 'network' && full ? 'downloaded; no storage space to cache it' : null,
    };
    this.querySelector('dl').replaceChildren(...Object.entries(facts).filter(([, value]) => value).map(fact));
  }

  /** Lists the classes by the engine's labels. Hidden if neither the labels nor the model card have names. */
  showClasses(labels, card) {
    this.#labels = labels;
    const details = this.querySelector('[data-classes]');
    details.hidden = !card?.labels && labels.every(({ id }) => !id);
    details.querySelector('summary').textContent = `All ${exact(labels.length)} classes`;
    this.rename();
  }

  /** Updates the class names to the current language. */
  rename() {
    this.querySelector('[data-classes] ul').replaceChildren(...this.#labels.map(classItem));
  }
}

function classItem(label) {
  const made = node('li', '');
  const [name, other] = namesOf(label);
  made.append(writeName(document.createElement('span'), name));
  if (label.id) made.append(' ', Object.assign(node('span', label.id), { className: 'synset' }));
  if (other) made.title = other.text;
  return made;
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
