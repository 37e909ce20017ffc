// @ts-check
// Several images, one after the other. A failure of one does not stop the others.

import { asError } from '../lib/errors.js';

/** @import { NamedFile } from './dropped-files.js' */

/** `name`: the image that is being classified. @typedef {{ done: number, total: number, name: string }} QueueProgress */
/**
 * @typedef {object} QueueCallbacks
 * @property {(file: NamedFile) => Promise<void>} classify
 * @property {(file: NamedFile, error: Error) => void} failed called if `classify` rejects. If it throws, the queue ends with that error
 * @property {(progress: QueueProgress | null) => void} progress null: the queue has ended
 */

export class ImageQueue {
  #callbacks;
  /** @type {NamedFile[]} */
  #waiting = [];
  #done = 0;
  /** @type {Promise<void> | null} */
  #running = null;

  /** @param {QueueCallbacks} callbacks */
  constructor(callbacks) {
    this.#callbacks = callbacks;
  }

  /**
   * Appends images. Resolves when the queue is empty.
   * @param {NamedFile[]} files
   */
  add(files) {
    this.#waiting.push(...files);
    this.#running ??= Promise.resolve().then(() => this.#run()).finally(() => { this.#running = null; });
    return this.#running;
  }

  /** Drops the images that wait; the current one is completed. */
  cancel() {
    this.#waiting = [];
  }

  /** Resolves when the queue is empty, whether it ended with an error or not. */
  async settled() {
    await this.#running?.catch(() => {});
  }

  async #run() {
    try {
      for (let file = this.#waiting.shift(); file; file = this.#waiting.shift()) {
        this.#callbacks.progress({ done: this.#done, total: this.#done + 1 + this.#waiting.length, name: file.name });
        await this.#classify(file);
        this.#done += 1;
      }
    } finally {
      this.#waiting = [];
      this.#done = 0;
      this.#callbacks.progress(null);
    }
  }

  /** @param {NamedFile} file */
  async #classify(file) {
    try {
      await this.#callbacks.classify(file);
    } catch (error) {
      this.#callbacks.failed(file, asError(error));
    }
  }
}
