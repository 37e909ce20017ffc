// @ts-check
// The search dialog: lists the nodes that match a query, best match first.

import { create, find, findAll, targetOf } from '../lib/dom.js';
import { times } from '../lib/format.js';
import { onLanguage, t } from '../lib/i18n.js';
import { attributesOf, valueNameOf } from '../network/layer-names.js';
import { LayerSearch } from '../network/layer-search.js';
import { DialogElement } from './dialog.js';

/** @import { Network } from '../network/network.js' */
/** @import { LayerInfo } from '../pkg/resnet_lens.js' */

/** Entries that the keys go on by. @type {Record<string, number>} */
const KEYS = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };

/** `choose`: the name of a node. @extends {DialogElement<{ choose: string }>} */
export class LensSearch extends DialogElement {
  #opener = find(this, '[data-open]', HTMLButtonElement);
  #input = find(this, 'input', HTMLInputElement);
  #list = find(this, 'ul', HTMLUListElement);
  #none = find(this, '[data-none]', HTMLElement);
  /** @type {Network | null} */
  #network = null;
  /** @type {LayerSearch | null} */
  #index = null;
  /** @type {LayerInfo[]} */
  #found = [];
  /** @type {HTMLLIElement[]} */
  #options = [];
  #selected = 0;

  /** @override */
  connectedCallback() {
    super.connectedCallback();
    this.#input.addEventListener('input', () => this.#search());
    onLanguage(() => this.dialog.open && this.#search());
    this.#input.addEventListener('keydown', (event) => this.#press(event));
    this.#list.addEventListener('click', (event) => {
      const option = targetOf(event, Element)?.closest('li');
      if (option?.dataset.node) this.#choose(option.dataset.node);
    });
  }

  /** @param {Network} network */
  show(network) {
    this.#network = network;
    this.#index = new LayerSearch(network);
    this.#opener.disabled = false;
  }

  /** @override */
  open() {
    if (!this.#index) return;
    this.#input.value = '';
    super.open();
    this.#search();
  }

  #search() {
    this.#found = this.#index?.find(this.#input.value) ?? [];
    this.#list.replaceChildren(...this.#found.map((node, index) => optionOf(node, index, this.#labelOf(node))));
    this.#options = findAll(this.#list, 'li', HTMLLIElement);
    this.#none.textContent = this.#found.length ? '' : t('search.none');
    this.#select(0);
  }

  /**
   * The name of a node and, if it differs, of its value within its layer.
   * @param {LayerInfo} node
   */
  #labelOf({ name }) {
    const layer = this.#network?.find(name);
    const value = layer ? valueNameOf(layer, name) : name;
    return value === name ? name : `${name} (${value})`;
  }

  /** @param {number} index */
  #select(index) {
    this.#options[this.#selected]?.setAttribute('aria-selected', 'false');
    this.#selected = index;
    const option = this.#options[index];
    option?.setAttribute('aria-selected', 'true');
    option?.scrollIntoView({ block: 'nearest' });
    if (option) this.#input.setAttribute('aria-activedescendant', option.id);
    else this.#input.removeAttribute('aria-activedescendant');
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const by = KEYS[event.key];
    const last = this.#found.length - 1;
    if (by) this.#select(Math.max(0, Math.min(last, this.#selected + by)));
    else if (event.key === 'Enter' && last >= 0) this.#choose(this.#found[this.#selected].name);
    else return;
    event.preventDefault();
  }

  /** @param {string} node */
  #choose(node) {
    this.dialog.close();
    this.emit('choose', node);
  }
}

/**
 * @param {LayerInfo} node
 * @param {number} index
 * @param {string} label
 */
function optionOf({ name, op, attributes, shape }, index, label) {
  const option = Object.assign(create('li'), { role: 'option', id: `found-layer-${index}`, ariaSelected: 'false' });
  option.dataset.node = name;
  option.append(create('b', label), create('span', [op, attributes && `${attributesOf(attributes)} ·`, times(shape.slice(1))].filter(Boolean).join(' ')));
  return option;
}

customElements.define('lens-search', LensSearch);
