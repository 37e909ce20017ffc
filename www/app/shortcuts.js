// Shortcuts of a single key, in one table from which the help sheet is written too. They rest while the
// user types or a dialog is open, and can be switched off for people who speak to their computer.

const TYPING = 'input:not([type=range], [type=checkbox], [type=radio]), textarea, select, [contenteditable]';

export class Shortcuts {
  /** Whether single keys do anything; the browser keeps it. */
  #on = recall();
  #table = new Map();

  constructor() {
    addEventListener('keydown', (event) => this.#press(event));
  }

  /** `key` does `run()`; `what` is the help sheet's word for it. */
  add(key, what, run) {
    this.#table.set(key, { what, run });
    return this;
  }

  /** `[key, what]` in the order of their addition. */
  get list() {
    return [...this.#table].map(([key, { what }]) => [key, what]);
  }

  get on() {
    return this.#on;
  }

  set on(on) {
    this.#on = on;
    try {
      localStorage.setItem('single-keys', on ? 'on' : 'off');
    } catch {
      // Without storage the choice holds until the page is closed.
    }
  }

  #press(event) {
    const { key, target, ctrlKey, metaKey, altKey, defaultPrevented } = event;
    if (!this.#on || ctrlKey || metaKey || altKey || defaultPrevented) return;
    // A field of a dialog just closed may have the focus for a moment yet.
    if (target instanceof Element && target.closest(TYPING)?.checkVisibility()) return;
    if (document.querySelector('dialog[open]')) return;
    const found = this.#table.get(key.length === 1 ? key.toLowerCase() : key);
    if (!found) return;
    event.preventDefault();
    found.run();
  }
}

function recall() {
  try {
    return localStorage.getItem('single-keys') !== 'off';
  } catch {
    return true;
  }
}
