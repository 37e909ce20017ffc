// @ts-check
// A link that moves the focus to the element with the id in its `href`. It leaves the URL unchanged: the fragment is the view state.

import { find } from '../lib/dom.js';

export class LensSkipLink extends HTMLElement {
  connectedCallback() {
    const link = find(this, 'a', HTMLAnchorElement);
    link.addEventListener('click', (event) => {
      event.preventDefault();
      const target = find(document, link.hash, HTMLElement);
      target.scrollIntoView({ block: 'start' });
      target.focus({ preventScroll: true });
    });
  }
}

customElements.define('lens-skip-link', LensSkipLink);
