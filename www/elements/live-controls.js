// @ts-check
// The controls of the live view and its frame rate.

import { find, findAll } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { duration } from '../lib/format.js';

/** @import { Camera, VideoSource } from '../live/camera.js' */
/** @import { FrameRate } from '../live/live-loop.js' */

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

  connectedCallback() {
    this.#freeze.addEventListener('click', () => this.emit('freeze'));
    this.#step.addEventListener('click', () => this.emit('step'));
    find(this, '[data-stop]', HTMLButtonElement).addEventListener('click', () => this.emit('stop'));
    this.#mirror.addEventListener('change', () => this.emit('mirror', this.#mirror.checked));
    this.#cameras.addEventListener('change', () => this.emit('camera', this.#cameras.value));
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
    if (frozen) this.showMessage('Frozen: this frame is shown until you resume.');
    else this.showMessage('Waiting for the first frame.');
  }

  /**
   * @param {FrameRate} rate
   * @param {boolean} software the adapter is software
   */
  showRate({ fps, latency, gpu }, software) {
    this.showMessage([
      fps !== null && `${fps.toFixed(1)} frames/s`,
      `latency ${duration(latency)}`,
      gpu !== null && `${software ? 'network' : 'GPU'} ${duration(gpu)}`,
      software && 'software rendering: some frames are skipped to keep the page responsive',
    ].filter(Boolean).join(' · '));
  }

  /**
   * Shows a text instead of the rate.
   * @param {string} text
   */
  showMessage(text) {
    this.#rate.textContent = text;
  }
}

customElements.define('lens-live-controls', LensLiveControls);
