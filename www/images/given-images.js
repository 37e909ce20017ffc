// @ts-check
// The images that the user gives: shown one at a time, classified as a queue, kept in the tray and written to the page's history.

import { pushEntry, readEntry } from '../app/entry-state.js';
import { errorMessageOf, sentenceOf } from '../app/error-messages.js';
import { readViewState } from '../app/view-state.js';
import { textError } from '../lib/errors.js';
import { t } from '../lib/i18n.js';
import { saveFile } from '../lib/save-file.js';
import { isVideo } from '../live/camera.js';
import { formatEdit } from '../surgery/edits.js';
import { ImageQueue } from './image-queue.js';
import { imageSourceOf } from './image-source.js';
import { csvOf, jsonOf } from './results-file.js';
import { thumbnailOf } from './thumbnail.js';
import { Tray } from './tray.js';

/** @import { PageState } from '../app/page-state.js' */
/** @import { UrlHistory } from '../app/url-state.js' */
/** @import { LensTray } from '../elements/tray.js' */
/** @import { LensCompare } from '../elements/compare.js' */
/** @import { Session } from '../engine/session.js' */
/** @import { Lens } from '../lens/lens.js' */
/** @import { LiveView } from '../live/live-view.js' */
/** @import { NamedFile } from './dropped-files.js' */
/** @import { ClassifiedImage, ImageController } from './image-controller.js' */
/** @import { ImageSource, NamedBlob } from './image-source.js' */
/** @import { ResultRow } from './results-file.js' */

/** Rows that are kept for export. */
const MOST_ROWS = 10_000;

/**
 * @typedef {object} Parts
 * @property {Session} session
 * @property {{ tray: LensTray, compare: LensCompare }} view
 * @property {PageState} state
 * @property {ImageController} images
 * @property {LiveView} live
 * @property {Lens} lens
 * @property {UrlHistory} history
 * @property {(work: () => Promise<void>) => Promise<void>} attempt runs `work` once the engine is open and shows its failure
 * @property {(work: () => Promise<void>) => Promise<void>} run see `Recovery.run`
 */

