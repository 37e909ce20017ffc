// @ts-check
// The name of the model in use, and the dialog to choose another.

import { create, find } from '../lib/dom.js';
import { messageOf } from '../lib/errors.js';
import { bytes, count, exact } from '../lib/format.js';
import { onLanguage, t } from '../lib/i18n.js';
import { classCount } from '../models/catalog.js';
import { sortFiles } from '../models/sort-files.js';
import { DialogElement } from './dialog.js';

/** @import { CachedModel, PreparedModelInfo } from '../engine/worker-api.js' */
/** @import { NamedError } from '../lib/errors.js' */
/** @import { LiveText } from '../lib/i18n.js' */
/** @import { DescribedFile } from '../models/model-source.js' */
/** @import { Catalog, ModelCard } from '../pkg/resnet_lens.js' */

/**
 * `choose`: a file, with the texts that describe it, a URL or an id. `token`: an access token for the hub; null: it is to be forgotten. `list`: `offer` and `showHub` are
 * to be called. `clear-cache`: the cached models are to be deleted, then listed.
 * @extends {DialogElement<{ choose: File | string | DescribedFile, token: string | null, list: void, 'clear-cache': void }>}
 */
export class LensModels extends DialogElement {
  #file = find(this, '#model-file', HTMLInputElement);
  #address = find(this, '#model-address', HTMLInputElement);
  #name = find(this, '[data-open] [data-name]', HTMLElement);
  #catalog = find(this, '[data-catalog]', HTMLUListElement);
  #cache = find(this, '[data-cache]', HTMLElement);
  #cacheText = find(this, '[data-cached]', HTMLElement);
  #hub = find(this, '[data-hub]', HTMLElement);
  #private = find(this, '[data-private]', HTMLDetailsElement);
  #tokenHint = find(this, '[data-token-hint]', HTMLElement);
  #token = find(this, '#hub-token', HTMLInputElement);
  #dropToken = find(this, '[data-drop-token]', HTMLButtonElement);
  /** The model in use. @type {PreparedModelInfo | null} */
  #current = null;
  /** Shows the list again. */
  #list = () => {};
  /** Shows the facts about the hub again. */
  #describeHub = () => {};

