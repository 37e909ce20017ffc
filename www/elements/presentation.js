// @ts-check
// The texts and buttons of presentation mode, readable from the back of a room: the names of layer, channel and class, the value of
// the cell. The map itself stays in its own element, which the styles enlarge.

import { UNNAMED, writeName } from '../app/class-names.js';
import { withTexts } from '../app/static-texts.js';
import { create, createButton } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { setIfChanged } from '../lib/set-if-changed.js';

/** @import { ClassName } from '../app/class-names.js' */

/** What fills the screen. @typedef {'channel' | 'layer'} PresentedMap */

/**
 * `map`: what is to fill the screen. `channel` and `layer`: steps.
 * @extends {EmitterElement<{ map: PresentedMap, channel: number, layer: number, leave: void }>}
 */
export class LensPresentation extends EmitterElement {
  #layer = create('h2');
  #channel = create('p');
  #class = create('p', '', 'class');
  #value = create('p', '', 'value');
  #maps = {
    channel: withTexts(createButton('', () => this.emit('map', 'channel')), { text: 'presentation.channel' }),
    layer: withTexts(createButton('', () => this.emit('map', 'layer')), { text: 'presentation.layer' }),
  };

  connectedCallback() {
    const controls = create('div', '', 'controls');
    controls.append(
      this.#maps.channel,
      this.#maps.layer,
      withTexts(createButton('←', () => this.emit('channel', -1), { 'aria-keyshortcuts': 'ArrowLeft' }), { label: 'presentation.previousChannel' }),
      withTexts(createButton('→', () => this.emit('channel', 1), { 'aria-keyshortcuts': 'ArrowRight' }), { label: 'presentation.nextChannel' }),
      withTexts(createButton('↑', () => this.emit('layer', -1), { 'aria-keyshortcuts': 'ArrowUp' }), { label: 'presentation.previousLayer' }),
      withTexts(createButton('↓', () => this.emit('layer', 1), { 'aria-keyshortcuts': 'ArrowDown' }), { label: 'presentation.nextLayer' }),
      withTexts(createButton('', () => this.emit('leave'), { 'aria-keyshortcuts': 'Escape' }), { text: 'presentation.leave' }),
    );
    this.append(this.#layer, this.#channel, this.#class, this.#value, controls);
  }

  /**
   * Marks what fills the screen; null hides the element.
   * @param {PresentedMap | null} map
   */
  present(map) {
    this.hidden = map === null;
    for (const [name, made] of Object.entries(this.#maps)) setIfChanged(made, { ariaPressed: String(name === map) });
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
