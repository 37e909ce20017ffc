// @ts-check
// Single-key shortcuts, in one table that the help dialog lists. They do nothing while the user types or a dialog is open, and can be
// switched off, since speech input triggers them.

/** @import { Key } from '../lib/i18n.js' */

/** Elements that take text. */
const TYPING = 'input:not([type=range], [type=checkbox], [type=radio]), textarea, select, [contenteditable]';
const STORAGE_KEY = 'single-keys';

export class Shortcuts {
  /** Null until it is read: the first use of the browser's storage waits for the disk. @type {boolean | null} */
  #enabled = null;
  /** @type {Map<string, { what: Key, run: () => void }>} */
  #table = new Map();

  constructor() {
    addEventListener('keydown', (event) => this.#press(event));
  }

  /**
   * @param {string} key
   * @param {Key} what describes the shortcut in the help dialog
   * @param {() => void} run
   */
  add(key, what, run) {
    this.#table.set(key, { what, run });
    return this;
  }

  /** Keys and the texts that describe them in the order of their addition. @returns {[string, Key][]} */
  get list() {
    return [...this.#table].map(([key, { what }]) => [key, what]);
  }

  /** Single keys are shortcuts; stored by the browser. */
  get enabled() {
    this.#enabled ??= readEnabled();
    return this.#enabled;
  }

  set enabled(enabled) {
    this.#enabled = enabled;
    try {
      localStorage.setItem(STORAGE_KEY, enabled ? 'on' : 'off');
    } catch {
      // Without storage the choice ends with the page.
    }
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const { key, target, ctrlKey, metaKey, altKey, defaultPrevented } = event;
    if (ctrlKey || metaKey || altKey || defaultPrevented) return;
    // A field of a dialog that was just closed may still have the focus.
    if (target instanceof Element && target.closest(TYPING)?.checkVisibility()) return;
    if (document.querySelector('dialog[open]')) return;
    const found = this.#table.get(key.length === 1 ? key.toLowerCase() : key);
    if (!found || !this.enabled) return;
    event.preventDefault();
    found.run();
  }
}

function readEnabled() {
  try {
    return localStorage.getItem(STORAGE_KEY) !== 'off';
  } catch {
    return true;
  }
}
