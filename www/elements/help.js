// @ts-check
// The list of keyboard shortcuts.

import { create, find } from '../lib/dom.js';
import { onLanguage, t } from '../lib/i18n.js';
import { DialogElement } from './dialog.js';

/** @import { Shortcuts } from '../app/shortcuts.js' */

/** @extends {DialogElement<{}>} */
export class LensHelp extends DialogElement {
  /** @type {Shortcuts | null} */
  #shortcuts = null;

  /**
   * Lists the shortcuts and lets the user switch single-key ones off.
   * @param {Shortcuts} shortcuts
   */
  show(shortcuts) {
    const list = () => find(this, '[data-keys]', HTMLElement).replaceChildren(...shortcuts.list.map(([key, what]) => {
      const row = create('div');
      const term = create('dt');
      term.append(create('kbd', key));
      row.append(term, create('dd', t(what)));
      return row;
    }));
    onLanguage(list);
    list();
    this.#shortcuts = shortcuts;
    this.#box.addEventListener('change', () => { shortcuts.enabled = this.#box.checked; });
  }

  /** @override */
  open() {
    this.#box.checked = this.#shortcuts?.enabled ?? true;
    super.open();
  }

  get #box() {
    return find(this, '[data-single-keys]', HTMLInputElement);
  }
}

customElements.define('lens-help', LensHelp);
