// @ts-check
// What a room reads while a channel or a layer fills the screen: the names of layer, channel and class, the value of the cell, and
// large buttons. The map itself stays in its own element, which the styles enlarge.

import { UNNAMED, writeName } from '../app/class-names.js';
import { find, findAll } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { setIfChanged } from '../lib/set-if-changed.js';

/** @import { ClassName } from '../app/class-names.js' */

/** What fills the screen. @typedef {'channel' | 'layer'} PresentedMap */

/**
 * `map`: what is to fill the screen. `channel` and `layer`: steps.
 * @extends {EmitterElement<{ map: PresentedMap, channel: number, layer: number, leave: void }>}
 */
export class LensPresentation extends EmitterElement {
  #layer = find(this, '[data-layer-name]', HTMLElement);
  #channel = find(this, '[data-channel-name]', HTMLElement);
  #class = find(this, '[data-class-name]', HTMLElement);
  #value = find(this, '[data-value]', HTMLElement);
  #maps = findAll(this, '[data-map]', HTMLButtonElement);

  connectedCallback() {
    for (const button of this.#maps) button.addEventListener('click', () => this.emit('map', button.dataset.map === 'layer' ? 'layer' : 'channel'));
    for (const button of findAll(this, '[data-channel-by]', HTMLButtonElement)) {
      button.addEventListener('click', () => this.emit('channel', Number(button.dataset.channelBy)));
    }
    for (const button of findAll(this, '[data-layer-by]', HTMLButtonElement)) {
      button.addEventListener('click', () => this.emit('layer', Number(button.dataset.layerBy)));
    }
    find(this, '[data-leave]', HTMLButtonElement).addEventListener('click', () => this.emit('leave'));
  }

  /**
   * Marks what fills the screen; null hides the element.
   * @param {PresentedMap | null} map
   */
  present(map) {
    this.hidden = map === null;
    for (const button of this.#maps) setIfChanged(button, { ariaPressed: String(button.dataset.map === map) });
  }

  /** @param {{ layer: string, channel: string, best: ClassName }} names */
  show({ layer, channel, best }) {
    setIfChanged(this.#layer, { textContent: layer });
    setIfChanged(this.#channel, { textContent: channel });
    writeName(this.#class, best.text ? best : UNNAMED);
  }

  /**
   * Shows the value of the cell; an empty text removes it.
   * @param {string} text
   */
  showValue(text) {
    setIfChanged(this.#value, { textContent: text });
  }
}

customElements.define('lens-presentation', LensPresentation);
