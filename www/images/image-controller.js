// @ts-check
// Classifies images and shows them with their results, and shows frames of the live view.

import { warningMessageOf } from '../app/error-messages.js';
import { asError } from '../lib/errors.js';
import { Emitter } from '../lib/emitter.js';
import { t } from '../lib/i18n.js';
import { fetchImage } from './image-source.js';

/** @import { Message } from '../app/error-messages.js' */
/** @import { PageState } from '../app/page-state.js' */
/** @import { LensImage, ShownImage } from '../elements/image.js' */
/** @import { LensPredictions } from '../elements/predictions.js' */
/** @import { LensStatus } from '../elements/status.js' */
/** @import { LensTimings } from '../elements/timings.js' */
/** @import { LensVerdict } from '../elements/verdict.js' */
/** @import { Session } from '../engine/session.js' */
/** @import { Lens } from '../lens/lens.js' */
/** @import { Answer } from '../lens/selection.js' */
/** @import { LiveFrame } from '../live/live-loop.js' */
/** @import { ShownBitmap } from './image-drawing.js' */
/** @import { ImageSource } from './image-source.js' */

/** @typedef {{ image: LensImage, predictions: LensPredictions, status: LensStatus, timings: LensTimings, verdict: LensVerdict }} ImageElements */
/** An image in view with its result, enough to classify it again. @typedef {{ blob: Blob, name: string, address: string | null, bitmap: ImageBitmap | null, result: Answer }} ClassifiedImage */
/** What is known of the newest image before its result. @typedef {{ isNew?: boolean, progress?: [number, number | null], name?: string, bitmap?: ShownBitmap }} Pending */

/** `classified`: an image has been classified and shown. @extends {Emitter<{ classified: void }>} */
export class ImageController extends Emitter {
  #session;
  #view;
  #state;
  #lens;
  /** @type {ClassifiedImage | null} */
  #current = null;
  /** @type {Pending} */
  #pending = {};
  /** The bitmap that is shown. @type {ShownBitmap | null} */
  #shown = null;
  /** A bitmap that is shown until another one replaces it. @type {ImageBitmap | null} */
  #leaving = null;
  #late = false;
  /** Number of the newest image. */
  #newest = 0;
  /** Aborts the newest download. @type {AbortController | null} */
  #download = null;

  /** @param {{ session: Session, view: ImageElements, state: PageState, lens: Lens }} parts */
  constructor({ session, view, state, lens }) {
    super();
    this.#session = session;
    this.#view = view;
    this.#state = state;
    this.#lens = lens;
  }

  /** The image in view, or null. */
  get current() {
    return this.#current;
  }

  /**
   * Classifies an image and shows it, unless a newer one is requested meanwhile.
   * @param {ImageSource} source
   * @param {object} [options]
   * @param {number} [options.top] number of classes
   * @param {string | null} [options.latest] see `WorkerRpc.call`: a newer image replaces this one. Calls of the API are all answered
   */
  async classify(source, { top = 5, latest = null } = {}) {
    const number = ++this.#newest;
    const isNewest = () => number === this.#newest;
    const update = (/** @type {Pending} */ known) => {
      if (isNewest()) this.#showPending(known);
    };
    // An image that is classified again stays in view until the new result.
    this.#pending = { isNew: source !== this.#current, progress: source.url && [0, null] };
    return this.#state.during('busy', async () => {
      /** @type {ImageBitmap | null} */
      let bitmap = null;
      try {
        if (latest) this.cancel();
        const image = await fetchImage(source, (url) => this.#fetch(url, (...progress) => update({ progress })));
        update({ name: image.name });
        const onPreview = (/** @type {ImageBitmap} */ preview) => {
          bitmap = preview;
          update({ bitmap: preview });
        };
        const most = Math.max(top, this.#view.predictions.most);
        const result = await this.#session.classify(image.blob, most, { latest, largest: this.#view.image.largest, onPreview });
        const shown = isNewest();
        if (shown) this.show({ ...image, bitmap, result });
        else this.#free(bitmap);
        return { result, shown };
      } catch (caught) {
        const error = asError(caught);
        if (isNewest()) this.#giveUp();
        else error.shown = true; // No longer relevant to the user.
        this.#free(bitmap);
        throw error;
      }
    });
  }

