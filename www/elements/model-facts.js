// @ts-check
// Facts about the model in use, and its classes.

import { namesOf, writeName } from '../app/class-names.js';
import { create, find } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { asSentence, bytes, exact, times } from '../lib/format.js';
import { onLanguage, t } from '../lib/i18n.js';

/** @import { PreparedModelInfo } from '../engine/worker-api.js' */
/** @import { Key } from '../lib/i18n.js' */
/** @import { Label, ModelCard, ModelInfo } from '../pkg/resnet_lens.js' */

/** Facts from model cards and from the engine. @type {Set<Key>} */
const ENGLISH = new Set(['facts.tensorNames', 'facts.notes', 'facts.accuracy', 'facts.source']);
/** Channels of the stem in the paper. */
const USUAL_WIDTH = 64;

/** @extends {EmitterElement<{ 'open-model': void }>} */
export class LensModelFacts extends EmitterElement {
  #facts = find(this, 'dl', HTMLElement);
  #classes = find(this, '[data-classes]', HTMLDetailsElement);
  /** @type {Label[]} */
  #labels = [];
  /** Shows the facts again. */
  #again = () => {};

  connectedCallback() {
    find(this, '[data-open-model]', HTMLButtonElement).addEventListener('click', () => this.emit('open-model'));
    onLanguage(() => {
      this.#again();
      this.#listClasses();
    });
  }

  /**
   * @param {ModelInfo} info
   * @param {PreparedModelInfo} model
   */
  show(info, model) {
    this.#again = () => this.#showFacts(info, model);
    this.#again();
  }

  /**
   * @param {ModelInfo} info
   * @param {PreparedModelInfo} model
   */
  #showFacts(info, { name, card, origin, full }) {
    const { resize, interpolation, crop } = info.preprocess;
    const { architecture, width } = info;
    /** @type {[Key, string | null | undefined][]} */
    const facts = [
      ['facts.file', card.id === 'own' ? name : null],
      ['facts.architecture', width && width !== USUAL_WIDTH ? t('facts.width', { architecture, width: String(width) }) : architecture],
      ['facts.parameters', exact(info.parameters)],
      ['facts.classes', exact(info.classes)],
      ['facts.tensorNames', info.scheme === 'torchvision' ? null : info.scheme],
      ['facts.notes', info.notes.map(asSentence).join(' ')],
      ['facts.input', t('facts.preprocessing', { size: times(info.input), resize: String(resize), interpolation, crop: String(crop) })],
      ['facts.weights', t('facts.onGpu', { type: info.precision, size: bytes(info.parameter_bytes) })],
      ['facts.arithmetic', info.compute_type === 'f16' ? t('facts.f16') : info.compute_type],
      ['facts.dispatches', t('facts.perImage', { number: exact(info.dispatches) })],
      ['facts.licence', info.licence || t('facts.noLicence')],
      ['facts.accuracy', card.accuracy],
      ['facts.source', card.source],
      ['facts.loaded', originOf(origin, full)],
    ];
    this.#facts.replaceChildren(...facts.flatMap(([key, text]) => (text ? [factRow(key, text)] : [])));
  }

  /**
   * Lists the classes, unless neither the labels nor the model's card name them.
   * @param {Label[]} labels
   * @param {ModelCard} card
   */
  showClasses(labels, card) {
    this.#labels = labels;
    this.#classes.hidden = !card.labels && labels.every(({ id }) => !id);
    this.#listClasses();
  }

  #listClasses() {
    find(this.#classes, 'summary', HTMLElement).textContent = t('facts.allClasses', { number: exact(this.#labels.length) });
    find(this.#classes, 'ul', HTMLUListElement).replaceChildren(...this.#labels.map(classItem));
  }
}

/**
 * @param {PreparedModelInfo['origin']} origin
 * @param {boolean} full
 */
function originOf(origin, full) {
  if (origin === 'cache') return t('facts.fromCache');
  return origin === 'network' && full ? t('facts.notCached') : null;
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
 * @param {Key} key
 * @param {string} text
 */
function factRow(key, text) {
  const row = create('div');
  row.append(create('dt', t(key)), Object.assign(create('dd', text), ENGLISH.has(key) ? { lang: 'en' } : {}));
  return row;
}

customElements.define('lens-model-facts', LensModelFacts);
