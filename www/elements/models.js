// @ts-check
// The name of the model in use, and the dialog to choose another.

import { create, find } from '../lib/dom.js';
import { bytes, count, exact } from '../lib/format.js';
import { DialogElement } from './dialog.js';

/** @import { CachedModel, PreparedModelInfo } from '../engine/worker-api.js' */
/** @import { Catalog, ModelCard } from '../pkg/resnet_lens.js' */

/**
 * `choose`: a file, a URL or an id. `list`: `offer` is to be called. `clear-cache`: the cached models are to be deleted, then listed.
 * @extends {DialogElement<{ choose: File | string, list: void, 'clear-cache': void }>}
 */
export class LensModels extends DialogElement {
  #file = find(this, '#model-file', HTMLInputElement);
  #address = find(this, '#model-address', HTMLInputElement);
  #name = find(this, '[data-open] [data-name]', HTMLElement);
  #catalog = find(this, '[data-catalog]', HTMLUListElement);
  #cache = find(this, '[data-cache]', HTMLElement);
  #cacheText = find(this, '[data-cached]', HTMLElement);
  /** Id of the model in use. @type {string | null} */
  #current = null;

  /** @override */
  connectedCallback() {
    super.connectedCallback();
    find(this, '[data-file]', HTMLButtonElement).addEventListener('click', () => this.chooseFile());
    find(this, '[data-forget]', HTMLButtonElement).addEventListener('click', () => {
      this.busy = true;
      this.emit('clear-cache');
    });
    this.#file.addEventListener('change', () => {
      const file = this.#file.files?.[0];
      if (file) this.#choose(file);
      this.#file.value = ''; // The same file may be chosen again.
    });
    find(this, 'form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      this.#choose(this.#address.value);
    });
  }

  /** @override */
  open() {
    super.open();
    this.busy = true;
    this.emit('list');
  }

  /** @param {boolean} busy the list is being updated */
  set busy(busy) {
    this.ariaBusy = String(busy);
  }

  /**
   * Lists the catalog, with the size of the browser's cache.
   * @param {Catalog} catalog
   * @param {CachedModel[]} cached
   */
  offer({ models }, cached) {
    const complete = new Set(cached.filter((one) => one.complete).map(({ key }) => key));
    this.#catalog.replaceChildren(...models.map((card) => this.#entry(card, complete.has(card.id))));
    const total = cached.reduce((sum, one) => sum + one.bytes, 0);
    this.#cache.hidden = cached.length === 0;
    this.#cacheText.textContent =
      `${cached.length === 1 ? '1 model' : `${exact(cached.length)} models`} cached (${bytes(total)})`;
  }

  /**
   * Shows why the catalog could not be listed, with a button to try again.
   * @param {string} sentence
   */
  showError(sentence) {
    const again = Object.assign(create('button', 'Try again'), { type: 'button' });
    again.addEventListener('click', () => {
      this.busy = true;
      this.emit('list');
    });
    const item = create('li');
    item.append(create('p', sentence), again);
    this.#catalog.replaceChildren(item);
  }

  chooseFile() {
    this.#file.click();
  }

  /** @param {PreparedModelInfo} model the model in use */
  show({ name, card }) {
    this.#current = card.id;
    this.#name.textContent = name;
  }

  /**
   * @param {ModelCard} card
   * @param {boolean} cached
   */
  #entry(card, cached) {
    const button = Object.assign(create('button', card.name), { type: 'button' });
    Object.assign(button.dataset, { id: card.id, needsEngine: '' });
    button.disabled = document.documentElement.hasAttribute('data-off');
    button.addEventListener('click', () => this.#choose(card.id));
    if (card.id === this.#current) button.setAttribute('aria-current', 'true');
    const marks = create('span', '', 'marks');
    if (cached) marks.append(create('span', 'Cached', 'cached'));
    if (card.source.startsWith('https:')) marks.append(link(card.source));
    const facts = [sizeOf(card), card.parameters && `${count(card.parameters)} parameters`, classesOf(card), card.licence];
    const item = create('li');
    item.append(button, marks, create('p', facts.filter(Boolean).join(' · ')));
    if (card.accuracy) item.append(create('p', card.accuracy));
    return item;
  }

  /** @param {File | string} given */
  #choose(given) {
    this.dialog.close();
    this.emit('choose', given);
  }
}

/**
 * Size of the weight file, estimated at four bytes per parameter if the catalog does not know it.
 * @param {ModelCard} card
 */
function sizeOf({ size, parameters }) {
  if (size) return bytes(size);
  return parameters ? `about ${bytes(4 * parameters)}` : '';
}

/** @param {ModelCard} card */
function classesOf({ labels }) {
  return labels ? `${exact(labels.length)} classes` : '1,000 ImageNet classes';
}

/** @param {string} address */
function link(address) {
  return Object.assign(create('a', new URL(address).host), { href: address, target: '_blank', rel: 'noopener noreferrer' });
}

customElements.define('lens-models', LensModels);
