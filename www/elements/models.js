// The model in use, and the dialog from which another is chosen.

import { DialogElement } from './dialog.js';

class LensModels extends DialogElement {
  /** Receives a File, an address or a catalog id. */
  onChoose = null;

  connectedCallback() {
    super.connectedCallback();
    const file = this.querySelector('#model-file');
    const address = this.querySelector('#model-address');
    const choose = (given) => {
      this.dialog.close();
      this.onChoose?.(given);
    };
    this.querySelector('[data-file]').addEventListener('click', () => this.chooseFile());
    for (const button of this.querySelectorAll('[data-id]')) {
      button.addEventListener('click', () => choose(button.dataset.id));
    }
    file.addEventListener('change', () => {
      if (file.files.length > 0) choose(file.files[0]);
      file.value = ''; // The same file may be chosen again.
    });
    this.querySelector('form').addEventListener('submit', (event) => {
      event.preventDefault();
      choose(address.value);
    });
  }

  chooseFile() {
    this.querySelector('#model-file').click();
  }

  show({ name }) {
    this.querySelector('[data-name]').textContent = name;
  }
}

customElements.define('lens-models', LensModels);
