// What every dialog of the page does: opens by its button, closes by its own, by Escape and by its backdrop.

/** Base of the elements that hold `[data-open]` and a `<dialog>` with `[data-close]`. */
export class DialogElement extends HTMLElement {
  connectedCallback() {
    this.dialog = this.querySelector('dialog');
    this.querySelector('[data-open]').addEventListener('click', () => this.open());
    this.querySelector('[data-close]').addEventListener('click', () => this.dialog.close());
    // A click on the backdrop lands on the dialog itself.
    this.dialog.addEventListener('click', (event) => {
      if (event.target === this.dialog) this.dialog.close();
    });
  }

  open() {
    this.dialog.showModal();
  }
}
