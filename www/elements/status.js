// @ts-check
// The status line: what the page is doing, the progress of a download, and a live region for results.

import { writeName } from '../app/class-names.js';
import { find } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { bytes, seconds } from '../lib/format.js';
import { onLanguage, t } from '../lib/i18n.js';
import { setIfChanged } from '../lib/set-if-changed.js';

/** @import { ClassName } from '../app/class-names.js' */
/** @import { StateName } from '../app/page-state.js' */
/** @import { Key, LiveText } from '../lib/i18n.js' */
/** @import { Rate } from '../lib/transfer-rate.js' */

/** Texts of the states in which nothing is running. @type {Partial<Record<StateName, Key>>} */
const IDLE = { ready: 'status.ready', error: 'status.error' };

/** @extends {EmitterElement<{ 'cancel-download': void }>} */
export class LensStatus extends EmitterElement {
  #text = find(this, '[data-text]', HTMLElement);
  #bar = find(this, 'progress', HTMLProgressElement);
  #cancel = find(this, '[data-cancel]', HTMLButtonElement);
  /** The next idle text says that a download was cancelled. */
  #cancelled = false;
  /** The text shown. @type {LiveText} */
  #live = () => t('status.starting');
  #announcement = find(this, '[data-announce]', HTMLElement);

  connectedCallback() {
    this.#cancel.addEventListener('click', () => {
      this.#cancelled = true;
      this.emit('cancel-download');
    });
    const show = () => setIfChanged(this.#text, { textContent: this.#live() });
    onLanguage(show);
    show();
  }

  /**
   * Shows the page's state. While something is running, `showMessage` and `progress` write the text.
   * @param {StateName} state
   */
  show(state) {
    setIfChanged(this.dataset, { shown: state });
    const idle = IDLE[state];
    if (!idle) return;
    const key = this.#cancelled && state === 'ready' ? 'status.cancelled' : idle;
    this.showMessage(() => t(key));
    this.#cancelled = false;
  }

  /**
   * @param {LiveText} text
   * @param {{ cancel?: boolean }} [options] `cancel`: it can be cancelled like a download
   */
  showMessage(text, { cancel = false } = {}) {
    this.#write(text);
    setIfChanged(this.#bar, { hidden: true });
    setIfChanged(this.#cancel, { hidden: !cancel });
  }

  /**
   * Shows the progress of a download.
   * @param {LiveText} text
   * @param {number} received in bytes
   * @param {number | null} total null if the server does not report it
   * @param {Rate} [rate]
   */
  progress(text, received, total, { speed, left } = { speed: null, left: null }) {
    this.#write(() => {
      const done = total ? t('format.of', { done: bytes(received), total: bytes(total) }) : bytes(received);
      const rate = speed === null ? null : `${bytes(Math.round(speed))}/s`;
      return [`${text()}: ${done}`, rate, left === null ? null : t('status.left', { time: seconds(left) })].filter(Boolean).join(' · ');
    });
    for (const part of [this.#bar, this.#cancel]) setIfChanged(part, { hidden: false });
    if (total) this.#bar.value = received / total;
    else this.#bar.removeAttribute('value');
  }

  /** @param {LiveText} text */
  #write(text) {
    this.#live = text;
    setIfChanged(this.#text, { textContent: text() });
  }

  /**
   * Has screen readers read a text.
   * @param {ClassName} spoken
   */
  announce(spoken) {
    writeName(this.#announcement, spoken);
  }
}

customElements.define('lens-status', LensStatus);
