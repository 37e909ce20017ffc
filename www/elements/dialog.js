// Modal dialogs: opened by their button, closed by their close button, by Escape and by a click on the backdrop.

/** Base class of the elements that contain `[data-open]` and a `<dialog>` with `[data-close]`. */
export class DialogElement extends HTMLElement {
  connectedCallback() {
    this.dialog = this.querySelector('dialog');
    this.querySelector('[data-open]').addEventListener('click', () => this.open());
    this.querySelector('[data-close]').addEventListener('click', () => this.dialog.close());
    // The target of a click on the backdrop is the dialog element.
    this.dialog.addEventListener('click', (event) => {
      if (event.target === this.dialog) this.dialog.close();
    });
  }

  open() {
    this.dialog.showModal();
  }
}
