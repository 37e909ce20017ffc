// @ts-check
// The button that copies a link to the present view, and the dialog that says what the link holds.

import { find } from '../lib/dom.js';
import { bytes } from '../lib/format.js';
import { onLanguage, t } from '../lib/i18n.js';
import { setIfChanged } from '../lib/set-if-changed.js';
import { DialogElement } from './dialog.js';

/** @import { Key } from '../lib/i18n.js' */

/**
 * `share`: the dialog was opened. `embed`: the image is to be embedded or not.
 * @extends {DialogElement<{ share: void, embed: void }>}
 */
export class LensLink extends DialogElement {
  #contents = find(this, '[data-contents]', HTMLElement);
  #missing = find(this, '[data-missing]', HTMLElement);
  #offer = find(this, '[data-offer]', HTMLElement);
  #size = find(this, '[data-size]', HTMLElement);
  #embed = find(this, '[data-embed]', HTMLInputElement);
  #address = find(this, '[data-address]', HTMLInputElement);
  #message = find(this, '[data-message]', HTMLElement);
  /** What the message says. @type {Key | null} */
  #outcome = null;

  /** @override */
  connectedCallback() {
    super.connectedCallback();
    this.#embed.addEventListener('change', () => this.emit('embed'));
    onLanguage(() => {
      if (this.#outcome) this.#report(this.#outcome);
      if (this.dialog.open) this.emit('embed');
    });
    find(this, '[data-copy]', HTMLButtonElement).addEventListener('click', () => this.#copy());
    this.#address.addEventListener('focus', () => this.#address.select());
  }

  /** @override */
  open() {
    super.open();
    this.emit('share');
  }

  /** The image is to be embedded. */
  get isEmbedding() {
    return !this.#offer.hidden && this.#embed.checked;
  }

  /**
   * Offers to embed an image of so many characters that the network sees `side` pixels wide; null: nothing to embed.
   * @param {{ characters: number, side: number, checked: boolean } | null} image
   */
  offer(image) {
    this.#offer.hidden = image === null;
    if (!image) return;
    this.#embed.checked = image.checked;
    setIfChanged(this.#size, { textContent: t('link.size', { side: String(image.side), size: bytes(image.characters) }) });
  }

  /**
   * Shows a link and copies it.
   * @param {{ url: string, contents: string, missing: string }} link
   */
  show({ url, contents, missing }) {
    setIfChanged(this.#contents, { textContent: contents });
    setIfChanged(this.#missing, { textContent: missing, hidden: !missing });
    if (this.#address.value === url && this.#outcome) return;
    this.#address.value = url;
    this.#copy();
  }

  /** @param {Key} outcome */
  #report(outcome) {
    this.#outcome = outcome;
    setIfChanged(this.#message, { textContent: t(outcome) });
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(this.#address.value);
      this.#report('link.copied');
    } catch {
      this.#report('link.copyFailed');
      this.#address.select();
    }
  }
}

customElements.define('lens-link', LensLink);
