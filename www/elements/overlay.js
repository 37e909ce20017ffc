// @ts-check
// Controls of the overlay on the image: none, the selected channel, a class activation map, or Grad-CAM.

import { UNNAMED, writeName } from '../app/class-names.js';
import { find, targetOf } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { setIfChanged } from '../lib/set-if-changed.js';

/** @import { ClassName } from '../app/class-names.js' */
/** @import { ViewState } from '../app/view-state.js' */

/** @typedef {ViewState['overlay']} OverlayKind */

/** @extends {EmitterElement<{ kind: OverlayKind, opacity: void, save: 'overlay' }>} */
export class LensOverlay extends EmitterElement {
  #slider = find(this, '[data-opacity]', HTMLInputElement);
  #tools = find(this, '[data-tools]', HTMLElement);
  #description = find(this, '[data-description]', HTMLElement);
  #class = find(this, '[data-class]', HTMLElement);
  #source = find(this, '[data-source]', HTMLElement);

  connectedCallback() {
    find(this, '[data-kind]', HTMLElement).addEventListener('change', (event) => {
      const radio = targetOf(event, HTMLInputElement);
      if (radio) this.emit('kind', /** @type {OverlayKind} */ (radio.value));
    });
    this.#slider.addEventListener('input', () => this.emit('opacity'));
    find(this, '[data-save]', HTMLButtonElement).addEventListener('click', () => this.emit('save', 'overlay'));
  }

  get opacity() {
    return Number(this.#slider.value);
  }

  /**
   * @param {OverlayKind} kind
   * @param {string} text describes what is shown
   * @param {ClassName | null} [name] of the class of a map
   */
  show(kind, text, name = null) {
    setIfChanged(find(this, `[value=${kind}]`, HTMLInputElement), { checked: true });
    setIfChanged(this.#tools, { hidden: kind === 'none' });
    setIfChanged(this.#source, { hidden: kind !== 'gradcam' });
    setIfChanged(this.#description, { textContent: text });
    writeName(this.#class, name ? { ...name, text: ` “${name.text}”` } : UNNAMED);
  }
}

customElements.define('lens-overlay', LensOverlay);
