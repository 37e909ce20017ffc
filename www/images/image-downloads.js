// @ts-check
// Downloads of images in the engine's worker, so that the page's thread handles none of their bytes.

import { download } from '../lib/download.js';

/** @import { DownloadProgress } from '../engine/worker-api.js' */

/** Milliseconds between two reports of progress. */
const PROGRESS_INTERVAL = 100;

export class ImageDownloads {
  /** @type {Map<number, AbortController>} */
  #running = new Map();

  /**
   * Downloads an image as a Blob.
   * @param {number} number for `cancel`
   * @param {string} url
   * @param {(progress: DownloadProgress) => void} note
   */
  async download(number, url, note) {
    const control = new AbortController();
    this.#running.set(number, control);
    let last = performance.now();
    const onProgress = (/** @type {number} */ received, /** @type {number | null} */ total) => {
      if (performance.now() - last < PROGRESS_INTERVAL) return;
      last = performance.now();
      note({ received, total });
    };
    try {
      return await download(new URL(url), { what: 'download.image', signal: control.signal, onProgress });
    } finally {
      this.#running.delete(number);
    }
  }

  /**
   * Aborts a download if it is still running.
   * @param {number} number
   */
  cancel(number) {
    this.#running.get(number)?.abort();
  }
}
