// Three times that must not be mixed up: loading the model, the first run (which also prepares the
// GPU's pipelines) and a warm run. Below them, what the latest image's time went into.

import { duration } from '../lib/format.js';
import { setIfChanged } from '../lib/set-if-changed.js';

class LensTimings extends HTMLElement {
  onRepeat = null;

  connectedCallback() {
    this.button = this.querySelector('[data-run-again]');
    this.button.addEventListener('click', () => this.onRepeat?.());
    this.parts = this.querySelector('[data-parts]');
  }

  /** Whether there is an image to run again. */
  set canRepeat(possible) {
    setIfChanged(this.button, { disabled: !possible });
  }

  /** `timings` of the session; `result` is the latest classification, or null before the first. */
  show({ load, first, infer }, result = null) {
    // The first run is the latest run too until there is a second; it is not a warm one.
    const warm = result?.first ? null : infer;
    for (const [name, ms] of Object.entries({ load, first, infer: warm })) {
      setIfChanged(this.querySelector(`[data-time=${name}]`), { textContent: duration(ms) });
    }
    if (!result) return;
    const { decode, preprocess, infer: network } = result.ms;
    const parts = `Decode ${duration(decode)} · resize ${duration(preprocess)} · network ${duration(network)}`;
    setIfChanged(this.parts, { textContent: parts });
  }

  /** Says plainly when times mean nothing. The header tells the adapter's name. */
  warnOf({ software }) {
    const warning = this.querySelector('[data-software]');
    warning.hidden = !software;
    warning.textContent = software
      ? 'This is a software adapter: the network runs on the CPU, so these times say nothing about a GPU.'
      : '';
  }
}

customElements.define('lens-timings', LensTimings);
