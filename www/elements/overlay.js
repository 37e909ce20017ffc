// What lies over the image: nothing, the channel looked at, or the map of where a class was seen.

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

  /** `of` says in words what is shown, `name` which class it is of. */
  show(kind, of, name = null) {
    setIfChanged(this.querySelector(`[value=${kind}]`), { checked: true });
    setIfChanged(this.querySelector('[data-tools]'), { hidden: kind === 'none' });
    setIfChanged(this.querySelector('[data-of]'), { textContent: of });
    writeName(this.querySelector('[data-class]'), name ? { ...name, text: ` “${name.text}”` } : NAMELESS);
  }
}

customElements.define('lens-overlay', LensOverlay);
