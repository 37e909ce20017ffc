// @ts-check
// What a history entry shows besides its URL: images of the tray, which no URL can name.

/**
 * How the page came to an entry. Consecutive steps through `channel`s or `layer`s share one entry, and so do those of one gesture, such
 * as dragging a slider; every other change of the `view` has its own; null is no step.
 * @typedef {'channel' | 'layer' | 'view' | `gesture ${number}` | null} Step
 */
/**
 * `image` and `other` are ids of tray images: the one in view, and the one that it is compared with.
 * @typedef {{ image?: string | null, other?: string | null, step?: Step }} EntryState
 */

/** @returns {EntryState} */
export const readEntry = () => history.state ?? {};

/**
 * Adds an entry for the same URL.
 * @param {EntryState} changes
 */
export function pushEntry(changes) {
  history.pushState({ ...readEntry(), step: 'view', ...changes }, '');
}
