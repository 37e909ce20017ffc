// @ts-check
// Elements with the same model share one engine. It ends some time after the last of them has left the document, so that an element may
// be moved.

import { asError } from '../../../www/lib/errors.js';
import { ResNetLens } from '../lens.js';
import { starter } from '../starter.js';
import { engineOptions } from './settings.js';

/** @import { Classification } from '../../../www/pkg/resnet_lens.js' */
/** @import { ReadImage } from '../image-input.js' */
/** @import { LoadProgress } from '../options.js' */

/** Milliseconds without an element. */
const KEPT_MS = 5000;
/** More classes than any element lists need no second run. */
const MOST_CLASSES = 20;

/** @type {Map<string, SharedEngine>} */
const engines = new Map();

export class SharedEngine {
  /** @type {Promise<ResNetLens>} */
  lens;
  #key;
  #users = 0;
  #control = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #ending;
  /** @type {Set<(progress: LoadProgress) => void>} */
  #listeners = new Set();
  /** The edits in use, and the image that was classified last with its result. */
  #edits = '';
  /** @type {{ image: ReadImage, result: Classification } | null} */
  #latest = null;

  /** @param {string} key */
  constructor(key) {
    this.#key = key;
    const onProgress = (/** @type {LoadProgress} */ progress) => { for (const listener of this.#listeners) listener(progress); };
    this.lens = ResNetLens.load({ ...engineOptions(), model: key === '' ? starter : key, signal: this.#control.signal, onProgress });
    this.lens.catch(() => this.#forget()); // The elements report it; a later one tries again.
  }

  /**
   * The engine with a model, which the caller releases.
   * @param {string} model as in the attribute; empty: the starter
   * @returns {SharedEngine}
   */
  static acquire(model) {
    const engine = engines.get(model) ?? new SharedEngine(model);
    engines.set(model, engine);
    engine.#users += 1;
    clearTimeout(engine.#ending);
    return engine;
  }

  release() {
    this.#users -= 1;
    if (this.#users === 0) this.#ending = setTimeout(() => this.#end(), KEPT_MS);
  }

  /**
   * Reports the progress of loading until the signal is aborted.
   * @param {(progress: LoadProgress) => void} listener
   * @param {AbortSignal} signal
   */
  onProgress(listener, signal) {
    this.#listeners.add(listener);
    signal.addEventListener('abort', () => this.#listeners.delete(listener));
  }

  /**
   * Classifies an image with an edited network, unless it is what was classified last.
   * @param {ResNetLens} lens of `exclusive`
   * @param {ReadImage} image
   * @param {string[]} edits
   */
  async classify(lens, image, edits) {
    if (edits.join() !== this.#edits) {
      this.#latest = null;
      await lens.operate(edits, { top: 1 });
      this.#edits = edits.join();
    }
    if (this.#latest?.image !== image) {
      this.#latest = null;
      this.#latest = { image, result: await lens.classify(image.blob ?? image.pixels, { top: MOST_CLASSES }) };
    }
    return this.#latest.result;
  }

  #end() {
    this.#forget();
    this.#control.abort();
    this.lens.then((lens) => lens.dispose(), asError);
  }

  #forget() {
    if (engines.get(this.#key) === this) engines.delete(this.#key);
  }
}
