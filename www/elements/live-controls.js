// Controls and frame rate of the live view.

import { duration } from '../lib/format.js';

class LensLiveControls extends HTMLElement {
  onFreeze = null;
  onStep = null;
  onMirror = null;
  onStop = null;
  /** Receives the id of a camera. */
  onCamera = null;

  connectedCallback() {
    const on = (selector, type, go) => this.querySelector(selector).addEventListener(type, go);
    on('[data-freeze]', 'click', () => this.onFreeze?.());
    on('[data-step]', 'click', () => this.onStep?.());
    on('[data-stop]', 'click', () => this.onStop?.());
    on('[data-mirror]', 'change', ({ target }) => this.onMirror?.(target.checked));
    on('[data-cameras]', 'change', ({ target }) => this.onCamera?.(target.value));
  }

  /** `source` is null while no camera or video is open. */
  show({ source, frozen, mirror, cameras }) {
    this.hidden = !source;
    if (!source) return;
    const freeze = this.querySelector('[data-freeze]');
    freeze.ariaPressed = String(frozen);
    this.querySelector('[data-step]').disabled = !frozen;
    this.querySelector('[data-mirror]').checked = mirror;
    this.querySelector('[data-choice]').hidden = source.kind !== 'camera' || cameras.length < 2;
    this.querySelector('[data-cameras]').replaceChildren(
      ...cameras.map(({ id, name }) => new Option(name, id, false, id === source.id)),
    );
    if (frozen) this.showMessage('Frozen: this frame is shown until you resume.');
    else this.showMessage('Waiting for the first frame.');
  }

  /** Shows the frame rate, the latency in milliseconds and the time on the GPU (null if unknown). */
  showRate({ fps, latency, gpu }, software) {
    this.showMessage([
      fps !== null && `${fps.toFixed(1)} frames/s`,
      `latency ${duration(latency)}`,
      gpu !== null && `${software ? 'network' : 'GPU'} ${duration(gpu)}`,
      software && 'software rendering: some frames are skipped to keep the page responsive',
    ].filter(Boolean).join(' · '));
  }

  /** Shows a text instead of the rate. */
  showMessage(text) {
    this.querySelector('[data-rate]').textContent = text;
  }
}

customElements.define('lens-live-controls', LensLiveControls);
