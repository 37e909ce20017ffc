// @ts-check
// Image, model, language and settings, stored only in the page's URL: `?model=&image=&lang=`, or an embedded image in the fragment. The
// rest of the fragment and other parameters are kept. Which image of the tray is shown is stored in the history entry.

import { embedImage, parseEmbeddedImage } from './embedded-image.js';
import { readEntry } from './entry-state.js';

const KEYS = /** @type {const} */ (['model', 'image', 'lang']);

/** @typedef {Record<typeof KEYS[number], string | null>} UrlState */
/** @typedef {Record<typeof KEYS[number], boolean>} UrlChanges */

/**
 * Parses a query and a fragment. An embedded image counts if the query names none.
 * @param {string} query
 * @param {string} [fragment]
 * @returns {UrlState}
 */
export function parseUrlState(query, fragment = '') {
  const params = new URLSearchParams(query);
  const read = (/** @type {string} */ key) => params.get(key) || null;
  return { model: read('model'), image: read('image') ?? parseEmbeddedImage(fragment), lang: read('lang') };
}

/**
 * Which keys differ.
 * @param {UrlState} before
 * @param {UrlState} after
 * @returns {UrlChanges}
 */
export function changesBetween(before, after) {
  const differs = (/** @type {typeof KEYS[number]} */ key) => before[key] !== after[key];
  return { model: differs('model'), image: differs('image'), lang: differs('lang') };
}

/** The state in the page's URL. */
export const readUrl = () => parseUrlState(location.search, location.hash);

/** Settings of the engine in the page's URL, `?device=gpu|cpu`, `?precision=auto|f32|f16` and `?tune=off|now`; null if absent. */
export function readSettings() {
  const params = new URLSearchParams(location.search);
  const read = (/** @type {string} */ key) => params.get(key) || null;
  return { device: read('device'), precision: read('precision'), tune: read('tune') };
}

/** Writes the page's URL and reports what changes when the user goes back or forward. */
export class UrlHistory {
  #current = readUrl();
  /** @type {string | null} */
  #image = null;

  constructor() {
    // The tray is empty after a reload. An entry without a state comes from an edited fragment.
    history.replaceState({ ...readEntry(), image: null, other: null }, '');
    // Before any other listener, which may write the entry.
    addEventListener('popstate', () => {
      if (history.state === null) history.replaceState({ step: 'view', image: changesBetween(this.#current, readUrl()).image ? null : this.#image }, '');
    });
  }

  /**
   * Pushes a history entry if the URL or the image changes.
   * @param {Partial<UrlState>} changes
   * @param {string | null} [image] id of the tray image in view; by default it stays
   */
  write(changes, image = this.#image) {
    const url = changedUrl(changes);
    if ('image' in changes) url.hash = embedImage(url.hash, null);
    if (url.href !== location.href || image !== this.#image) history.pushState({ ...readEntry(), step: 'view', image }, '', url);
    this.#current = readUrl();
    this.#image = image;
  }

  /**
   * Changes the URL without a history entry.
   * @param {Partial<UrlState>} changes
   */
  amend(changes) {
    history.replaceState(history.state, '', changedUrl(changes));
    this.#current = readUrl();
  }

  /**
   * Calls `listener` when the user goes back or forward to a URL with another state.
   * @param {(state: UrlState, changed: UrlChanges) => void} listener
   */
  onNavigate(listener) {
    addEventListener('popstate', () => {
      const state = readUrl();
      const changed = changesBetween(this.#current, state);
      const { image = null } = readEntry();
      changed.image ||= image !== this.#image;
      this.#current = state;
      this.#image = image;
      if (KEYS.some((key) => changed[key])) listener(state, changed);
    });
  }
}

/** @param {Partial<UrlState>} changes */
function changedUrl(changes) {
  const url = new URL(location.href);
  for (const [key, value] of Object.entries(changes)) {
    if (value === null) url.searchParams.delete(key);
    else url.searchParams.set(key, value);
  }
  return url;
}
