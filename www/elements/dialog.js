// @ts-check
// Base of the elements that hold a `<dialog>` with a button `[data-close]`, and usually a button `[data-open]`.

import { find, findAll } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';

/**
 * @template {object} Events
 * @extends {EmitterElement<Events>}
 */
export class DialogElement extends EmitterElement {
  dialog = find(this, 'dialog', HTMLDialogElement);

  connectedCallback() {
    for (const opener of findAll(this, '[data-open]', HTMLButtonElement)) opener.addEventListener('click', () => this.open());
    find(this.dialog, '[data-close]', HTMLButtonElement).addEventListener('click', () => this.dialog.close());
    // A click on the backdrop has the dialog itself as its target.
    this.dialog.addEventListener('click', (event) => {
      if (event.target === this.dialog) this.dialog.close();
    });
  }

  open() {
    this.dialog.showModal();
  }
}
