// @ts-check
// The dialog that shows a figure before it is saved.

import { create, find, findAll, targetOf } from '../lib/dom.js';
import { t } from '../lib/i18n.js';
import { setIfChanged } from '../lib/set-if-changed.js';
import { DialogElement } from './dialog.js';

/** @typedef {'png' | 'svg'} FigureFormat */
/** Which channels a sheet contains: the visible ones, or so many of the order shown. @typedef {'visible' | number} ChannelChoice */

/**
 * `save`: the format to save. `channels`: another choice of channels.
 * @extends {DialogElement<{ save: FigureFormat, channels: ChannelChoice }>}
 */
export class LensFigure extends DialogElement {
  #preview = find(this, '[data-preview]', HTMLImageElement);
  #message = find(this, '[data-message]', HTMLElement);
  #channels = find(this, '[data-channels]', HTMLElement);
  #select = find(this, 'select', HTMLSelectElement);
  #buttons = findAll(this, '[data-format]', HTMLButtonElement);

  /** @override */
  connectedCallback() {
    super.connectedCallback();
    for (const button of this.#buttons) button.addEventListener('click', () => this.emit('save', button.dataset.format === 'svg' ? 'svg' : 'png'));
    this.addEventListener('change', (event) => {
      const select = targetOf(event, HTMLSelectElement);
      if (select) this.emit('channels', select.value === 'visible' ? 'visible' : Number(select.value));
    });
  }

  /**
   * Opens the dialog for a figure that is about to be made.
   * @param {{ value: ChannelChoice, text: string }[]} channels choices of channels, empty if there are none
   */
  begin(channels) {
    this.#channels.hidden = channels.length === 0;
    this.#select.replaceChildren(...channels.map(({ value, text }) => Object.assign(create('option', text), { value: String(value) })));
    if (!this.dialog.open) this.open();
  }

  /**
   * Shows a finished figure.
   * @param {{ url: string, title: string, size: { width: number, height: number } }} figure `size` of its PNG file
   */
  show({ url, title, size }) {
    Object.assign(this.#preview, { src: url, alt: t('figure.alt', { title }), hidden: false });
    setIfChanged(this.#message, { textContent: t('figure.formats', size) });
    for (const button of this.#buttons) button.disabled = false;
  }

  /**
   * Shows a text while there is no figure.
   * @param {string} text
   */
  showMessage(text) {
    this.#preview.hidden = true;
    setIfChanged(this.#message, { textContent: text });
    for (const button of this.#buttons) button.disabled = true;
  }
}

customElements.define('lens-figure', LensFigure);
