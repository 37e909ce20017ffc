// @ts-check
// What the network map shows of the edits, block by block. Pure functions.

import { decimal } from '../lib/format.js';
import { residualBlocks, runningOrder } from './blocks.js';
import { stateOf } from './change.js';
import { wordsOf } from './words.js';

/** @import { Layer, Network } from '../network/network.js' */
/** @import { Edit } from './edits.js' */

/**
 * `arc` and `boxes` are how the shortcut and the branch of a block are drawn; `label` is a short text below it, `words` a long one for
 * screen readers.
 * @typedef {{ block: string, arc: 'whole' | 'scaled' | 'cut', boxes: 'whole' | 'scaled' | 'cut', arcLabel: string, label: string, words: string }} BlockMark
 */

/**
 * The marks of the blocks that are edited.
 * @param {Network} network
 * @param {Edit[]} edits
 * @returns {BlockMark[]}
 */
export function marksOf(network, edits) {
  if (edits.length === 0) return [];
  const order = runningOrder(network, edits);
  return residualBlocks(network).flatMap(({ name, layers }, place) => {
    const { branch, shortcut, skipped, steps, stepFactor } = stateOf(edits, name);
    const isMoved = order[place] !== name;
    const isLesioned = edits.some((edit) => edit.kind === 'lesion' && isAbout(edit, name, layers));
    const labels = [
      !skipped && branch !== 1 && `F×${decimal(branch)}`,
      steps > 1 && (stepFactor === 1 ? `${steps}×` : `${steps}×${decimal(stepFactor)}F`),
      isMoved && `⇄${order[place].split('.').at(-1)}`,
      isLesioned && '∅',
    ].filter(Boolean);
    const words = edits.filter((edit) => isAbout(edit, name, layers) || (isMoved && (edit.kind === 'swap' || edit.kind === 'reverse'))).map(wordsOf);
    if (labels.length === 0 && shortcut === 1 && !skipped) return [];
    return [{
      block: name,
      arc: shapeOf(shortcut),
      boxes: skipped ? 'cut' : shapeOf(branch),
      arcLabel: shortcut === 1 || shortcut === 0 ? '' : `×${decimal(shortcut)}`,
      label: labels.join(' '),
      words: words.join('; '),
    }];
  });
}

/** @param {number} factor */
function shapeOf(factor) {
  if (factor === 1) return 'whole';
  return factor === 0 ? 'cut' : 'scaled';
}

/**
 * @param {Edit} edit
 * @param {string} block
 * @param {Layer[]} layers of the block
 */
function isAbout(edit, block, layers) {
  if (edit.kind === 'lesion') return layers.some(({ nodes }) => nodes.some(({ name }) => name === edit.node));
  return 'block' in edit && edit.block === block;
}
