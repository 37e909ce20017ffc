// @ts-check
// The GPU adapter in the header, with a mark if it is software.

import { find } from '../lib/dom.js';

/** @import { AdapterReport } from '../pkg/resnet_lens.js' */

export class LensAdapter extends HTMLElement {
  #name = find(this, '[data-name]', HTMLElement);
  #software = find(this, '[data-software]', HTMLElement);

  /** @param {AdapterReport | null} adapter null: there is none */
  show(adapter) {
    this.#name.textContent = adapter ? adapter.name || adapter.vendor || 'unnamed adapter' : 'none';
    this.#software.hidden = !adapter?.software;
    this.title = adapter ? [adapter.vendor, adapter.backend, adapter.driver].filter(Boolean).join(' · ') : '';
  }
}

customElements.define('lens-adapter', LensAdapter);
