// @ts-check
// The engine as the page and the npm package use it: a worker, and the calls of worker-api.d.ts as functions that return Promises.

import { namedError, textError } from '../lib/errors.js';
import { Emitter } from '../lib/emitter.js';
import { t } from '../lib/i18n.js';
import { WorkerRpc } from './worker-rpc.js';

/** @import { AdapterReport, BlockImportance, DeletionCurves, DispatchTime, FeatureMap, ImportanceProgress, IntegratedGradients, Progress, FrameRequest, ProfileProgress, ModelCard, ModelInfo, CanvasRole } from '../pkg/resnet_lens.js' */
/** @import { DownloadProgress, FrameResult, ImageResult, ModelProgress, PlainMethods, PreparedModelInfo, Remote, WantedModel } from './worker-api.js' */
/** @import { CallOptions } from './worker-rpc.js' */
/** @import { WantedDevice } from './open-device.js' */
/** @import { WasmSource } from './wasm-source.js' */

/** Longer side of a preview in pixels: enough for any window. */
const PREVIEW_SIDE = 2048;

/**
 * Calls that are not simply queued.
 * @type {{ [Name in keyof PlainMethods]?: CallOptions }}
 */
const OPTIONS = {
  statistics: { latest: 'statistics' },
  probe: { latest: 'probe' },
  parseModelAddress: { beside: true },
  cancelModel: { beside: true },
  cachedModels: { beside: true },
  clearModelCache: { beside: true },
  cancelImage: { beside: true },
  cancelProfile: { beside: true },
  cancelImportance: { beside: true },
  cancelMeasurement: { beside: true },
  residualStatistics: { latest: 'residualStatistics' },
};

/** Calls after which the values in view are others. */
const REPLACING = new Set(['classify', 'classifyFrame', 'operate', 'switchModel']);

/** `signal` ends it. @typedef {{ signal?: AbortSignal, onProgress?: (progress: Progress) => void }} MeasurementOptions */

/**
 * `failure`: the worker crashed (`WorkerError`) or lost its GPU device (`DeviceLost`). Calls are rejected with that until `open`.
 * `replacing`: a call replaces the values in view.
 * @extends {Emitter<{ failure: Error, replacing: void }>}
 */
export class Session extends Emitter {
  /** @type {WorkerRpc | null} */
  #rpc = null;
  /** @type {AdapterReport | null} */
  #adapter = null;
  #downloads = 0;
  #measurements = 0;
  #startWorker;
  #wasm;
  /** Kept for an engine that starts again. @type {WebAssembly.Module | null} */
  #compiled = null;

  /**
   * @param {() => Worker} startWorker
   * @param {() => WasmSource | Promise<WasmSource> | null} [wasm] the WebAssembly module; by default, and for null, the file beside its JavaScript
   */
  constructor(startWorker, wasm = () => null) {
    super();
    this.#startWorker = startWorker;
    this.#wasm = wasm;
  }

  /**
   * Every call without notes or transfers.
   * @type {Remote<Omit<PlainMethods, 'open' | 'attachCanvas' | 'classifyFrame'>>}
   */
  engine = /** @type {any} */ (new Proxy({}, {
    /** @param {keyof PlainMethods & string} method */
    get: (_, method) => (/** @type {unknown[]} */ ...args) => this.#call(method, args, OPTIONS[method]),
  }));

  /**
   * Starts a worker, terminating an earlier one, and opens a device.
   * @param {WantedDevice} [device] by default a GPU, or the CPU if there is none or only a slower software adapter
   * @param {number | null} [threads] the number of threads on the CPU in an isolated page; by default depends on the processors
   * @returns {Promise<AdapterReport & { canvases: boolean }>} `canvases`: the browser can composite WebGPU canvases
   */
  async open(device = null, threads = null) {
    this.#rpc?.close(namedError('AbortError', 'The engine was restarted.'));
    this.#rpc = new WorkerRpc(this.#startWorker(), (error) => this.emit('failure', error));
    const { adapter, compiled } = await this.#call('open', [device, this.#compiled ?? await this.#wasm(), threads]);
    this.#compiled = compiled;
    this.#adapter = adapter;
    return adapter;
  }

  /** Terminates the worker. Unfinished calls are rejected with an AbortError, later ones with a StateError until `open`. */
  close() {
    this.#rpc?.close(namedError('AbortError', 'The engine was closed.'));
    this.#rpc = null;
    this.#adapter = null;
  }

  /** The adapter in use, null before `open` has resolved. */
  get adapter() {
    return this.#adapter;
  }

  /**
   * Reads a weight file and prepares its model while the current one stays in use; see `ModelLoader.prepare`.
   * @param {WantedModel} wanted
   * @param {((progress: ModelProgress) => void) | null} [onNote]
   * @returns {Promise<PreparedModelInfo>}
   */
  prepareModel(wanted, onNote = null) {
    return this.#call('prepareModel', [wanted], { beside: true, onNote });
  }

