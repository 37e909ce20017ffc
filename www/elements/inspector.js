// @ts-check
// The panels of the selected layer and channel. On phones they open as a sheet above the page.

import { find } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';

/** `dismiss`: the sheet was closed. @extends {EmitterElement<{ dismiss: void }>} */
export class LensInspector extends EmitterElement {
  #close = find(this, '[data-close-inspector]', HTMLButtonElement);
  /** The element that had the focus before the sheet was opened. @type {Element | null} */
  #opener = null;

  connectedCallback() {
    this.#close.addEventListener('click', () => this.close());
    this.addEventListener('keydown', ({ key, defaultPrevented }) => {
      if (key === 'Escape' && !defaultPrevented) this.close();
    });
  }

  /** @param {boolean} shown the end of the network takes the place of tiles and channel */
  set showsEnding(shown) {
    if (this.classList.contains('ending') !== shown) this.classList.toggle('ending', shown);
  }

  /** Opens the sheet. The styles of wider windows ignore it. */
  open() {
    if (this.classList.contains('open')) return;
    this.#opener = document.activeElement;
    this.classList.add('open');
    if (this.#close.checkVisibility()) this.#close.focus({ preventScroll: true });
  }

  close() {
    if (!this.classList.contains('open')) return;
    const isSheet = this.#close.checkVisibility();
    const hadFocus = this.contains(document.activeElement) && isSheet;
    this.classList.remove('open');
    if (isSheet) this.emit('dismiss');
    if (hadFocus && (this.#opener instanceof HTMLElement || this.#opener instanceof SVGElement)) this.#opener.focus({ preventScroll: true });
  }
}

customElements.define('lens-inspector', LensInspector);
