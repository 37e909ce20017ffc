// The name of the current model and the dialog to choose another.

import { bytes, count, exact } from '../lib/format.js';
import { DialogElement } from './dialog.js';

class LensModels extends DialogElement {
  /** Receives a File, a URL or a catalog id. */
  onChoose = null;
  /** The dialog has opened and expects a call of `offer`. */
  onOpen = null;
  /** The cached models have to be deleted. */
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
      await this.#refresh();
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
    this.#refresh();
  }

  async #refresh() {
    this.ariaBusy = 'true';
    await this.onOpen?.();
    this.ariaBusy = 'false';
  }

  /** Lists the catalog `{ models }` and the total size of the cached files `[{ key, bytes, complete }]`. */
  offer({ models }, cached) {
    const complete = new Set(cached.filter((file) => file.complete).map(({ key }) => key));
    this.querySelector('[data-catalog]').replaceChildren(...models.map((card) => this.#entry(card, complete.has(card.id))));
    const total = cached.reduce((sum, file) => sum + file.bytes, 0);
    this.querySelector('[data-cache]').hidden = cached.length === 0;
    this.querySelector('[data-cached]').textContent =
      `${cached.length === 1 ? '1 model' : `${exact(cached.length)} models`} cached (${bytes(total)})`;
  }

  #entry(card, isCached) {
    const button = node('button', card.name);
    Object.assign(button, { type: 'button' }).dataset.id = card.id;
    button.dataset.needsEngine = '';
    button.disabled = document.documentElement.hasAttribute('data-off');
    button.addEventListener('click', () => this.#choose(card.id));
    if (card.id === this.#current) button.setAttribute('aria-current', 'true');
    const marks = node('span', '', 'marks');
    if (isCached) marks.append(node('span', 'Cached', 'cached'));
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

/** The size in the catalog, or an estimate of four bytes per parameter. */
function sizeOf({ size, parameters }) {
  return size ? bytes(size) : `about ${bytes(4 * parameters)}`;
}

function classesOf({ labels }) {
  return labels ? `${exact(labels.length)} classes` : '1,000 ImageNet classes';
}

function link(address) {
  return Object.assign(node('a', new URL(address).host), { href: address, target: '_blank', rel: 'noopener noreferrer' });
}

function node(name, text, className = '') {
  return Object.assign(document.createElement(name), { textContent: text, className });
}

customElements.define('lens-models', LensModels);
