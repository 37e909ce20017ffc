// The status line: what the page is doing, the progress of a download, and a live region for results.

import { bytes, seconds } from '../lib/format.js';
import { writeName } from '../app/class-names.js';
import { setIfChanged } from '../lib/set-if-changed.js';

const IDLE_TEXTS = { ready: 'Ready', error: 'See the message above' };

class LensStatus extends HTMLElement {
  onCancel = null;

  connectedCallback() {
    this.text = this.querySelector('[data-text]');
    this.bar = this.querySelector('progress');
    this.cancel = this.querySelector('[data-cancel]');
    this.cancel.addEventListener('click', () => this.onCancel?.());
  }

  /** Shows the page's state. While the page works, `showMessage` and `progress` set the text. */
  show(state) {
    setIfChanged(this.dataset, { shown: state });
    if (IDLE_TEXTS[state]) this.showMessage(IDLE_TEXTS[state]);
  }

  showMessage(text) {
    setIfChanged(this.text, { textContent: text });
    for (const part of [this.bar, this.cancel]) setIfChanged(part, { hidden: true });
  }

  /** Shows a download. `total` in bytes, `speed` in bytes per second and `left` in seconds are null while unknown. */
  progress(text, received, total, { speed = null, left = null } = {}) {
    const done = total ? `${bytes(received)} of ${bytes(total)}` : bytes(received);
    const parts = [`${text}: ${done}`, speed === null ? null : `${bytes(Math.round(speed))}/s`, left === null ? null : `${seconds(left)} left`];
    setIfChanged(this.text, { textContent: parts.filter(Boolean).join(' · ') });
    for (const part of [this.bar, this.cancel]) setIfChanged(part, { hidden: false });
    if (total) this.bar.value = received / total;
    else this.bar.removeAttribute('value');
  }

  /** Announces `{ text, lang }` to screen readers. */
  announce(message) {
    writeName(this.querySelector('[data-announce]'), message);
  }
}

customElements.define('lens-status', LensStatus);
