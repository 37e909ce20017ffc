// @ts-check
// Facts about the model in use, and its classes.

import { namesOf, writeName } from '../app/class-names.js';
import { create, find } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { asSentence, bytes, exact, times } from '../lib/format.js';

/** @import { PreparedModelInfo } from '../engine/worker-api.js' */
/** @import { Label, ModelCard, ModelInfo } from '../pkg/resnet_lens.js' */

/** Channels of the stem in the paper. */
const USUAL_WIDTH = 64;

/** @extends {EmitterElement<{ 'open-model': void }>} */
export class LensModelFacts extends EmitterElement {
  #facts = find(this, 'dl', HTMLElement);
  #classes = find(this, '[data-classes]', HTMLDetailsElement);
  /** @type {Label[]} */
  #labels = [];

  connectedCallback() {
    find(this, '[data-open-model]', HTMLButtonElement).addEventListener('click', () => this.emit('open-model'));
  }

  /**
   * @param {ModelInfo} info
   * @param {PreparedModelInfo} model
   */
  show(info, { name, card, origin, full }) {
    const { resize, interpolation, crop } = info.preprocess;
    const facts = {
      File: card.id === 'own' ? name : null,
      Architecture: info.width && info.width !== USUAL_WIDTH ? `${info.architecture}, width ${info.width}` : info.architecture,
      Parameters: exact(info.parameters),
      Classes: exact(info.classes),
      'Tensor names': info.scheme === 'torchvision' ? null : info.scheme,
      Notes: info.notes.map(asSentence).join(' '),
      Input: `${times(info.input)}, short side to ${resize} ${interpolation}, centre ${crop}`,
      Weights: `${info.precision}, ${bytes(info.parameter_bytes)} on the GPU`,
      Arithmetic: info.compute_type === 'f16' ? 'f16 products, f32 sums' : info.compute_type,
      'GPU dispatches': `${exact(info.dispatches)} per image`,
      Licence: info.licence || 'not stated',
      Accuracy: card.accuracy,
      Source: card.source,
      Loaded: originOf(origin, full),
    };
    this.#facts.replaceChildren(...Object.entries(facts).flatMap(([name, text]) => (text ? [factRow(name, text)] : [])));
  }

  /**
   * Lists the classes, unless neither the labels nor the model's card name them.
   * @param {Label[]} labels
   * @param {ModelCard} card
   */
  showClasses(labels, card) {
    this.#labels = labels;
    this.#classes.hidden = !card.labels && labels.every(({ id }) => !id);
    find(this.#classes, 'summary', HTMLElement).textContent = `All ${exact(labels.length)} classes`;
    this.rename();
  }

  /** Updates the class names after a change of the language. */
  rename() {
    find(this.#classes, 'ul', HTMLUListElement).replaceChildren(...this.#labels.map(classItem));
  }
}

/**
 * @param {PreparedModelInfo['origin']} origin
 * @param {boolean} full
 */
function originOf(origin, full) {
  if (origin === 'cache') return 'from the browser cache';
  return origin === 'network' && full ? 'downloaded; no storage space to cache it' : null;
}

/** @param {Label} label */
function classItem(label) {
  const item = create('li');
  const [name, other] = namesOf(label);
  item.append(writeName(create('span'), name));
  if (label.id) item.append(' ', create('span', label.id, 'synset'));
  if (other) item.title = other.text;
  return item;
}

/**
 * @param {string} name
 * @param {string} text
 */
function factRow(name, text) {
  const row = create('div');
  row.append(create('dt', name), create('dd', text));
  return row;
}

customElements.define('lens-model-facts', LensModelFacts);
