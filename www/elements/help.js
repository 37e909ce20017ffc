// The help dialog. Its list of shortcuts is generated from the table that handles the keyboard.

import { DialogElement } from './dialog.js';

class LensHelp extends DialogElement {
  /** Lists `shortcuts` and lets the user disable them. */
  show(shortcuts) {
    this.querySelector('[data-keys]').replaceChildren(...shortcuts.list.map(([key, description]) => {
      const row = document.createElement('div');
      const term = document.createElement('dt');
      term.append(Object.assign(document.createElement('kbd'), { textContent: key }));
      row.append(term, Object.assign(document.createElement('dd'), { textContent: description }));
      return row;
    }));
    const box = this.querySelector('[data-single-keys]');
    box.checked = shortcuts.on;
    box.addEventListener('change', () => { shortcuts.on = box.checked; });
  }
}

customElements.define('lens-help', LensHelp);