export class GivenImages {
  #parts;
  #tray = new Tray();
  /** By the id of a tray entry. @type {Map<string, ResultRow>} */
  #rows = new Map();
  /** Number of images that are being classified. Those of scripts are not kept. */
  #classifying = 0;
  #queue = new ImageQueue({
    classify: (file) => this.#classifyOfQueue(file),
    failed: (file, error) => this.#keepFailure(file, error),
    progress: (progress) => this.#parts.view.tray.showQueue(progress),
  });

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
    const { tray, compare } = parts.view;
    tray.on('choose', (id) => this.#choose(id));
    tray.on('pin', (id) => this.#pin(id));
    tray.on('remove', (id) => this.#remove(id));
    tray.on('export', (format) => this.#export(format));
    tray.on('stop-queue', () => this.#queue.cancel());
    compare.on('other', (other) => {
      pushEntry({ other });
      this.show();
    });
    parts.images.on('classified', () => {
      const { current } = parts.images;
      if (current && this.#classifying > 0) this.#keep(current);
      this.show();
    });
    parts.live.on('freeze', () => this.show());
    addEventListener('popstate', () => this.show());
  }

  /**
   * Shows an image or a video.
   * @param {Blob | string | NamedBlob} given
   * @param {{ record?: boolean }} [options] `record`: write it to the history
   */
  async use(given, { record = true } = {}) {
    const { state, live, images, history, attempt } = this.#parts;
    state.clear();
    if (isVideo(given)) {
      await live.openVideo(/** @type {Blob} */ (given));
      return;
    }
    // The queue shows what it classifies, so this image would be replaced at once.
    await this.#queue.settled();
    await attempt(async () => {
      await this.#endLive();
      const { shown } = await this.#classify(imageSourceOf(given), 'image');
      const entry = shown && images.current ? this.#tray.entryOf(images.current) : null;
      if (entry && record) history.write({ image: entry.address }, entry.id);
    });
  }

  /**
   * Classifies images one after the other.
   * @param {NamedFile[]} files
   */
  async useSeveral(files) {
    const { state, images, history, attempt } = this.#parts;
    if (files.length === 0) return state.show(() => ({ sentence: t('image.noneInFolder'), actions: ['image'] }));
    state.clear();
    await attempt(async () => {
      await this.#endLive();
      await this.#queue.add(files);
      const entry = images.current && this.#tray.entryOf(images.current);
      if (entry) history.write({ image: null }, entry.id);
      this.show();
    });
  }

  /** Classifies the image in view again, if there is one. */
  async repeat() {
    const { images: { current }, attempt } = this.#parts;
    if (current) await attempt(async () => { await this.#classify(current, 'image'); });
  }

  /** Keeps the image in view in the tray, with its latest result. */
  record() {
    const { current } = this.#parts.images;
    if (current) this.#keep(current);
    this.show();
  }

  /** Another network is in use: what was computed is not its result. */
  forgetResults() {
    this.#queue.cancel();
    this.#tray.forgetResults();
    this.#rows.clear();
    this.show();
  }

  /**
   * Shows the image of a history entry: that of the tray if it is still there, otherwise that of the URL.
   * @param {string | null} address
   */
  async navigate(address) {
    const entry = this.#tray.find(readEntry().image);
    if (entry) await this.use(blobOf(entry), { record: false });
    else if (address) await this.use(address, { record: false });
    else {
      this.#parts.images.clear();
      this.show();
    }
  }

  /** Updates tray and comparison. */
  show() {
    const { view, images, lens } = this.#parts;
    const { entries } = this.#tray;
    const shown = images.current && this.#tray.entryOf(images.current);
    const candidates = entries.filter((entry) => entry !== shown && !entry.error);
    const other = candidates.find(({ id }) => id === readEntry().other) ?? candidates.at(-1) ?? null;
    view.compare.offerImages(shown ? candidates : [], other?.id ?? null);
    lens.comparison.useImages(shown && other ? { a: shown, b: other } : null);
    const isCompared = readViewState().compare === 'images';
    view.tray.show({ entries, shown: shown?.id ?? null, other: isCompared && other ? other.id : null, results: this.#rows.size });
  }

  async #endLive() {
    const { live, lens } = this.#parts;
    await live.end({ keep: false });
    lens.live = false;
  }

  /** @param {NamedFile} file */
  async #classifyOfQueue(file) {
    if (isVideo(file.blob)) throw textError('ImageError', 'error.videoInQueue');
    await this.#parts.run(async () => { await this.#classify(imageSourceOf(file)); });
  }

  /**
   * @param {ImageSource} source
   * @param {string | null} [latest] see `ImageController.classify`
   */
  async #classify(source, latest = null) {
    this.#classifying += 1;
    try {
      return await this.#parts.images.classify(source, { latest });
    } finally {
      this.#classifying -= 1;
    }
  }

  /** @param {ClassifiedImage} image */
  #keep({ blob, name, address, bitmap, result }) {
    const timings = 'timings' in result ? result.timings : null;
    const thumbnail = bitmap && thumbnailOf(bitmap, result);
    const entry = this.#tray.add({ blob, name, address, thumbnail, result: { predictions: result.predictions, timings }, error: null });
    const edits = this.#parts.lens.edits.map(formatEdit);
    this.#keepRow(entry.id, { image: name, predictions: result.predictions, ms: timings, edits, error: null });
    return entry;
  }

  /**
   * @param {NamedFile} file
   * @param {import('../lib/errors.js').NamedError} error
   */
  #keepFailure({ blob, name, address }, error) {
    const { actions } = errorMessageOf(error, 'image');
    // The engine has stopped: the images that wait would fail as well.
    if (actions.includes('restart')) throw error;
    error.shown = true;
    const entry = this.#tray.add({ blob, name, address, thumbnail: null, result: null, error });
    this.#keepRow(entry.id, { image: name, predictions: [], ms: null, edits: [], error: sentenceOf(error) });
    this.show();
  }

  /**
   * @param {string} id
   * @param {ResultRow} row
   */
  #keepRow(id, row) {
    this.#rows.set(id, row);
    const [oldest] = this.#rows.keys();
    if (this.#rows.size > MOST_ROWS) this.#rows.delete(oldest);
  }

  /** @param {string} id */
  async #choose(id) {
    const entry = this.#tray.find(id);
    if (entry) await this.use(blobOf(entry));
  }

  /** @param {string} id */
  #pin(id) {
    const entry = this.#tray.find(id);
    if (entry) entry.pinned = !entry.pinned;
    this.show();
  }

  /** @param {string} id */
  #remove(id) {
    this.#tray.remove(id);
    this.#rows.delete(id);
    this.show();
  }

  /** @param {'csv' | 'json'} format */
  async #export(format) {
    const { session, attempt } = this.#parts;
    await attempt(async () => {
      const rows = [...this.#rows.values()];
      if (format === 'csv') return saveFile(new Blob([csvOf(rows)], { type: 'text/csv' }), 'results.csv');
      const model = await session.engine.model();
      const environment = { adapter: session.adapter?.name ?? '', weights: model?.precision ?? '', products: model?.compute_type ?? '' };
      return saveFile(new Blob([jsonOf(rows, environment)], { type: 'application/json' }), 'results.json');
    });
  }
}

/**
 * @param {NamedBlob} entry
 * @returns {NamedBlob}
 */
const blobOf = ({ blob, name, address }) => ({ blob, name, address });
