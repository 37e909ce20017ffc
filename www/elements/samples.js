// @ts-check
// Sample photos, offered while no image is in view.

import { findAll } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';

/** `choose`: the address of a photo, relative to the page. @extends {EmitterElement<{ choose: string }>} */
export class LensSamples extends EmitterElement {
  connectedCallback() {
    for (const button of findAll(this, '[data-sample]', HTMLButtonElement)) {
      button.addEventListener('click', () => this.emit('choose', button.dataset.sample ?? ''));
    }
  }
}

customElements.define('lens-samples', LensSamples);
