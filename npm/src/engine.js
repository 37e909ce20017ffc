// @ts-check
// The engine of a lens: a session with one model, which is opened again after a failure.

import { Session } from '../../www/engine/session.js';
import { namedError, textError } from '../../www/lib/errors.js';
import { ownWasm, ownWorker } from './assets.js';
import { abortable } from './call-queue.js';
import { publicError } from './errors.js';
import { wantedModel } from './model-input.js';
import { absolute, startWorker } from './start-worker.js';

/** @import { ModelProgress } from '../../www/engine/worker-api.js' */
/** @import { AdapterReport, ModelCard, ModelInfo } from '../../www/pkg/resnet_lens.js' */
/** @import { ReadImage } from './image-input.js' */
/** @import { EngineOptions, LoadProgress } from './options.js' */

export class Engine {
  /** @type {Session} */
  session;
  /** @type {ModelInfo | null} */
  model = null;
  /** @type {ModelCard | null} */
  card = null;
  /** @type {AdapterReport | null} */
  adapter = null;
  /** Edits of the network. @type {string[]} */
  edits = [];
  /** Nodes whose values are kept. @type {string[]} */
  observed = [];
  /** The latest image, which is classified again after a failure. @type {ReadImage | null} */
  image = null;
  /** Index of the most probable class of the latest image. @type {number | null} */
  best = null;
  #options;
  #isOpen = false;
  #isClosed = false;

  /** @param {EngineOptions} options */
  constructor(options) {
    this.#options = options;
    const { worker, wasm } = options;
    const module = wasm instanceof URL || typeof wasm === 'string' ? absolute(wasm).href : wasm;
    this.session = new Session(() => startWorker(worker ?? ownWorker()), () => module ?? ownWasm());
    this.session.on('failure', () => { this.#isOpen = false; });
  }

  get isOpen() {
    return this.#isOpen;
  }

  /**
   * Runs `call` on the open engine. After a failure of the worker or the GPU device, it is opened first, with the same model, edits,
   * observed nodes and image.
   * @template T
   * @param {(session: Session) => Promise<T>} call
   * @returns {Promise<T>}
   */
  async run(call) {
    try {
      if (this.#isClosed) throw namedError('AbortError', 'The engine was closed.');
      if (!this.#isOpen) await this.open();
      return await call(this.session);
    } catch (error) {
      throw publicError(error);
    }
  }

  /**
   * Opens the device and loads the model.
   * @param {{ signal?: AbortSignal, onProgress?: (progress: LoadProgress) => void }} [options]
   */
  async open({ signal, onProgress = () => {} } = {}) {
    const cancel = () => this.session.engine.cancelModel().catch(() => {}); // Without a worker there is nothing to cancel.
    signal?.addEventListener('abort', cancel);
    try {
      onProgress({ stage: 'engine', done: 0, total: null });
      this.adapter = await abortable(this.session.open(this.#options.device ?? null, this.#options.threads ?? null), signal);
      this.model = await this.#load(onProgress, signal);
      await this.#restore();
      this.#isOpen = true;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Terminates the worker; unfinished calls are rejected with an `AbortError`. */
  close() {
    this.#isClosed = true;
    this.#isOpen = false;
    this.session.close();
  }

  /**
   * Classifies an image.
   * @param {ReadImage} image
   * @param {number} top number of classes
   */
  async classify(image, top) {
    const { blob, pixels } = image;
    const { session } = this;
    const { predictions, image: info, ms, first_run: first } = pixels
      ? await session.engine.classifyRgba(pixels.width, pixels.height, new Uint8Array(pixels.data.buffer, pixels.data.byteOffset, pixels.data.byteLength), top)
      : await session.classify(blob, top);
    this.image = image;
    this.best = predictions[0]?.index ?? null;
    return { predictions, image: info, ms, first_run: first };
  }

  /**
   * @param {(progress: LoadProgress) => void} onProgress
   * @param {AbortSignal} [signal]
   */
  async #load(onProgress, signal) {
    const wanted = await abortable(wantedModel(this.#options.model, this.session.engine, this.#options), signal);
    const prepared = await abortable(this.session.prepareModel(wanted, progressOf(onProgress)), signal);
    const [unused] = prepared.unused;
    if (unused) throw textError('ModelError', 'error.unusedNote', { ...unused });
    this.card = prepared.card;
    return this.session.engine.switchModel(prepared.number);
  }

  /** Edits, observed nodes and image of before a failure. */
  async #restore() {
    if (this.edits.length > 0) await this.session.engine.operate(this.edits, 1);
    if (this.observed.length > 0) await this.session.engine.observe(this.observed, false);
    if (this.image) await this.classify(this.image, 1);
  }
}

/**
 * @param {(progress: LoadProgress) => void} onProgress
 * @returns {(note: ModelProgress) => void}
 */
function progressOf(onProgress) {
  let [done, total] = [0, 0];
  return ({ downloading, received = 0, total: bytes = null, waiting, reading, layers, ready }) => {
    if (downloading !== undefined) onProgress({ stage: 'downloading', done: received, total: bytes });
    if (waiting !== undefined) onProgress({ stage: 'waiting', done: 0, total: null });
    if (reading !== undefined) onProgress({ stage: 'reading', done: 0, total: null });
    if (layers) [done, total] = [0, layers.filter(({ parameters }) => parameters > 0).length];
    if (ready !== undefined) done += 1;
    if (layers || ready !== undefined) onProgress({ stage: 'preparing', done, total });
  };
}
