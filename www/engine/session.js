// The engine as the page sees it: the calls of `LensSession`, each a promise, answered by the worker.

import { namedError } from '../lib/errors.js';
import { WorkerRpc } from './worker-rpc.js';

/** Suffices for any window. */
const LARGEST = 2048;

export class Session {
  #rpc = null;
  #adapter = null;
  #downloads = 0;

  /** Starts a worker (ending the one before, if any) and finds the GPU. */
  async open() {
    if (!navigator.gpu) throw namedError('NoWebGpu', '');
    this.#rpc?.close(namedError('AbortError', 'The engine was started again.'));
    const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'engine' });
    this.#rpc = new WorkerRpc(worker);
    this.#adapter = await this.#call('open');
    return this.#adapter;
  }

  adapter = async () => this.#adapter;

  /**
   * Gets a weight file (see `ModelLoader.prepare`) and prepares its model, while the one before goes on answering.
   * `onNote` hears how far it is. Promises what it is, with the number by which `useModel` puts it to use.
   */
  prepareModel = (wanted, onNote = null) => this.#call('prepareModel', [wanted], { beside: true, onNote });
  useModel = (number) => this.#call('useModel', [number]);
  cancelModel = () => this.#call('cancelModel', [], { beside: true });
  /** Both in one, for a file in hand. */
  loadModel = async (blob, card = null) => this.useModel((await this.prepareModel({ blob, card, name: 'your model' })).number);

  /** Weight files that the browser keeps: `[{ key, bytes, complete }]`. */
  keptModels = () => this.#call('keptModels', [], { beside: true });
  forgetModels = () => this.#call('forgetModels', [], { beside: true });

  model = () => this.#call('model');
  layers = () => this.#call('layers');
  labels = () => this.#call('labels');
  timings = () => this.#call('timings');
  profile = () => this.#call('profile');
  setPrecision = (precision) => this.#call('setPrecision', [precision]);
  tuningKey = () => this.#call('tuningKey');
  tuning = () => this.#call('tuning');
  restoreTuning = (saved) => this.#call('restoreTuning', [saved]);
  tune = (budget) => this.#call('tune', [budget]);
  /** With `again` the latest image goes through the network once more before anything else is asked of it. */
  observe = (nodes, again = false) => this.#call('observe', [nodes, again]);
  refresh = () => this.#call('refresh');
  featureMap = (node) => this.#call('featureMap', [node]);
  colormaps = () => this.#call('colormaps');
  taps = (node) => this.#call('taps', [node]);
  statistics = (node) => this.#call('statistics', [node], { latest: 'statistics' });
  probe = (node, channel, y, x) => this.#call('probe', [node, channel, y, x], { latest: 'probe' });

  /** Gives a canvas, once and for good, to the worker, which draws a view of the lens on it. */
  attachCanvas = (view, canvas) => this.#call('attachCanvas', [view, canvas], { move: [canvas] });

  /** Draws views in order: each request names its `view` and carries what the engine's call for it takes. Promises the legends. */
  draw = (requests) => this.#call('draw', [requests]);

  /** Draws one view and promises it as a PNG. */
  png = (request) => this.#call('png', [request]);

  /** Draws channels of a node where nobody sees it and promises them as a PNG. */
  sheet = (request) => this.#call('sheet', [request]);

  /** `frame`, a VideoFrame or an ImageBitmap, is the worker's from then on. */
  classifyFrame = (frame, options) => this.#call('classifyFrame', [frame, options], { move: [frame] });

  /** Promises the image at an address as a Blob. `signal` ends the download, `onProgress(received, total)` hears how far it is. */
  downloadImage(url, { signal, onProgress }) {
    const number = ++this.#downloads;
    signal.addEventListener('abort', () => this.#call('cancelImage', [number], { beside: true }).catch(() => {})); // A closed worker downloads nothing.
    const onNote = ({ received, total }) => onProgress(received, total);
    return this.#call('downloadImage', [number, url.href], { beside: true, onNote });
  }

  /** `onPreview` receives an ImageBitmap, once, where the browser can show the image at all, no longer than `largest` pixels but for strips. */
  classify = (blob, top, { latest, largest = LARGEST, onPreview } = {}) =>
    this.#call('classify', [blob, top, largest], { latest, onNote: (note) => onPreview?.(note.preview) });

  #call(...request) {
    if (!this.#rpc) return Promise.reject(namedError('StateError', 'The engine is not open yet.'));
    return this.#rpc.call(...request);
  }
}
