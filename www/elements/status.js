// @ts-check
// The status line: what the page is doing, the progress of a download, and a live region for results.

import { writeName } from '../app/class-names.js';
import { find } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { bytes, seconds } from '../lib/format.js';
import { setIfChanged } from '../lib/set-if-changed.js';

/** @import { ClassName } from '../app/class-names.js' */
/** @import { StateName } from '../app/page-state.js' */
/** @import { Rate } from '../lib/transfer-rate.js' */

/** Texts of the states in which nothing is running. @type {Partial<Record<StateName, string>>} */
const IDLE = { ready: 'Ready', error: 'See the message above' };

/** @extends {EmitterElement<{ 'cancel-download': void }>} */
export class LensStatus extends EmitterElement {
  #text = find(this, '[data-text]', HTMLElement);
  #bar = find(this, 'progress', HTMLProgressElement);
  #cancel = find(this, '[data-cancel]', HTMLButtonElement);
  /** The next idle text says that a download was cancelled. */
  #cancelled = false;
  #announcement = find(this, '[data-announce]', HTMLElement);

  connectedCallback() {
    this.#cancel.addEventListener('click', () => {
      this.#cancelled = true;
      this.emit('cancel-download');
    });
  }

  /**
   * Shows the page's state. While something is running, `showMessage` and `progress` write the text.
   * @param {StateName} state
   */
  show(state) {
    setIfChanged(this.dataset, { shown: state });
    const text = IDLE[state];
    if (!text) return;
    this.showMessage(this.#cancelled && state === 'ready' ? 'Download cancelled' : text);
    this.#cancelled = false;
  }

  /**
   * @param {string} text
   * @param {{ cancel?: boolean }} [options] `cancel`: it can be cancelled like a download
   */
  showMessage(text, { cancel = false } = {}) {
    setIfChanged(this.#text, { textContent: text });
    setIfChanged(this.#bar, { hidden: true });
    setIfChanged(this.#cancel, { hidden: !cancel });
  }

  /**
   * Shows the progress of a download.
   * @param {string} text
   * @param {number} received in bytes
   * @param {number | null} total null if the server does not report it
   * @param {Rate} [rate]
   */
  progress(text, received, total, { speed, left } = { speed: null, left: null }) {
    const done = total ? `${bytes(received)} of ${bytes(total)}` : bytes(received);
    const parts = [`${text}: ${done}`, speed === null ? null : `${bytes(Math.round(speed))}/s`, left === null ? null : `${seconds(left)} left`];
    setIfChanged(this.#text, { textContent: parts.filter(Boolean).join(' · ') });
    for (const part of [this.#bar, this.#cancel]) setIfChanged(part, { hidden: false });
    if (total) this.#bar.value = received / total;
    else this.#bar.removeAttribute('value');
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
