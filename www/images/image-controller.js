// Classifies images and frames and shows the results.

import { cautionMessageOf } from '../app/error-messages.js';
import { fetchImage } from './image-source.js';

export class ImageController {
  #session;
  #view;
  #state;
  #lens;
  #onAnswer;
  #held = null;
  /** What is known about the newest image before its result: `{ isNew, progress, name, bitmap }`. */
  #pending = {};
  #late = false;
  /** Number of the newest request. */
  #newest = 0;
  /** AbortController of the newest download. */
  #cancel = null;

  /** `view` holds the page's elements; `onAnswer()` is called for every image that was classified and shown. */
  constructor({ session, view, state, lens, onAnswer }) {
    this.#session = session;
    this.#view = view;
    this.#state = state;
    this.#lens = lens;
    this.#onAnswer = onAnswer;
  }

  /** The displayed image with its `result`, or null. It can be classified again. */
  get held() {
    return this.#held;
  }

  /**
   * Classifies an image. Of several concurrent images only the newest is shown. Requests that share a `latest` key replace each
   * other; API calls have no key and are all answered in order. Resolves to `{ result, shown }`.
   */
  async classify(source, { top = 5, latest = null } = {}) {
    const ticket = ++this.#newest;
    const isNewest = () => ticket === this.#newest;
    const update = (known) => {
      if (isNewest()) this.#updatePending(known);
    };
    // An image that is classified again stays on display until the new result.
    this.#pending = { isNew: source !== this.#held, progress: source.url && [0, null] };
    return this.#state.during('busy', async () => {
      try {
        if (latest) this.cancel();
        const image = await fetchImage(source, (url) => this.#download(url, (...progress) => update({ progress })));
        update({ name: image.name });
        let bitmap = null;
        const onPreview = (preview) => {
          bitmap = preview;
          update({ bitmap });
        };
        const most = Math.max(top, this.#view.predictions.most);
        const result = await this.#session.classify(image.blob, most, { latest, largest: this.#view.image.largest, onPreview });
        const shown = isNewest();
        if (shown) this.show({ ...image, bitmap, result });
        return { result, shown };
      } catch (error) {
        if (isNewest()) this.#restoreHeld();
        else error.shown = true; // A newer image has replaced this one: not reported.
        throw error;
      }
    });
  }

  /** Whether the result takes so long that the progress and the preview are shown. */
  set late(late) {
    if (late === this.#late) return;
    this.#late = late;
    this.#updatePending({});
  }

  #updatePending(known) {
    Object.assign(this.#pending, known);
    const { isNew, progress, name, bitmap } = this.#pending;
    if (!this.#late) return;
    if (name) this.#view.status.showMessage(`Classifying ${name}`);
    else if (progress) this.#view.status.progress('Downloading the image', ...progress);
    if (bitmap && isNew) this.#view.image.show({ bitmap, name, result: null });
  }

  /** Classification has failed: shows the previous image again. */
  #restoreHeld() {
    this.#pending = {};
    this.#view.image.show(this.#held);
  }

  /** Shows a classified image. */
  show(image) {
    this.#pending = {};
    this.#hold(image);
    this.#view.image.show(image);
    this.#view.predictions.show(image.result);
    this.#view.timings.show(image.result.timings, image.result);
    this.#view.status.announce(this.#view.predictions.best);
    this.#onAnswer();
    this.#lens.showImage(image); // Not awaited: the result does not depend on the drawings.
    const notice = cautionMessageOf(image.result);
    if (notice) this.#state.tell(notice);
  }

  /** Shows a frame of the live view. Only the last frame becomes the held image. */
  async showFrame(frame) {
    this.#hold(null);
    this.#view.image.show(frame);
    this.#view.predictions.show(frame.result);
    await this.#lens.showFrame(frame);
  }

  /** Removes the image and its result. */
  clear() {
    this.#newest += 1;
    this.#pending = {};
    this.#hold(null);
    this.#view.image.show(null);
    this.#view.predictions.show(null);
    this.#lens.showImage(null);
  }

  /** Aborts the current download. */
  cancel() {
    this.#cancel?.abort();
  }

  #hold(image) {
    this.#held?.bitmap?.close();
    this.#held = image;
    this.#view.timings.canRepeat = Boolean(image);
  }

  #download(url, onProgress) {
    this.#cancel = new AbortController();
    return this.#session.downloadImage(url, { signal: this.#cancel.signal, onProgress });
  }
}
