// What the loaded model says of itself.

import { bytes, exact, times } from '../lib/format.js';
import { namesOf, writeName } from '../app/class-names.js';

class LensModelFacts extends HTMLElement {
  onOpen = null;
  #labels = [];

  connectedCallback() {
    this.querySelector('[data-open-model]').addEventListener('click', () => this.onOpen?.());
  }

  /** `info` is the engine's; the rest is what the model came with. */
  show(info, { name, card, origin, full }) {
    const { resize, interpolation, crop } = info.preprocess;
    const facts = {
      File: card.id === 'own' ? name : null,
      Architecture: info.width && info.width !== 64 ? `${info.architecture}, width ${info.width}` : info.architecture,
      Parameters: exact(info.parameters),
      Classes: exact(info.classes),
      Input: `${times(info.input)}, short side to ${resize} ${interpolation}, centre ${crop}`,
      Weights: `${info.precision}, ${bytes(info.parameter_bytes)} on the GPU`,
      Products: info.arithmetic === 'f16' ? 'f16, added up in f32' : info.arithmetic,
      Dispatches: `${exact(info.dispatches)} an image`,
      Licence: info.licence || 'not stated',
      Accuracy: card.accuracy,
      Source: card.source,
      Came: origin === 'cache' ? 'from this browser’s store, without a download' : origin === 'network' && full ? 'by download; there was no room to keep it' : null,
    };
    this.querySelector('dl').replaceChildren(...Object.entries(facts).filter(([, value]) => value).map(fact));
  }

  /** Lists the classes by the engine's labels; not where neither they nor the model's card know more than numbers. */
  showClasses(labels, card) {
    this.#labels = labels;
    const details = this.querySelector('[data-classes]');
    details.hidden = !card?.labels && labels.every(({ id }) => !id);
    details.querySelector('summary').textContent = `The ${exact(labels.length)} classes it knows`;
    this.rename();
  }

  /** Writes the classes' names again, in the language now in use. */
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
