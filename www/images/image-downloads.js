// Images that come from an address, in the engine's worker: the page's own thread handles none of their bytes.

import { download } from '../lib/download.js';

/** So many milliseconds pass before the page hears again how far a download is. */
const BEAT = 100;

export class ImageDownloads {
  #under = new Map();

  /** Promises the image at `url` as a Blob. `number` is for `cancel`, `note({ received, total })` hears of bytes. */
  async get(number, url, note) {
    const control = new AbortController();
    this.#under.set(number, control);
    let told = performance.now();
    const onProgress = (received, total) => {
      if (performance.now() - told < BEAT) return;
      told = performance.now();
      note({ received, total });
    };
    try {
      return await download(new URL(url), { what: 'image', signal: control.signal, onProgress });
    } finally {
      this.#under.delete(number);
    }
  }

  /** Ends a download that may be over. */
  cancel(number) {
    this.#under.get(number)?.abort();
  }
}
