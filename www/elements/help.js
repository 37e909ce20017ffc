// The sheet of shortcuts, written from the very table that the keyboard obeys.

import { DialogElement } from './dialog.js';

class LensHelp extends DialogElement {
  /** Shows the table of `shortcuts` and lets the user switch them off. */
  tell(shortcuts) {
    this.querySelector('[data-keys]').replaceChildren(...shortcuts.list.map(([key, what]) => {
      const row = document.createElement('div');
      const term = document.createElement('dt');
      term.append(Object.assign(document.createElement('kbd'), { textContent: key }));
      row.append(term, Object.assign(document.createElement('dd'), { textContent: what }));
      return row;
    }));
    const box = this.querySelector('[data-single-keys]');
    box.checked = shortcuts.on;
    box.addEventListener('change', () => { shortcuts.on = box.checked; });
  }
}

customElements.define('lens-help', LensHelp);