  /** @override */
  connectedCallback() {
    super.connectedCallback();
    onLanguage(() => {
      this.#showName();
      this.#list();
      this.#describeHub();
    });
    this.#showName();
    find(this, '[data-file]', HTMLButtonElement).addEventListener('click', () => this.chooseFile());
    this.#dropToken.addEventListener('click', () => {
      this.emit('token', null);
      this.#token.focus();
    });
    find(this, '[data-forget]', HTMLButtonElement).addEventListener('click', () => {
      this.busy = true;
      this.emit('clear-cache');
    });
    this.#file.addEventListener('change', () => {
      const [first, ...others] = [...this.#file.files ?? []];
      this.#file.value = ''; // The same file may be chosen again.
      if (others.length > 0) this.#chooseSeveral([first, ...others]);
      else if (first) this.#choose(first);
    });
    find(this, 'form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      const token = this.#token.value.trim();
      this.#token.value = '';
      if (token) this.emit('token', token);
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
  offer(catalog, cached) {
    this.#list = () => this.#offer(catalog, cached);
    this.#list();
  }

  /**
   * @param {Catalog} catalog
   * @param {CachedModel[]} cached
   */
  #offer({ models }, cached) {
    const complete = new Set(cached.filter((one) => one.complete).map(({ key }) => key));
    this.#catalog.replaceChildren(...models.map((card) => this.#entry(card, complete.has(card.id))));
    const total = cached.reduce((sum, one) => sum + one.bytes, 0);
    this.#cache.hidden = cached.length === 0;
    this.#cacheText.textContent = t('models.cached', { count: cached.length, size: bytes(total) });
  }

  /**
   * Shows why the catalog could not be listed, with a button to try again.
   * @param {LiveText} sentence
   */
  showError(sentence) {
    this.#list = () => this.#showError(sentence());
    this.#list();
  }

  /** @param {string} sentence */
  #showError(sentence) {
    const again = Object.assign(create('button', t('action.retry')), { type: 'button' });
    again.addEventListener('click', () => {
      this.busy = true;
      this.emit('list');
    });
    const item = create('li');
    item.append(create('p', sentence), again);
    this.#catalog.replaceChildren(item);
  }

  /** Opens the dialog where an access token is entered. */
  openToken() {
    this.open();
    this.#private.open = true;
    this.#token.focus();
  }

  /**
   * Shows which hub models come from, or why the page's URL names none.
   * @param {{ host: string, isMirror: boolean, hasToken: boolean, error?: undefined } | { error: NamedError }} hub `hasToken`: a token is kept for it
   */
  showHub(hub) {
    this.#describeHub = () => this.#showHub(hub);
    this.#describeHub();
  }

  /** @param {Parameters<LensModels['showHub']>[0]} hub */
  #showHub(hub) {
    this.#private.hidden = Boolean(hub.error);
    this.#hub.hidden = !hub.error && !hub.isMirror;
    this.#hub.textContent = hub.error ? messageOf(hub.error) : t('hub.mirror', { host: hub.host });
    if (hub.error) return;
    this.#tokenHint.textContent = t(hub.hasToken ? 'models.tokenKept' : 'models.tokenHint', { host: hub.host });
    this.#dropToken.hidden = !hub.hasToken;
  }

  chooseFile() {
    this.#file.click();
  }

  /** @param {PreparedModelInfo} model the model in use */
  show(model) {
    this.#current = model;
    this.#showName();
  }

  #showName() {
    this.#name.textContent = this.#current?.name ?? t('models.none');
  }

  /**
   * @param {ModelCard} card
   * @param {boolean} cached
   */
  #entry(card, cached) {
    const button = Object.assign(create('button', card.name), { type: 'button', lang: 'en' });
    Object.assign(button.dataset, { id: card.id, needsEngine: '' });
    button.disabled = document.documentElement.hasAttribute('data-off');
    button.addEventListener('click', () => this.#choose(card.id));
    if (card.id === this.#current?.card.id) button.setAttribute('aria-current', 'true');
    const marks = create('span', '', 'marks');
    if (cached) marks.append(create('span', t('models.isCached'), 'cached'));
    if (card.source.startsWith('https:')) marks.append(link(card.source));
    const facts = [sizeOf(card), card.parameters && t('format.parameters', { number: count(card.parameters) }), classesOf(card), !card.licence_url && card.licence];
    const described = create('p', facts.filter(Boolean).join(' · '));
    if (card.licence_url) described.append(' · ', link(card.licence_url, card.licence));
    const item = create('li');
    item.append(button, marks, described);
    if (card.accuracy) item.append(Object.assign(create('p', card.accuracy), { lang: 'en' }));
    return item;
  }

  /**
   * Several files: weights with texts that describe them.
   * @param {File[]} files
   */
  async #chooseSeveral(files) {
    const { weights: [weights = files[0]], notes } = await sortFiles(files);
    this.#choose({ weights, notes: notes.filter((note) => note !== weights) });
  }

  /** @param {File | string | DescribedFile} given */
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
  return parameters ? t('models.about', { size: bytes(4 * parameters) }) : '';
}

/** @param {ModelCard} card */
function classesOf(card) {
  return t(card.labels ? 'models.classes' : 'models.imageNet', { number: exact(classCount(card)) });
}

/**
 * @param {string} address
 * @param {string} [text]
 */
function link(address, text = new URL(address).host) {
  return Object.assign(create('a', text), { lang: 'en', href: address, target: '_blank', rel: 'noopener noreferrer' });
}

customElements.define('lens-models', LensModels);