  /**
   * The result takes so long that what is known before it is to be shown.
   * @param {boolean} late
   */
  setLate(late) {
    if (late === this.#late) return;
    this.#late = late;
    this.#showPending({});
  }

  /**
   * Shows a classified image.
   * @param {ClassifiedImage} image
   */
  show(image) {
    this.#pending = {};
    this.#setCurrent(image);
    this.#display(image);
    this.#present(image);
    const warn = () => warningMessageOf(image.result);
    if (warn()) this.#state.show(/** @type {() => Message} */ (warn));
  }

  /**
   * Shows another result for the image in view, such as that of an edited network.
   * @param {Answer} result
   */
  showResult(result) {
    if (!this.#current) return;
    const image = { ...this.#current, result };
    this.#setCurrent(image);
    this.#present(image);
  }

  /** @param {ClassifiedImage} image */
  #present(image) {
    this.#view.predictions.show(image.result);
    this.#view.verdict.show(this.#view.predictions.unsure);
    this.#view.timings.show(image.result.timings, image.result);
    this.#view.status.announce(this.#view.predictions.best);
    this.emit('classified');
    this.#lens.showImage(image); // The result does not wait for its drawings.
  }

  /**
   * Shows a frame of the live view. It becomes the current image only when the view ends.
   * @param {LiveFrame} frame
   */
  async showFrame(frame) {
    this.#setCurrent(null);
    this.#display(frame);
    this.#view.predictions.show(frame.result);
    this.#view.verdict.show(false); // It would come and go with the frames.
    await this.#lens.showFrame(frame);
  }

  /** Removes the image. */
  clear() {
    this.#newest += 1;
    this.#pending = {};
    this.#setCurrent(null);
    this.#display(null);
    this.#view.predictions.show(null);
    this.#view.verdict.show(false);
    this.#lens.showImage(null);
  }

  /** Aborts the newest download. */
  cancel() {
    this.#download?.abort();
  }

  /** @param {Pending} known */
  #showPending(known) {
    Object.assign(this.#pending, known);
    const { isNew, progress, name, bitmap } = this.#pending;
    if (!this.#late) return;
    if (name) this.#view.status.showMessage(() => t('status.classifying', { name }));
    else if (progress) this.#view.status.progress(() => t('status.downloadingImage'), ...progress);
    if (bitmap && name && isNew) this.#display({ bitmap, name, result: null });
  }

  /** Shows the image before again. */
  #giveUp() {
    this.#pending = {};
    this.#display(this.#current);
  }

  /** @param {ShownImage | null} image */
  #display(image) {
    this.#view.image.show(image);
    this.#shown = image?.bitmap ?? null;
    if (this.#leaving === this.#shown) return;
    this.#leaving?.close();
    this.#leaving = null;
  }

  /**
   * Frees a bitmap that is not needed any more, once it is not shown.
   * @param {ImageBitmap | null} bitmap
   */
  #free(bitmap) {
    if (bitmap === null) return;
    if (bitmap === this.#shown) this.#leaving = bitmap;
    else bitmap.close();
  }

  /** @param {ClassifiedImage | null} image */
  #setCurrent(image) {
    const former = this.#current?.bitmap ?? null;
    this.#current = image;
    if (former !== image?.bitmap) this.#free(former);
    this.#view.timings.canRepeat = Boolean(image);
  }

  /**
   * @param {URL} url
   * @param {(received: number, total: number | null) => void} onProgress
   */
  #fetch(url, onProgress) {
    this.#download = new AbortController();
    return this.#session.downloadImage(url, { signal: this.#download.signal, onProgress });
  }
}
