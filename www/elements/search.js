// Search for a node by name, operator, parameters or shape.

import { times } from '../lib/format.js';
import { DialogElement } from './dialog.js';

class LensSearch extends DialogElement {
  /** Receives the name of the node that the user selects. */
  onChoose = null;
  #layers = [];
  #found = [];
  #at = 0;

  connectedCallback() {
    super.connectedCallback();
    this.input = this.querySelector('input');
    this.list = this.querySelector('ul');
    this.input.addEventListener('input', () => this.#search());
    this.input.addEventListener('keydown', (event) => this.#press(event));
    this.list.addEventListener('click', ({ target }) => {
      const option = target.closest('[role=option]');
      if (option) this.#choose(option.dataset.node);
    });
  }

  /** `layers` is the result of the engine's `layers()`. */
  show(layers) {
    this.#layers = layers.map((layer) => ({ ...layer, text: textOf(layer) }));
    this.querySelector('[data-open]').disabled = layers.length === 0;
  }

  open() {
    if (this.#layers.length === 0) return;
    this.input.value = '';
    super.open();
    this.#search();
  }

  #search() {
    const words = this.input.value.toLowerCase().split(/\s+/).filter(Boolean);
    this.#found = this.#layers.filter(({ text }) => words.every((word) => text.includes(word)));
    this.list.replaceChildren(...this.#found.map(item));
    this.querySelector('[data-none]').textContent = this.#found.length ? '' : 'No matching layers';
    this.#goTo(0);
  }

  #goTo(index) {
    this.list.children[this.#at]?.setAttribute('aria-selected', 'false');
    this.#at = index;
    const option = this.list.children[index];
    option?.setAttribute('aria-selected', 'true');
    option?.scrollIntoView({ block: 'nearest' });
    if (option) this.input.setAttribute('aria-activedescendant', option.id);
    else this.input.removeAttribute('aria-activedescendant');
  }

  #press(event) {
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
    const last = this.#found.length - 1;
    if (by) this.#goTo(Math.max(0, Math.min(last, this.#at + by)));
    else if (event.key === 'Enter' && last >= 0) this.#choose(this.#found[this.#at].name);
    else return;
    event.preventDefault();
  }

  #choose(node) {
    this.dialog.close();
    this.onChoose?.(node);
  }
}

/** The text that is searched. Sizes match with "x" and with "×". */
function textOf({ name, op, detail, shape }) {
  return `${name} ${op} ${detail} ${shape.slice(1).join('x')} ${times(shape.slice(1))}`.toLowerCase();
}

function item({ name, op, detail, shape }, index) {
  const made = document.createElement('li');
  made.role = 'option';
  made.id = `found-layer-${index}`;
  made.ariaSelected = 'false';
  made.dataset.node = name;
  made.append(
    Object.assign(document.createElement('b'), { textContent: name }),
    Object.assign(document.createElement('span'), { textContent: [op, detail && `${detail} ·`, times(shape.slice(1))].filter(Boolean).join(' ') }),
  );
  return made;
}

customElements.define('lens-search', LensSearch);
