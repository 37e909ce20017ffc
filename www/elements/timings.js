// Times of the model load, the first run (which includes pipeline setup) and later runs, and the parts of the latest run.

import { duration } from '../lib/format.js';
import { setIfChanged } from '../lib/set-if-changed.js';

class LensTimings extends HTMLElement {
  onRepeat = null;

  connectedCallback() {
    this.button = this.querySelector('[data-run-again]');
    this.button.addEventListener('click', () => this.onRepeat?.());
    this.parts = this.querySelector('[data-parts]');
  }

  /** Whether there is an image that can be classified again. */
  set canRepeat(possible) {
    setIfChanged(this.button, { disabled: !possible });
  }

  /** `timings` of the session; `result` is the latest classification, or null before the first. */
  show({ load, first, infer }, result = null) {
    // Until there is a second run, the latest run is the first one.
    const warm = result?.first ? null : infer;
    for (const [name, ms] of Object.entries({ load, first, infer: warm })) {
      setIfChanged(this.querySelector(`[data-time=${name}]`), { textContent: duration(ms) });
    }
    if (!result) return;
    const { decode, preprocess, infer: network } = result.ms;
    const parts = `Latest image: decode ${duration(decode)} · resize ${duration(preprocess)} · network ${duration(network)}`;
    setIfChanged(this.parts, { textContent: parts });
  }

  /** Warns if the adapter has no hardware GPU. */
  showAdapter({ software }) {
    const warning = this.querySelector('[data-software]');
    warning.hidden = !software;
    warning.textContent = software ? 'No hardware GPU: these are CPU times.' : '';
  }
}

customElements.define('lens-timings', LensTimings);
