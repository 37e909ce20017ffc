// Settings of the image overlay: none, the selected channel, or the class activation map.

import { NAMELESS, writeName } from '../app/class-names.js';
import { setIfChanged } from '../lib/set-if-changed.js';

class LensOverlay extends HTMLElement {
  /** Receives "none", "channel" or "cam". */
  onKind = null;
  /** The opacity has changed. */
  onOpacity = null;
  onSave = null;

  connectedCallback() {
    this.slider = this.querySelector('[data-opacity]');
    this.querySelector('[data-kind]').addEventListener('change', ({ target }) => this.onKind?.(target.value));
    this.slider.addEventListener('input', () => this.onOpacity?.());
    this.querySelector('[data-save]').addEventListener('click', () => this.onSave?.('overlay'));
  }

  get opacity() {
    return Number(this.slider.value);
  }

  /** `text` describes the overlay of this `kind`; `name` is the class name of a class map. */
  show(kind, text, name = null) {
    setIfChanged(this.querySelector(`[value=${kind}]`), { checked: true });
    setIfChanged(this.querySelector('[data-tools]'), { hidden: kind === 'none' });
    setIfChanged(this.querySelector('[data-description]'), { textContent: text });
    writeName(this.querySelector('[data-class]'), name ? { ...name, text: ` “${name.text}”` } : NAMELESS);
  }
}

customElements.define('lens-overlay', LensOverlay);
