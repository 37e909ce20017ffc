// What the page is asked about: pictures and frames are classified here, and their answers shown.

import { cautionOf } from './problems.js';
import { fetchPicture } from './sources.js';

export class Pictures {
  #session;
  #view;
  #state;
  #lens;
  #onAnswer;
  #held = null;
  #newest = 0;
  #download = null;

  /** `view` holds the page's elements, `onAnswer()` hears of every picture that is answered and shown. */
  constructor({ session, view, state, lens, onAnswer }) {
    this.#session = session;
    this.#view = view;
    this.#state = state;
    this.#lens = lens;
    this.#onAnswer = onAnswer;
  }

  /** The picture in view with its `result`, or null: enough to ask about it once more. */
  get held() {
    return this.#held;
  }

  /**
   * Classifies and shows; of several pictures under way only the newest is shown. `latest` lets it
   * replace the one before, as people expect; calls of the API are all answered, in order.
   * Promises `{ result, shown }`.
   */
  async classify(source, { top = 5, latest = null } = {}) {
    const ticket = ++this.#newest;
    const isNewest = () => ticket === this.#newest;
    return this.#state.during('busy', async () => {
      try {
        const picture = await fetchPicture(source, this.#watch(source, latest));
        if (isNewest()) this.#view.status.say(`Classifying ${picture.name}`);
        let bitmap = null;
        const onPreview = (preview) => {
          bitmap = preview;
          // A picture asked about once more stays as it is until the new answer.
          if (isNewest() && source !== this.#held) this.#view.picture.show({ bitmap, name: picture.name, result: null });
        };
        const most = Math.max(top, this.#view.predictions.most);
        const result = await this.#session.classify(picture.blob, most, { latest, onPreview });
        const shown = isNewest();
        if (shown) await this.show({ ...picture, bitmap, result });
        return { result, shown };
      } catch (error) {
        if (isNewest()) this.#view.picture.show(this.#held);
        else error.shown = true; // Nobody waits for this picture any more.
        throw error;
      }
    });
  }

  /** Shows an answered picture. */
  async show(picture) {
    this.#hold(picture);
    this.#view.picture.show(picture);
    this.#view.predictions.show(picture.result);
    const timings = await this.#session.timings();
    if (this.#held !== picture) return; // Replaced meanwhile: the newer one tells its own.
    this.#view.times.show(timings, picture.result);
    this.#view.status.announce(this.#view.predictions.best);
    this.#onAnswer();
    this.#lens.showPicture(picture); // Drawing is no part of the answer.
    const notice = cautionOf(picture.result);
    if (notice) this.#state.tell(notice);
  }

  /** Shows a frame of the live view; it is held as a picture only when the view ends. */
  async showFrame(frame) {
    this.#hold(null);
    this.#view.picture.show(frame);
    this.#view.predictions.show(frame.result);
    await this.#lens.showFrame(frame);
  }

  /** Nothing is asked about any more. */
  clear() {
    this.#newest += 1;
    this.#hold(null);
    this.#view.picture.show(null);
    this.#view.predictions.show(null);
    this.#lens.showPicture(null);
  }

  /** Ends the download under way. */
  cancel() {
    this.#download?.abort();
  }

  #hold(picture) {
    this.#held?.bitmap?.close();
    this.#held = picture;
    this.#view.times.canRepeat = Boolean(picture);
  }

  /** Options for a download: progress to the status bar and, with `latest`, an end to the one before it. */
  #watch(source, latest) {
    const download = new AbortController();
    if (latest) this.cancel();
    this.#download = download;
    return {
      signal: download.signal,
      onProgress: (received, total) =>
        this.#view.status.progress(`Downloading ${source.name ?? 'the picture'}`, received, total),
    };
  }
}
