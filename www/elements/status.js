// The line at the bottom: what the page is doing, how far a download is, and one live region that
// speaks only when something has come to an end.

import { bytes, seconds } from '../lib/format.js';
import { writeName } from '../app/class-names.js';
import { setIfChanged } from '../lib/set-if-changed.js';

const RESTING = { ready: 'Ready', error: 'See the message above' };

class LensStatus extends HTMLElement {
  onCancel = null;

  connectedCallback() {
    this.text = this.querySelector('[data-text]');
    this.bar = this.querySelector('progress');
    this.cancel = this.querySelector('[data-cancel]');
    this.cancel.addEventListener('click', () => this.onCancel?.());
  }

  /** Follows the page's state; while something is under way `say` and `progress` have the word. */
  show(state) {
    setIfChanged(this.dataset, { shown: state });
    if (RESTING[state]) this.say(RESTING[state]);
  }

  say(text) {
    setIfChanged(this.text, { textContent: text });
    for (const part of [this.bar, this.cancel]) setIfChanged(part, { hidden: true });
  }

  /** `total` is null where the server does not tell it, `speed` in bytes a second and `left` in seconds where they are not known. */
  progress(text, received, total, { speed = null, left = null } = {}) {
    const done = total ? `${bytes(received)} of ${bytes(total)}` : bytes(received);
    const parts = [`${text}: ${done}`, speed === null ? null : `${bytes(Math.round(speed))}/s`, left === null ? null : `${seconds(left)} left`];
    setIfChanged(this.text, { textContent: parts.filter(Boolean).join(' · ') });
    for (const part of [this.bar, this.cancel]) setIfChanged(part, { hidden: false });
    if (total) this.bar.value = received / total;
    else this.bar.removeAttribute('value');
  }

  /** Speaks a text, `{ text, lang }`. */
  announce(spoken) {
    writeName(this.querySelector('[data-announce]'), spoken);
  }
}

customElements.define('lens-status', LensStatus);
