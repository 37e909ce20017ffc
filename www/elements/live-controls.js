// The controls of the live view, and what it says of itself.

import { duration } from '../lib/format.js';

class LensLiveControls extends HTMLElement {
  onFreeze = null;
  onStep = null;
  onMirror = null;
  onEnd = null;
  /** Receives the id of a camera. */
  onCamera = null;

  connectedCallback() {
    const on = (selector, type, go) => this.querySelector(selector).addEventListener(type, go);
    on('[data-freeze]', 'click', () => this.onFreeze?.());
    on('[data-step]', 'click', () => this.onStep?.());
    on('[data-end]', 'click', () => this.onEnd?.());
    on('[data-mirror]', 'change', ({ target }) => this.onMirror?.(target.checked));
    on('[data-cameras]', 'change', ({ target }) => this.onCamera?.(target.value));
  }

  /** `source` is null while nothing is live. */
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
    if (frozen) this.say('Frozen: the lens shows this frame until you go on.');
    else this.say('Waiting for the first frame.');
  }

  /** What was measured of the last frames. */
  showRate({ fps, latency, gpu }, software) {
    this.say([
      fps !== null && `${fps.toFixed(1)} frames a second`,
      `${duration(latency)} from frame to answer`,
      gpu !== null && `${software ? 'network' : 'GPU'} ${duration(gpu)}`,
      software && 'a software adapter: frames in between are left out, and it rests to leave the page its share',
    ].filter(Boolean).join(' · '));
  }

  /** Says something instead of a rate. */
  say(text) {
    this.querySelector('[data-rate]').textContent = text;
  }
}

customElements.define('lens-live-controls', LensLiveControls);
