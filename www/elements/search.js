// @ts-check
// Finds nodes by parts of their name, operator, attributes or shape.

import { create, find, findAll, targetOf } from '../lib/dom.js';
import { times } from '../lib/format.js';
import { DialogElement } from './dialog.js';

/** @import { LayerInfo } from '../pkg/resnet_lens.js' */

/** Entries that the keys go on by. @type {Record<string, number>} */
const KEYS = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };

/** `choose`: the name of a node. @extends {DialogElement<{ choose: string }>} */
export class LensSearch extends DialogElement {
  #input = find(this, 'input', HTMLInputElement);
  #list = find(this, 'ul', HTMLUListElement);
  #none = find(this, '[data-none]', HTMLElement);
  /** @type {(LayerInfo & { text: string })[]} */
  #nodes = [];
  /** @type {LayerInfo[]} */
  #found = [];
  /** @type {HTMLLIElement[]} */
  #options = [];
  #selected = 0;

  /** @override */
  connectedCallback() {
    super.connectedCallback();
    this.#input.addEventListener('input', () => this.#search());
    this.#input.addEventListener('keydown', (event) => this.#press(event));
    this.#list.addEventListener('click', (event) => {
      const option = targetOf(event, Element)?.closest('li');
      if (option?.dataset.node) this.#choose(option.dataset.node);
    });
  }

  /** @param {LayerInfo[]} nodes */
  show(nodes) {
    this.#nodes = nodes.map((node) => ({ ...node, text: searchTextOf(node) }));
    this.opener.disabled = nodes.length === 0;
  }

  /** @override */
  open() {
    if (this.#nodes.length === 0) return;
    this.#input.value = '';
    super.open();
    this.#search();
  }

  #search() {
    const words = this.#input.value.toLowerCase().split(/\s+/).filter(Boolean);
    this.#found = this.#nodes.filter(({ text }) => words.every((word) => text.includes(word)));
    this.#list.replaceChildren(...this.#found.map(optionOf));
    this.#options = findAll(this.#list, 'li', HTMLLIElement);
    this.#none.textContent = this.#found.length ? '' : 'No matching layers';
    this.#select(0);
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
 * The text that is searched. Shapes are found with x and with ×.
 * @param {LayerInfo} node
 */
function searchTextOf({ name, op, attributes, shape }) {
  return `${name} ${op} ${attributes} ${shape.slice(1).join('x')} ${times(shape.slice(1))}`.toLowerCase();
}

/**
 * @param {LayerInfo} node
 * @param {number} index
 */
function optionOf({ name, op, attributes, shape }, index) {
  const option = Object.assign(create('li'), { role: 'option', id: `found-layer-${index}`, ariaSelected: 'false' });
  option.dataset.node = name;
  option.append(create('b', name), create('span', [op, attributes && `${attributes} ·`, times(shape.slice(1))].filter(Boolean).join(' ')));
  return option;
}

customElements.define('lens-search', LensSearch);
