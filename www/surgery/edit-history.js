// @ts-check
// Undo and redo of the edits, as texts. Going back and forward in the browser's history moves along the same line.

export class EditHistory {
  /** @type {string[]} */
  #past = [];
  #present = '';
  /** Nearest first. @type {string[]} */
  #future = [];

  get present() {
    return this.#present;
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  get canRedo() {
    return this.#future.length > 0;
  }

  /**
   * The user edits the network.
   * @param {string} text
   * @param {{ merge?: boolean }} [options] `merge`: the edit continues the one before, as a dragged slider does
   */
  edit(text, { merge = false } = {}) {
    if (text === this.#present) return;
    if (!merge) this.#past.push(this.#present);
    this.#future = [];
    this.#present = text;
  }

  /** Returns the edits before the latest change. */
  undo() {
    const text = this.#past.pop();
    if (text === undefined) return this.#present;
    this.#future.unshift(this.#present);
    this.#present = text;
    return text;
  }

  /** Returns the edits after the latest undone change. */
  redo() {
    const text = this.#future.shift();
    if (text === undefined) return this.#present;
    this.#past.push(this.#present);
    this.#present = text;
    return text;
  }

  /**
   * The browser's history or a changed address leads to `text`.
   * @param {string} text
   */
  follow(text) {
    if (text === this.#present) return;
    if (text === this.#past.at(-1)) this.undo();
    else if (text === this.#future.at(0)) this.redo();
    else this.edit(text);
  }

  /**
   * Starts anew, such as for another model.
   * @param {string} present
   */
  reset(present) {
    this.#past = [];
    this.#future = [];
    this.#present = present;
  }
}
