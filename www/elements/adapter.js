// @ts-check
// The device in the header, with a mark if it is not a hardware GPU.

import { find } from '../lib/dom.js';
import { onLanguage, t } from '../lib/i18n.js';

/** @import { AdapterReport } from '../pkg/resnet_lens.js' */

export class LensAdapter extends HTMLElement {
  #name = find(this, '[data-name]', HTMLElement);
  #threads = find(this, '[data-threads]', HTMLElement);
  #kind = find(this, '[data-kind]', HTMLElement);
  #software = find(this, '[data-software]', HTMLElement);
  #withoutGpu = find(this, '[data-without-gpu]', HTMLElement);
  /** Undefined until it is known. @type {AdapterReport | null | undefined} */
  #shown;

  connectedCallback() {
    onLanguage(() => this.#shown !== undefined && this.show(this.#shown));
  }

  /** @param {AdapterReport | null} adapter null: there is none */
  show(adapter) {
    this.#shown = adapter;
    this.#name.textContent = adapter ? adapter.name || adapter.vendor || t('adapter.unnamed') : t('adapter.none');
    const onCpu = adapter?.device === 'cpu';
    this.#threads.textContent = adapter?.threads ? t('adapter.threads', { count: adapter.threads }) : '';
    this.#kind.hidden = onCpu; // Its name says it.
    this.#withoutGpu.hidden = !onCpu;
    this.#software.hidden = onCpu || !adapter?.software;
    this.title = onCpu ? t('adapter.cpuDetail') : adapter ? [adapter.vendor, adapter.backend, adapter.driver].filter(Boolean).join(' · ') : '';
  }
}

customElements.define('lens-adapter', LensAdapter);
