// @ts-check
// A panel of the page that a button opens and closes.

import { find } from '../lib/dom.js';
import { setIfChanged } from '../lib/set-if-changed.js';

/**
 * Reports what the user wants. Closing returns the focus to the button that opens the panel.
 * @param {HTMLElement} panel with a button `[data-close]`
 * @param {HTMLButtonElement} opener
 * @param {(open: boolean) => void} onOpen
 */
export function listenToPanel(panel, opener, onOpen) {
  opener.addEventListener('click', () => onOpen(panel.hidden === true));
  find(panel, '[data-close]', HTMLButtonElement).addEventListener('click', () => {
    onOpen(false);
    opener.focus();
  });
}

/**
 * @param {HTMLElement} panel
 * @param {HTMLButtonElement} opener
 * @param {boolean} open
 */
export function setPanelOpen(panel, opener, open) {
  setIfChanged(panel, { hidden: !open });
  setIfChanged(opener, { ariaExpanded: String(open) });
}
