// The ways to an image that need a control: the file chooser and the address field.

class LensImageSource extends HTMLElement {
  /** Receives a File or an address. */
  onChoose = null;

  connectedCallback() {
    const file = this.querySelector('#image-file');
    const address = this.querySelector('#image-address');
    file.addEventListener('change', () => {
      if (file.files.length > 0) this.onChoose?.(file.files[0]);
      file.value = ''; // The same file may be chosen again.
    });
    this.querySelector('form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.onChoose?.(address.value);
    });
    // The invitation's button lies outside this element but means the same.
    for (const button of document.querySelectorAll('[data-choose-image]')) {
      button.addEventListener('click', () => this.chooseFile());
    }
  }

  chooseFile() {
    this.querySelector('#image-file').click();
  }
}

customElements.define('lens-image-source', LensImageSource);
