// Controls that provide an image: the file chooser and the link field.

class LensImageSource extends HTMLElement {
  /** Receives a File or a URL. */
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
    // Buttons outside this element that open the same file chooser.
    for (const button of document.querySelectorAll('[data-choose-image]')) {
      button.addEventListener('click', () => this.chooseFile());
    }
  }

  chooseFile() {
    this.querySelector('#image-file').click();
  }
}

customElements.define('lens-image-source', LensImageSource);
