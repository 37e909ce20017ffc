// The model in use, and the dialog from which another is chosen.

import { bytes, count, exact } from '../lib/format.js';
import { DialogElement } from './dialog.js';

class LensModels extends DialogElement {
  /** Receives a File, an address or an id. */
  onChoose = null;
  /** The dialog opens: `offer` is to be called. */
  onOpen = null;
  /** What is kept shall be deleted. */
  onForget = null;
  #current = null;
  #choose = (given) => {
    this.dialog.close();
    this.onChoose?.(given);
  };

  connectedCallback() {
    super.connectedCallback();
    const file = this.querySelector('#model-file');
    const address = this.querySelector('#model-address');
    this.querySelector('[data-file]').addEventListener('click', () => this.chooseFile());
    this.querySelector('[data-forget]').addEventListener('click', async () => {
      await this.onForget?.();
      await this.#ask();
    });
    file.addEventListener('change', () => {
      if (file.files.length > 0) this.#choose(file.files[0]);
      file.value = ''; // The same file may be chosen again.
    });
    this.querySelector('form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#choose(address.value);
    });
  }

  open() {
    super.open();
    this.#ask();
  }

  async #ask() {
    this.ariaBusy = 'true';
    await this.onOpen?.();
    this.ariaBusy = 'false';
  }

  /** Lists the catalog, `{ models }`, and how much the browser keeps: `[{ key, bytes, complete }]`. */
  offer({ models }, kept) {
    const complete = new Set(kept.filter((one) => one.complete).map(({ key }) => key));
    this.querySelector('[data-catalog]').replaceChildren(...models.map((card) => this.#entry(card, complete.has(card.id))));
    const total = kept.reduce((sum, one) => sum + one.bytes, 0);
    this.querySelector('[data-store]').hidden = kept.length === 0;
    this.querySelector('[data-kept]').textContent =
      `This browser keeps ${bytes(total)} of ${kept.length === 1 ? 'one model' : `${exact(kept.length)} models`} for the next visit.`;
  }

  #entry(card, kept) {
    const button = node('button', card.name);
    Object.assign(button, { type: 'button' }).dataset.id = card.id;
    button.dataset.needsEngine = '';
    button.disabled = document.documentElement.hasAttribute('data-off');
    button.addEventListener('click', () => this.#choose(card.id));
    if (card.id === this.#current) button.setAttribute('aria-current', 'true');
    const marks = node('span', '', 'marks');
    if (kept) marks.append(node('span', 'kept here', 'kept'));
    if (card.source.startsWith('https:')) marks.append(link(card.source));
    const item = node('li', '');
    item.append(button, marks);
    item.append(node('p', [sizeOf(card), card.parameters && `${count(card.parameters)} parameters`, classesOf(card), card.licence].filter(Boolean).join(' · ')));
    if (card.accuracy) item.append(node('p', card.accuracy));
    return item;
  }

  chooseFile() {
    this.querySelector('#model-file').click();
  }

  show({ name, card }) {
    this.#current = card.id;
    this.querySelector('[data-name]').textContent = name;
  }
}

/** Weights have four bytes a parameter where the catalog does not know better. */
function sizeOf({ size, parameters }) {
  return size ? bytes(size) : `about ${bytes(4 * parameters)}`;
}

function classesOf({ labels }) {
  return `${labels ? exact(labels.length) : 'ImageNet’s 1,000'} classes`;
}

function link(address) {
  return Object.assign(node('a', new URL(address).host), { href: address, target: '_blank', rel: 'noopener noreferrer' });
}

function node(name, text, className = '') {
  return Object.assign(document.createElement(name), { textContent: text, className });
}

customElements.define('lens-models', LensModels);
