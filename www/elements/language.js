// @ts-check
// The switch to the other language in the header. Its texts are in the language that it leads to.

import { otherLanguage } from '../app/language.js';
import { find } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { onLanguage } from '../lib/i18n.js';

/** @import { Language } from '../lib/i18n.js' */

/** `switch`: the language to use. @extends {EmitterElement<{ switch: Language }>} */
export class LensLanguage extends EmitterElement {
  #button = find(this, 'button', HTMLButtonElement);

  connectedCallback() {
    this.#button.addEventListener('click', () => this.emit('switch', otherLanguage()));
    const mark = () => { this.#button.lang = otherLanguage(); };
    onLanguage(mark);
    mark();
  }
}

customElements.define('lens-language', LensLanguage);
