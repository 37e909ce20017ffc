// The engine as the page sees it: the calls of `LensSession`, each a promise, answered by the worker.

import { Messenger, named } from './messenger.js';

export class Session {
  #messenger = null;
  #adapter = null;

  /** Starts a worker (ending the one before, if any) and finds the GPU. */
  async open() {
    if (!navigator.gpu) throw named('NoWebGpu', '');
    this.#messenger?.close(named('AbortError', 'The engine was started again.'));
    const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'engine' });
    this.#messenger = new Messenger(worker);
    this.#adapter = await this.#call('open');
    return this.#adapter;
  }

  adapter = async () => this.#adapter;
  loadModel = (file, card = null) => this.#call('loadModel', [file, card]);
  model = () => this.#call('model');
  layers = () => this.#call('layers');
  timings = () => this.#call('timings');
  profile = () => this.#call('profile');
  setPrecision = (precision) => this.#call('setPrecision', [precision]);
  tuningKey = () => this.#call('tuningKey');
  tuning = () => this.#call('tuning');
  restoreTuning = (saved) => this.#call('restoreTuning', [saved]);
  tune = (budget) => this.#call('tune', [budget]);
  observe = (nodes) => this.#call('observe', [nodes]);
  featureMap = (node) => this.#call('featureMap', [node]);

  /** `onPreview` receives an ImageBitmap, once, where the browser can show the picture at all. */
  classify = (blob, top, { latest, onPreview } = {}) =>
    this.#call('classify', [blob, top], { latest, onNote: (note) => onPreview?.(note.preview) });

  #call(...request) {
    if (!this.#messenger) return Promise.reject(named('StateError', 'The engine is not open yet.'));
    return this.#messenger.call(...request);
  }
}
