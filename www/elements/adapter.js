// @ts-check
// The GPU adapter in the header, with a mark if it is software.

import { find } from '../lib/dom.js';
import { onLanguage, t } from '../lib/i18n.js';

/** @import { AdapterReport } from '../pkg/resnet_lens.js' */

export class LensAdapter extends HTMLElement {
  #name = find(this, '[data-name]', HTMLElement);
  #software = find(this, '[data-software]', HTMLElement);
  /** Undefined until it is known. @type {AdapterReport | null | undefined} */
  #shown;

  connectedCallback() {
    onLanguage(() => this.#shown !== undefined && this.show(this.#shown));
  }

  /** @param {AdapterReport | null} adapter null: there is none */
  show(adapter) {
    this.#shown = adapter;
    this.#name.textContent = adapter ? adapter.name || adapter.vendor || t('adapter.unnamed') : t('adapter.none');
    this.#software.hidden = !adapter?.software;
    this.title = adapter ? [adapter.vendor, adapter.backend, adapter.driver].filter(Boolean).join(' · ') : '';
  }
}

customElements.define('lens-adapter', LensAdapter);
