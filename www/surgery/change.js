// @ts-check
// Changes of a list of edits, and what the list says of one block. Pure functions; none changes its arguments.

/** @import { Edit, StridePosition } from './edits.js' */

/**
 * What the edits do to one block; a repeated block has `steps` > 1, each with `stepFactor`.
 * @typedef {{ branch: number, shortcut: number, skipped: boolean, steps: number, stepFactor: number }} BlockState
 */

/**
 * @param {Edit[]} edits
 * @param {string} block
 * @returns {BlockState}
 */
export function stateOf(edits, block) {
  /** @type {BlockState} */
  const state = { branch: 1, shortcut: 1, skipped: false, steps: 1, stepFactor: 1 };
  for (const edit of edits) {
    if (!('block' in edit) || edit.block !== block) continue;
    if (edit.kind === 'branch' || edit.kind === 'shortcut') state[edit.kind] = edit.factor;
    if (edit.kind === 'skip') state.skipped = true;
    if (edit.kind === 'repeat') Object.assign(state, { steps: edit.steps, stepFactor: edit.factor ?? 1 / edit.steps });
  }
  return state;
}

/**
 * Multiplies the branch or the shortcut of a block; 1 removes the edit.
 * @param {Edit[]} edits
 * @param {'branch' | 'shortcut'} kind
 * @param {string} block
 * @param {number} factor
 */
export const withFactor = (edits, kind, block, factor) => replaced(edits, isOf(kind, block), factor === 1 ? null : { kind, block, factor });

/**
 * @param {Edit[]} edits
 * @param {string} block
 * @param {boolean} skipped
 */
export const withSkip = (edits, block, skipped) => replaced(edits, isOf('skip', block), skipped ? { kind: 'skip', block } : null);

/**
 * Runs a block several times; one step removes the edit.
 * @param {Edit[]} edits
 * @param {string} block
 * @param {number} steps
 * @param {number | null} factor of each F(x); null: 1 / steps
 */
export const withRepeat = (edits, block, steps, factor) => replaced(edits, isOf('repeat', block), steps < 2 ? null : { kind: 'repeat', block, steps, factor });

/**
 * Exchanges two blocks. If the latest edit of the order has exchanged them, they return to their places.
 * @param {Edit[]} edits
 * @param {string} block
 * @param {string} other
 */
export const withSwap = (edits, block, other) => withOrder(edits, { kind: 'swap', block, other });

/**
 * Reverses a run of blocks, or turns it back if that was the latest edit of the order.
 * @param {Edit[]} edits
 * @param {string} first
 * @param {string} last
 */
export const withReverse = (edits, first, last) => withOrder(edits, { kind: 'reverse', block: first, other: last });

/**
 * @param {Edit[]} edits
 * @param {string} node
 * @param {number} channel
 * @param {boolean} lesioned
 */
export function withLesion(edits, node, channel, lesioned) {
  return replaced(edits, (edit) => edit.kind === 'lesion' && edit.node === node && edit.channel === channel, lesioned ? { kind: 'lesion', node, channel } : null);
}

/**
 * @param {Edit[]} edits
 * @param {StridePosition | null} position null: as loaded
 */
export const withStride = (edits, position) => replaced(edits, ({ kind }) => kind === 'stride', position && { kind: 'stride', position });

/**
 * Switches off all shortcuts, or restores all of them.
 * @param {Edit[]} edits
 * @param {string[]} blocks
 * @param {boolean} off
 */
export function withAllShortcuts(edits, blocks, off) {
  const others = edits.filter(({ kind }) => kind !== 'shortcut');
  return off ? [...others, ...blocks.map((block) => /** @type {Edit} */ ({ kind: 'shortcut', block, factor: 0 }))] : others;
}

/**
 * @param {Edit[]} edits
 * @param {string[]} blocks
 */
export const areAllShortcutsOff = (edits, blocks) => blocks.length > 0 && blocks.every((block) => stateOf(edits, block).shortcut === 0);

/**
 * @param {Edit['kind']} kind
 * @param {string} block
 * @returns {(edit: Edit) => boolean}
 */
const isOf = (kind, block) => (edit) => edit.kind === kind && 'block' in edit && edit.block === block;

/**
 * The edits with another one in the place of those that `isReplaced`, or at the end.
 * @param {Edit[]} edits
 * @param {(edit: Edit) => boolean} isReplaced
 * @param {Edit | null} edit
 * @returns {Edit[]}
 */
function replaced(edits, isReplaced, edit) {
  const at = edits.findIndex(isReplaced);
  const kept = edits.filter((one) => !isReplaced(one));
  if (edit) kept.splice(at < 0 ? kept.length : at, 0, edit);
  return kept;
}

/**
 * @param {Edit[]} edits
 * @param {{ kind: 'swap' | 'reverse', block: string, other: string }} edit
 * @returns {Edit[]}
 */
function withOrder(edits, edit) {
  const at = edits.findLastIndex(({ kind }) => kind === 'swap' || kind === 'reverse');
  const last = edits[at];
  const isUndone = last && last.kind === edit.kind && [last.block, last.other].sort().join() === [edit.block, edit.other].sort().join();
  return isUndone ? edits.toSpliced(at, 1) : [...edits, edit];
}
