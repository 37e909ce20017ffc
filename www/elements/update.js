// @ts-check
// One quiet line that offers the next release of the page.

import { find } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';

/** `accept`: open the page again with the next release. @extends {EmitterElement<{ accept: void }>} */
export class LensUpdate extends EmitterElement {
  connectedCallback() {
    find(this, '[data-accept]', HTMLButtonElement).addEventListener('click', () => this.emit('accept'));
    find(this, '[data-later]', HTMLButtonElement).addEventListener('click', () => { this.hidden = true; });
  }
}

customElements.define('lens-update', LensUpdate);