  /**
   * Prepares a file and puts it to use.
   * @param {Blob} blob
   * @param {ModelCard | null} [card]
   * @returns {Promise<ModelInfo>}
   */
  async loadModel(blob, card = null) {
    const { number } = await this.prepareModel({ blob, card, name: t('models.yours') });
    return this.engine.switchModel(number);
  }

  /**
   * Transfers a canvas to the worker, which draws a view on it from then on.
   * @param {CanvasRole} view
   * @param {OffscreenCanvas} canvas
   * @returns {Promise<void>}
   */
  attachCanvas(view, canvas) {
    return this.#call('attachCanvas', [view, canvas], { transfer: [canvas] });
  }

  /**
   * Classifies a frame, whose ownership moves to the worker.
   * @param {VideoFrame | ImageBitmap} frame
   * @param {FrameRequest} options
   * @returns {Promise<FrameResult>}
   */
  classifyFrame(frame, options) {
    return this.#call('classifyFrame', [frame, options], { transfer: [frame] });
  }

  /**
   * Measures every dispatch; resolves to undefined if `cancelProfile` ends it.
   * @param {(progress: ProfileProgress) => void} [onProgress]
   * @returns {Promise<DispatchTime[] | undefined>}
   */
  profile(onProgress) {
    return this.#call('profile', [], { onNote: onProgress });
  }

  /**
   * Measures what each block matters for the class `index`; resolves to undefined if `cancelImportance` ends it.
   * @param {number} index
   * @param {(progress: ImportanceProgress) => void} onProgress
   * @returns {Promise<BlockImportance[] | undefined>}
   */
  blockImportance(index, onProgress) {
    return this.#call('blockImportance', [index], { onNote: onProgress });
  }

  /**
   * Integrated Gradients of the logit of the class `index` for the latest image, from a black image; resolves to undefined if it is ended.
   * @param {number} index
   * @param {number} steps
   * @param {string[]} [edits] by default those in use
   * @param {MeasurementOptions} [options]
   * @returns {Promise<IntegratedGradients | undefined>}
   */
  integratedGradients(index, steps, edits, options) {
    return this.#measure('integratedGradients', [index, steps, edits], options);
  }

  /**
   * Deletion and insertion curves of a map of one channel for the class `index`; resolves to undefined if it is ended.
   * @param {FeatureMap} map
   * @param {number} index
   * @param {number} steps
   * @param {MeasurementOptions} [options]
   * @returns {Promise<DeletionCurves | undefined>}
   */
  deletionCurves(map, index, steps, options) {
    return this.#measure('deletionCurves', [map, index, steps], options);
  }

  /**
   * Downloads an image in the worker.
   * @param {URL} url
   * @param {{ signal: AbortSignal, onProgress: (received: number, total: number | null) => void }} options
   * @returns {Promise<Blob>}
   */
  downloadImage(url, { signal, onProgress }) {
    const number = ++this.#downloads;
    signal.addEventListener('abort', () => this.engine.cancelImage(number).catch(() => {})); // A terminated worker downloads nothing.
    const onNote = (/** @type {DownloadProgress} */ { received, total }) => onProgress(received, total);
    return this.#call('downloadImage', [number, url.href], { beside: true, onNote });
  }

  /**
   * Classifies an image.
   * @param {Blob} blob
   * @param {number} top number of classes
   * @param {object} [options]
   * @param {string | null} [options.latest] see `WorkerRpc.call`
   * @param {number} [options.largest] longer side of the preview in pixels; strips keep a readable shorter side
   * @param {(preview: ImageBitmap) => void} [options.onPreview] called once if the browser can decode the format
   * @returns {Promise<ImageResult>}
   */
  classify(blob, top, { latest = null, largest = PREVIEW_SIDE, onPreview } = {}) {
    const onNote = (/** @type {{ preview: ImageBitmap }} */ { preview }) => onPreview?.(preview);
    return this.#call('classify', [blob, top, onPreview ? largest : null], { latest, onNote });
  }

  /**
   * @param {string} method
   * @param {unknown[]} args after the number by which the call is cancelled
   * @param {MeasurementOptions} [options]
   */
  #measure(method, args, { signal, onProgress } = {}) {
    const number = ++this.#measurements;
    signal?.addEventListener('abort', () => this.engine.cancelMeasurement(number).catch(() => {})); // A terminated worker measures nothing.
    return this.#call(method, [number, ...args], { onNote: onProgress });
  }

  /**
   * @param {string} method
   * @param {unknown[]} [args]
   * @param {CallOptions} [options]
   */
  #call(method, args, options) {
    if (REPLACING.has(method)) this.emit('replacing');
    if (!this.#rpc) return Promise.reject(textError('StateError', 'error.notOpen'));
    return this.#rpc.call(method, args, options);
  }
}
