// @ts-check
// What a step sets in the page's address, and which later changes of it leave the step. Pure functions.

import { stateOfView } from './places.js';

/** @import { ViewState } from '../app/view-state.js' */
/** @import { Network } from '../network/network.js' */
/** @import { Question, Step } from './steps.js' */

/** The view state before the answer, what the answer adds to it, and the keys that have to keep these values. */
/** @typedef {{ before: Partial<ViewState>, after: Partial<ViewState>, held: (keyof ViewState)[] }} SetScene */

/** What the learner changes to answer. @type {Record<Question['kind'], (keyof ViewState)[]>} */
const ANSWERS = { choice: [], channel: [], layer: ['layer', 'tap'], block: ['layer', 'tap'], class: ['overlay', 'class'], edit: ['edit'] };

/**
 * The scene of a step in a network; null if the network has no such place.
 * @param {Network} network
 * @param {Step} step
 * @returns {SetScene | null}
 */
export function sceneOf(network, { view, reveal, question, isFree }) {
  // Its link may come with edits.
  if (isFree) return { before: {}, after: {}, held: [] };
  const before = stateOfView(network, view);
  const after = reveal ? stateOfView(network, { ...view, value: undefined, ...reveal }) : before;
  if (!before || !after) return null;
  /** @type {(keyof ViewState)[]} */
  const held = view.place ? ['layer', 'tap', 'edit'] : ['edit'];
  if (view.compare) held.push('compare');
  if (view.overlay) held.push('overlay');
  if (view.panel?.gradient) held.push('gradient');
  return { before, after, held: held.filter((key) => !ANSWERS[question.kind].includes(key)) };
}

/**
 * The page shows something else than the step, before or after its answer.
 * @param {SetScene} scene
 * @param {ViewState} state
 */
export const isLeft = ({ before, after, held }, state) => held.some((key) => state[key] !== before[key] && state[key] !== after[key]);
