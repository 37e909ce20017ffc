// @ts-check
// The images of this visit. Their number and memory are bounded: the oldest ones that are not pinned leave.

/** @import { NamedError } from '../lib/errors.js' */
/** @import { Prediction, Timings } from '../pkg/resnet_lens.js' */

export const TRAY_LIMITS = { images: 24, bytes: 256e6 };

/** What the network computed for an image. @typedef {{ predictions: Prediction[], timings: Timings | null }} TrayResult */
/**
 * An image of the tray. Without a result or an error it has not been classified by the network in use.
 * @typedef {object} TrayEntry
 * @property {string} id differs between all images of all visits
 * @property {string} name
 * @property {Blob} blob
 * @property {string | null} address see `ImageSource`
 * @property {HTMLCanvasElement | null} thumbnail null if the browser cannot show the format
 * @property {TrayResult | null} result
 * @property {NamedError | null} error
 * @property {boolean} pinned
 */

export class Tray {
  /** Oldest first. @type {TrayEntry[]} */
  #entries = [];
  #limits;

  /** @param {typeof TRAY_LIMITS} [limits] */
  constructor(limits = TRAY_LIMITS) {
    this.#limits = limits;
  }

  get entries() {
    return this.#entries;
  }

  /** @param {string | null | undefined} id */
  find(id) {
    return this.#entries.find((entry) => entry.id === id) ?? null;
  }

  /**
   * The entry of an image that was given before: the same file, or the same address.
   * @param {{ blob: Blob, address: string | null }} image
   */
  entryOf({ blob, address }) {
    return this.#entries.find((entry) => entry.blob === blob || (address !== null && entry.address === address)) ?? null;
  }

  /**
   * Adds an image, or updates the one that was given before. Returns its entry.
   * @param {Omit<TrayEntry, 'id' | 'pinned'>} image
   */
  add(image) {
    const known = this.entryOf(image);
    if (known) return Object.assign(known, image);
    /** @type {TrayEntry} */
    const entry = { ...image, id: crypto.randomUUID(), pinned: false };
    this.#entries = [...this.#entries, entry];
    this.#evict(entry);
    return entry;
  }

  /** @param {string} id */
  remove(id) {
    this.#entries = this.#entries.filter((entry) => entry.id !== id);
  }

  /** Forgets what was computed: another network is in use. */
  forgetResults() {
    for (const entry of this.#entries) Object.assign(entry, { result: null, error: null });
  }

  /** @param {TrayEntry} newest stays, however large it is */
  #evict(newest) {
    for (const entry of this.#entries) {
      if (!this.#isFull()) return;
      if (!entry.pinned && entry !== newest) this.remove(entry.id);
    }
  }

  #isFull() {
    const bytes = this.#entries.reduce((sum, { blob }) => sum + blob.size, 0);
    return this.#entries.length > this.#limits.images || bytes > this.#limits.bytes;
  }
}
