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
  /** What is known of the newest picture before its answer: `{ isNew, progress, name, bitmap }`. */
  #awaited = {};
  #late = false;
  #newest = 0;
  /** Ends the newest download. */
  #cancel = null;

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
    const tell = (known) => {
      if (isNewest()) this.#tellAwaited(known);
    };
    // A picture asked about once more stays as it is until the new answer.
    this.#awaited = { isNew: source !== this.#held, progress: source.url && [0, null] };
    return this.#state.during('busy', async () => {
      try {
        if (latest) this.cancel();
        const picture = await fetchPicture(source, (url) => this.#download(url, (...progress) => tell({ progress })));
        tell({ name: picture.name });
        let bitmap = null;
        const onPreview = (preview) => {
          bitmap = preview;
          tell({ bitmap });
        };
        const most = Math.max(top, this.#view.predictions.most);
        const result = await this.#session.classify(picture.blob, most, { latest, largest: this.#view.picture.largest, onPreview });
        const shown = isNewest();
        if (shown) this.show({ ...picture, bitmap, result });
        return { result, shown };
      } catch (error) {
        if (isNewest()) this.#giveUp();
        else error.shown = true; // Nobody waits for this picture any more.
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
    else if (progress) this.#view.status.progress('Downloading the picture', ...progress);
    if (bitmap && isNew) this.#view.picture.show({ bitmap, name, result: null });
  }

  /** There will be no answer: the picture before is shown again. */
  #giveUp() {
    this.#awaited = {};
    this.#view.picture.show(this.#held);
  }

  /** Shows an answered picture. */
  show(picture) {
    this.#awaited = {};
    this.#hold(picture);
    this.#view.picture.show(picture);
    this.#view.predictions.show(picture.result);
    this.#view.times.show(picture.result.timings, picture.result);
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
    this.#awaited = {};
    this.#hold(null);
    this.#view.picture.show(null);
    this.#view.predictions.show(null);
    this.#lens.showPicture(null);
  }

  /** Ends the download under way. */
  cancel() {
    this.#cancel?.abort();
  }

  #hold(picture) {
    this.#held?.bitmap?.close();
    this.#held = picture;
    this.#view.times.canRepeat = Boolean(picture);
  }

  #download(url, onProgress) {
    this.#cancel = new AbortController();
    return this.#session.downloadPicture(url, { signal: this.#cancel.signal, onProgress });
  }
}
