// @ts-check
// Edits in words, for the list of edits, the network map and exported results.

import { t } from '../lib/i18n.js';
import { decimal } from '../lib/format.js';

/** @import { Edit } from './edits.js' */

const FACTOR_KEYS = /** @type {const} */ ({
  branch: { off: 'surgery.wordsBranchOff', scaled: 'surgery.wordsBranch' },
  shortcut: { off: 'surgery.wordsShortcutOff', scaled: 'surgery.wordsShortcut' },
});

/**
 * One edit as a short phrase, such as "BLOCK: F(x) off".
 * @param {Edit} edit
 * @returns {string}
 */
export function wordsOf(edit) {
  switch (edit.kind) {
    case 'branch':
    case 'shortcut': return t(FACTOR_KEYS[edit.kind][edit.factor === 0 ? 'off' : 'scaled'], { block: edit.block, factor: decimal(edit.factor) });
    case 'skip': return t('surgery.wordsSkip', { block: edit.block });
    case 'repeat': return t(stepFactorOf(edit) === 1 ? 'surgery.wordsRepeatFull' : 'surgery.wordsRepeat', { block: edit.block, steps: edit.steps, factor: stepText(edit) });
    case 'swap': return t('surgery.wordsSwap', { block: edit.block, other: edit.other });
    case 'reverse': return t('surgery.wordsReverse', { block: edit.block, other: edit.other });
    case 'lesion': return t('surgery.wordsLesion', { node: edit.node, channel: String(edit.channel) });
    case 'stride': return t('surgery.wordsStride', { position: edit.position.replace('x', '×') });
    case 'randomise': return t('surgery.wordsRandomise', { node: edit.node, seed: String(edit.seed) });
  }
}

/** @param {Edit[]} edits */
export const wordsOfAll = (edits) => edits.map(wordsOf).join('; ');

/** @param {{ steps: number, factor: number | null }} repeat */
const stepFactorOf = ({ steps, factor }) => factor ?? 1 / steps;

/**
 * The factor of each step: "1/3", or a decimal.
 * @param {{ steps: number, factor: number | null }} repeat
 */
const stepText = ({ steps, factor }) => (factor === null ? `1/${steps}` : decimal(factor));
