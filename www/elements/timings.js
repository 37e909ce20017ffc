// @ts-check
// Times of loading the model, of its first run (which includes setup) and of later runs, and the parts of the latest one.

import { find } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { duration } from '../lib/format.js';
import { onLanguage, t } from '../lib/i18n.js';
import { setIfChanged } from '../lib/set-if-changed.js';

/** @import { AdapterReport, Timings } from '../pkg/resnet_lens.js' */
/** @import { Answer } from '../lens/selection.js' */

/** @extends {EmitterElement<{ repeat: void }>} */
export class LensTimings extends EmitterElement {
  #button = find(this, '[data-run-again]', HTMLButtonElement);
  #load = find(this, '[data-time=load]', HTMLElement);
  #first = find(this, '[data-time=first]', HTMLElement);
  #later = find(this, '[data-time=infer]', HTMLElement);
  #parts = find(this, '[data-parts]', HTMLElement);
  #warning = find(this, '[data-software]', HTMLElement);
  /** Shows the texts again. */
  #again = () => setIfChanged(this.#parts, { textContent: t('timings.none') });

  connectedCallback() {
    this.#button.addEventListener('click', () => this.emit('repeat'));
    onLanguage(() => this.#again());
    this.#again();
  }

  /** @param {boolean} possible there is an image to run again */
  set canRepeat(possible) {
    setIfChanged(this.#button, { disabled: !possible });
  }

  /**
   * @param {Timings} timings
   * @param {Answer | null} [result] the latest, null before the first
   */
  show({ load, first, infer }, result = null) {
    setIfChanged(this.#load, { textContent: duration(load) });
    setIfChanged(this.#first, { textContent: duration(first) });
    // The latest run may be the first one, which is not a later run.
    setIfChanged(this.#later, { textContent: duration(result && 'first_run' in result && result.first_run ? null : infer) });
    if (!result) return;
    this.#again = () => this.#showParts(result);
    this.#again();
  }

  /** @param {Answer} result */
  #showParts(result) {
    // Frames are neither decoded nor resized on the CPU.
    const { decode, preprocess, infer: network } = 'decode' in result.ms ? result.ms : { decode: null, preprocess: null, infer: null };
    const parts = { decode: duration(decode), resize: duration(preprocess), network: duration(network) };
    setIfChanged(this.#parts, { textContent: t('timings.parts', parts) });
  }

  /**
   * Warns that times of a software adapter are CPU times.
   * @param {AdapterReport} adapter
   */
  warnOf({ software }) {
    this.#warning.hidden = !software;
  }
}

customElements.define('lens-timings', LensTimings);
