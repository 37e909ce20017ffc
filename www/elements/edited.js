// @ts-check
// The mark beside the predictions while the network is edited, so that nobody takes its answer for the loaded network's. The edits are in
// its dataset, for tests and scripts.

import { find } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { setIfChanged } from '../lib/set-if-changed.js';

/** `open`: the edits are to be shown. `remove-all`: the network is to be as loaded. @extends {EmitterElement<{ open: void, 'remove-all': void }>} */
export class LensEdited extends EmitterElement {
  #open = find(this, '[data-open]', HTMLButtonElement);

  connectedCallback() {
    this.#open.addEventListener('click', () => this.emit('open'));
    find(this, '[data-remove-all]', HTMLButtonElement).addEventListener('click', () => this.emit('remove-all'));
  }

  /**
   * @param {string} edits those of the network that computes the predictions, as text; empty: there are none
   * @param {string} words the same in words
   */
  show(edits, words) {
    setIfChanged(this.dataset, { edits });
    setIfChanged(/** @type {HTMLElement} */ (this), { hidden: edits === '' });
    setIfChanged(this.#open, { title: words });
  }
}

customElements.define('lens-edited', LensEdited);
