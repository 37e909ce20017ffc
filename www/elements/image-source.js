// @ts-check
// The file chooser and the URL field for images.

import { find, findAll } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';

/** @import { NamedFile } from '../images/dropped-files.js' */

/** `choose`: a file or a URL. @extends {EmitterElement<{ choose: File | string, several: NamedFile[] }>} */
export class LensImageSource extends EmitterElement {
  #file = find(this, '#image-file', HTMLInputElement);
  #address = find(this, '#image-address', HTMLInputElement);

  connectedCallback() {
    this.#file.addEventListener('change', () => {
      const files = [...this.#file.files ?? []];
      if (files.length === 1) this.emit('choose', files[0]);
      else if (files.length > 1) this.emit('several', files.map((blob) => ({ blob, name: blob.name, address: null })));
      this.#file.value = ''; // The same file may be chosen again.
    });
    find(this, 'form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      this.emit('choose', this.#address.value);
    });
    // Buttons elsewhere in the page open the same file chooser.
    for (const button of findAll(document, '[data-choose-image]', HTMLButtonElement)) {
      button.addEventListener('click', () => this.chooseFile());
    }
  }

  chooseFile() {
    this.#file.click();
  }
}

customElements.define('lens-image-source', LensImageSource);
