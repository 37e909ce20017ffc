// @ts-check
// The list of keyboard shortcuts.

import { create, find } from '../lib/dom.js';
import { onLanguage, t } from '../lib/i18n.js';
import { DialogElement } from './dialog.js';

/** @import { Shortcuts } from '../app/shortcuts.js' */

/** @extends {DialogElement<{}>} */
export class LensHelp extends DialogElement {
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
    const box = find(this, '[data-single-keys]', HTMLInputElement);
    box.checked = shortcuts.enabled;
    box.addEventListener('change', () => { shortcuts.enabled = box.checked; });
  }
}

customElements.define('lens-help', LensHelp);
