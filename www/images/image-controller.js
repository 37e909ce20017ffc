// What the page is asked about: images and frames are classified here, and their answers shown.

import { cautionMessageOf } from '../app/error-messages.js';
import { fetchImage } from './image-source.js';

export class ImageController {
  #session;
  #view;
  #state;
  #lens;
  #onAnswer;
  #held = null;
  /** What is known of the newest image before its answer: `{ isNew, progress, name, bitmap }`. */
  #awaited = {};
  #late = false;
  #newest = 0;
  /** Ends the newest download. */
  #cancel = null;

  /** `view` holds the page's elements, `onAnswer()` hears of every image that is answered and shown. */
  constructor({ session, view, state, lens, onAnswer }) {
    this.#session = session;
    this.#view = view;
    this.#state = state;
    this.#lens = lens;
    this.#onAnswer = onAnswer;
  }

  /** The image in view with its `result`, or null: enough to ask about it once more. */
  get held() {
    return this.#held;
  }

  /**
   * Classifies and shows; of several images under way only the newest is shown. `latest` lets it
   * replace the one before, as people expect; calls of the API are all answered, in order.
   * Promises `{ result, shown }`.
   */
  async classify(source, { top = 5, latest = null } = {}) {
    const ticket = ++this.#newest;
    const isNewest = () => ticket === this.#newest;
    const tell = (known) => {
      if (isNewest()) this.#tellAwaited(known);
    };
    // An image asked about once more stays as it is until the new answer.
    this.#awaited = { isNew: source !== this.#held, progress: source.url && [0, null] };
    return this.#state.during('busy', async () => {
      try {
        if (latest) this.cancel();
        const image = await fetchImage(source, (url) => this.#download(url, (...progress) => tell({ progress })));
        tell({ name: image.name });
        let bitmap = null;
        const onPreview = (preview) => {
          bitmap = preview;
          tell({ bitmap });
        };
        const most = Math.max(top, this.#view.predictions.most);
        const result = await this.#session.classify(image.blob, most, { latest, largest: this.#view.image.largest, onPreview });
        const shown = isNewest();
        if (shown) this.show({ ...image, bitmap, result });
        return { result, shown };
      } catch (error) {
        if (isNewest()) this.#giveUp();
        else error.shown = true; // Nobody waits for this image any more.
        throw error;
      }
    });
  }

  /** Whether the answer takes so long that what is known before it is to be shown. */
  set late(late) {
    if (late === this.#late) return;
    this.#late = late;
    this.#tellAwaited({});
  }

  #tellAwaited(known) {
    Object.assign(this.#awaited, known);
    const { isNew, progress, name, bitmap } = this.#awaited;
    if (!this.#late) return;
    if (name) this.#view.status.say(`Classifying ${name}`);
    else if (progress) this.#view.status.progress('Downloading the image', ...progress);
    if (bitmap && isNew) this.#view.image.show({ bitmap, name, result: null });
  }

  /** There will be no answer: the image before is shown again. */
  #giveUp() {
    this.#awaited = {};
    this.#view.image.show(this.#held);
  }

  /** Shows an answered image. */
  show(image) {
    this.#awaited = {};
    this.#hold(image);
    this.#view.image.show(image);
    this.#view.predictions.show(image.result);
    this.#view.timings.show(image.result.timings, image.result);
    this.#view.status.announce(this.#view.predictions.best);
    this.#onAnswer();
    this.#lens.showImage(image); // Drawing is no part of the answer.
    const notice = cautionMessageOf(image.result);
    if (notice) this.#state.tell(notice);
  }

  /** Shows a frame of the live view; it is held as an image only when the view ends. */
  async showFrame(frame) {
    this.#hold(null);
    this.#view.image.show(frame);
    this.#view.predictions.show(frame.result);
    await this.#lens.showFrame(frame);
  }

  /** Nothing is asked about any more. */
  clear() {
    this.#newest += 1;
    this.#awaited = {};
    this.#hold(null);
    this.#view.image.show(null);
    this.#view.predictions.show(null);
    this.#lens.showImage(null);
  }

  /** Ends the download under way. */
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
