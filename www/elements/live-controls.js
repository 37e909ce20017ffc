// @ts-check
// The controls of the live view and its frame rate.

import { find, findAll } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { duration } from '../lib/format.js';
import { numberFormat, onLanguage, t } from '../lib/i18n.js';

/** @import { Camera, VideoSource } from '../live/camera.js' */
/** @import { LiveText } from '../lib/i18n.js' */
/** @import { FrameRate } from '../live/live-loop.js' */

const tenths = numberFormat({ minimumFractionDigits: 1, maximumFractionDigits: 1 });

/**
 * `camera`: the id of a camera.
 * @extends {EmitterElement<{ freeze: void, step: void, mirror: boolean, stop: void, camera: string }>}
 */
export class LensLiveControls extends EmitterElement {
  #freeze = find(this, '[data-freeze]', HTMLButtonElement);
  #step = find(this, '[data-step]', HTMLButtonElement);
  #mirror = find(this, '[data-mirror]', HTMLInputElement);
  #choice = find(this, '[data-choice]', HTMLElement);
  #cameras = find(this, '[data-cameras]', HTMLSelectElement);
  #rate = find(this, '[data-rate]', HTMLElement);
  /** The text shown. @type {LiveText} */
  #live = () => '';

  connectedCallback() {
    this.#freeze.addEventListener('click', () => this.emit('freeze'));
    this.#step.addEventListener('click', () => this.emit('step'));
    find(this, '[data-stop]', HTMLButtonElement).addEventListener('click', () => this.emit('stop'));
    this.#mirror.addEventListener('change', () => this.emit('mirror', this.#mirror.checked));
    this.#cameras.addEventListener('change', () => this.emit('camera', this.#cameras.value));
    onLanguage(() => this.showMessage(this.#live));
    // Buttons elsewhere in the page open the preferred camera.
    for (const button of findAll(document, '[data-camera]', HTMLButtonElement)) button.addEventListener('click', () => this.emit('camera', ''));
  }

  /** @param {{ source: VideoSource | null, frozen: boolean, mirror: boolean, cameras: Camera[] }} view `source` is null while nothing is live */
  show({ source, frozen, mirror, cameras }) {
    this.hidden = !source;
    if (!source) return;
    this.#freeze.ariaPressed = String(frozen);
    this.#step.disabled = !frozen;
    this.#mirror.checked = mirror;
    this.#choice.hidden = source.kind !== 'camera' || cameras.length < 2;
    this.#cameras.replaceChildren(...cameras.map(({ id, name }) => new Option(name, id, false, id === source.id)));
    this.showMessage(() => t(frozen ? 'live.frozen' : 'live.waiting'));
  }

  /**
   * @param {FrameRate} rate
   * @param {boolean} software the adapter is software
   */
  showRate({ fps, latency, gpu }, software) {
    this.showMessage(() => [
      fps !== null && t('live.rate', { frames: tenths(fps) }),
      t('live.latency', { time: duration(latency) }),
      gpu !== null && t(software ? 'live.network' : 'live.gpu', { time: duration(gpu) }),
      software && t('live.software'),
    ].filter(Boolean).join(' · '));
  }

  /**
   * Shows a text instead of the rate.
   * @param {LiveText} text
   */
  showMessage(text) {
    this.#live = text;
    this.#rate.textContent = text();
  }
}

customElements.define('lens-live-controls', LensLiveControls);
