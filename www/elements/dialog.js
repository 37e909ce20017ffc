// @ts-check
// Base of the elements that hold a button `[data-open]` and a `<dialog>` with a button `[data-close]`.

import { find } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';

/**
 * @template {object} Events
 * @extends {EmitterElement<Events>}
 */
export class DialogElement extends EmitterElement {
  dialog = find(this, 'dialog', HTMLDialogElement);
  opener = find(this, '[data-open]', HTMLButtonElement);

  connectedCallback() {
    this.opener.addEventListener('click', () => this.open());
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
