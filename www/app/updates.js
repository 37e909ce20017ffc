// @ts-check
// Keeps the page for visits without a network, and offers its next release.

import { Updates } from '../offline/updates.js';

/** @import { LensUpdate } from '../elements/update.js' */

/**
 * @param {LensUpdate} element
 * @param {Promise<void>} ready what is loaded before the files of the page are stored
 */
export async function addUpdates(element, ready) {
  const { release } = document.documentElement.dataset;
  if (!release || !navigator.serviceWorker) return;
  const updates = new Updates();
  updates.on('available', () => { element.hidden = false; });
  element.on('accept', () => updates.accept());
  await ready.catch(() => {}); // The page has shown the error, and is kept all the same.
  // A browser that stores nothing, for example in a private window, needs no message: the page works without it.
  await updates.start(release).catch(() => {});
}
