// @ts-check
// What is selected in the page, as the answer to a question of the tour. Pure functions.

/** @import { Selection } from '../lens/selection.js' */
/** @import { Question } from './steps.js' */

/**
 * The answer that the page shows; null if nothing is selected that could be one.
 * @param {Question['kind']} kind
 * @param {Selection} selection
 * @returns {string | null}
 */
export function answerInPage(kind, { current, answer }) {
  const { channel, layer, overlay, cam, edit } = current;
  switch (kind) {
    case 'choice': return null;
    case 'channel': return String(channel);
    case 'layer': return layer.shown;
    case 'block': return layer.block;
    case 'class': return overlay === 'cam' && answer ? String(cam) : null;
    case 'edit': return edit || null;
  }
}
