// @ts-check
// Facts about the model in use, and its classes.

import { namesOf, writeName } from '../app/class-names.js';
import { create, find } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { asSentence, bytes, exact, percent, times } from '../lib/format.js';
import { onLanguage, t } from '../lib/i18n.js';
import { STARTER } from '../models/catalog.js';

/** @import { PreparedModelInfo } from '../engine/worker-api.js' */
/** @import { Key } from '../lib/i18n.js' */
/** @import { Label, ModelCard, ModelInfo } from '../pkg/resnet_lens.js' */

/** Facts from model cards and from the engine. @type {Set<Key>} */
const ENGLISH = new Set(['facts.tensorNames', 'facts.notes', 'facts.accuracy', 'facts.source']);
/** Channels of the stem in the paper. */
const USUAL_WIDTH = 64;

/** @extends {EmitterElement<{ 'open-model': void, starter: void }>} */
export class LensModelFacts extends EmitterElement {
  #facts = find(this, 'dl', HTMLElement);
  #classes = find(this, '[data-classes]', HTMLDetailsElement);
  #starter = find(this, '[data-use-starter]', HTMLButtonElement);
  /** @type {Label[]} */
  #labels = [];
  /** Shows the facts again. */
  #again = () => {};

  connectedCallback() {
    this.#starter.addEventListener('click', () => this.emit('starter'));
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
    this.#starter.hidden = card.id === STARTER;
    const { resize, interpolation, crop } = info.preprocess;
    const { architecture, width } = info;
    /** A third member is the address of a link. @type {[Key, string | null | undefined, string?][]} */
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
      ['facts.licence', info.licence || t('facts.noLicence'), card.licence_url],
      ['facts.accuracy', card.accuracy],
      ['facts.sure', card.sure_from ? t('facts.sureFrom', { share: percent(card.sure_from) }) : null],
      ['facts.source', card.source, card.source?.startsWith('https://') ? card.source : undefined],
      ['facts.loaded', originOf(origin, full)],
    ];
    this.#facts.replaceChildren(...facts.flatMap(([key, text, address]) => (text ? [factRow(key, text, address)] : [])));
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

  /** Opens the list of classes and moves the focus to it. */
  openClasses() {
    this.#classes.open = true;
    this.#classes.scrollIntoView({ block: 'nearest' });
    find(this.#classes, 'ul', HTMLUListElement).focus();
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
  if (origin === 'unconfirmed') return t('facts.unconfirmed');
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
 * @param {string} [address]
 */
function factRow(key, text, address) {
  const row = create('div');
  const value = Object.assign(create('dd', address ? '' : text), address || ENGLISH.has(key) ? { lang: 'en' } : {});
  if (address) value.append(Object.assign(create('a', text), { href: address, target: '_blank', rel: 'noopener noreferrer' }));
  row.append(create('dt', t(key)), value);
  return row;
}

customElements.define('lens-model-facts', LensModelFacts);
