// @ts-check
// Edits of the network as data, and as text: `branch:BLOCK:0`. The engine, the page's URL and the terminal program use the same text.
// Pure functions.

import { listOr, t } from '../lib/i18n.js';

/** @import { Key, LiveText } from '../lib/i18n.js' */

/**
 * `branch` multiplies F(x) of a block by a factor, `shortcut` its shortcut; `skip` makes the shortcut's value the block's output; `repeat`
 * runs the block several times, each F(x) multiplied by a factor (null: 1 / steps); `swap` exchanges two blocks; `reverse` runs the blocks
 * from `block` to `other` in reverse order; `lesion` sets a channel of a node to zero; `stride` places the stride of bottlenecks; `randomise`
 * draws the parameters of a node and of all later ones anew.
 * @typedef {{ kind: 'branch' | 'shortcut', block: string, factor: number }
 *   | { kind: 'skip', block: string }
 *   | { kind: 'repeat', block: string, steps: number, factor: number | null }
 *   | { kind: 'swap' | 'reverse', block: string, other: string }
 *   | { kind: 'lesion', node: string, channel: number }
 *   | { kind: 'stride', position: StridePosition }
 *   | { kind: 'randomise', node: string, seed: number }} Edit
 */
/** @typedef {'1x1' | '3x3'} StridePosition */

export const LARGEST_FACTOR = 2;
export const MOST_STEPS = 8;
const LARGEST_SEED = 2 ** 32 - 1;

/** The form of each kind and the sentence that explains it. @type {Record<Edit['kind'], { form: string, key: Key }>} */
const FORMS = {
  branch: { form: 'branch:BLOCK:FACTOR', key: 'surgery.formFactor' },
  shortcut: { form: 'shortcut:BLOCK:FACTOR', key: 'surgery.formFactor' },
  skip: { form: 'skip:BLOCK', key: 'surgery.formPlain' },
  repeat: { form: 'repeat:BLOCK:STEPS', key: 'surgery.formRepeat' },
  swap: { form: 'swap:BLOCK:BLOCK', key: 'surgery.formBlocks' },
  reverse: { form: 'reverse:FIRST:LAST', key: 'surgery.formBlocks' },
  lesion: { form: 'lesion:NODE:CHANNEL', key: 'surgery.formLesion' },
  stride: { form: 'stride:1x1', key: 'surgery.formStride' },
  randomise: { form: 'randomise:NODE:SEED', key: 'surgery.formRandomise' },
};

/**
 * @param {Edit} edit
 * @returns {string}
 */
export function formatEdit(edit) {
  switch (edit.kind) {
    case 'branch':
    case 'shortcut': return `${edit.kind}:${edit.block}:${edit.factor}`;
    case 'skip': return `skip:${edit.block}`;
    case 'repeat': return `repeat:${edit.block}:${edit.steps}${edit.factor === null ? '' : `:${edit.factor}`}`;
    case 'swap':
    case 'reverse': return `${edit.kind}:${edit.block}:${edit.other}`;
    case 'lesion': return `lesion:${edit.node}:${edit.channel}`;
    case 'stride': return `stride:${edit.position}`;
    case 'randomise': return `randomise:${edit.node}:${edit.seed}`;
  }
}

/** @param {Edit[]} edits */
export const formatEdits = (edits) => edits.map(formatEdit).join();

/**
 * The edits of a text such as `branch:BLOCK:0,skip:BLOCK`, and a sentence for each part that is none.
 * @param {string} text
 * @returns {{ edits: Edit[], errors: LiveText[] }}
 */
export function parseEdits(text) {
  /** @type {Edit[]} */
  const edits = [];
  /** @type {LiveText[]} */
  const errors = [];
  for (const part of text.split(',').filter(Boolean)) {
    const edit = parseEdit(part);
    if (edit) edits.push(edit);
    else errors.push(() => errorOf(part));
  }
  return { edits, errors };
}

/**
 * @param {string} text
 * @returns {Edit | null}
 */
function parseEdit(text) {
  const [kind, first = '', second = '', third = '', ...rest] = text.split(':');
  if (first === '' || rest.length > 0 || (third !== '' && kind !== 'repeat')) return null;
  const factor = parseFactor(second);
  switch (kind) {
    case 'branch':
    case 'shortcut': return factor === null ? null : { kind, block: first, factor };
    case 'skip': return second === '' ? { kind, block: first } : null;
    case 'repeat': return parseRepeat(first, second, third);
    case 'swap':
    case 'reverse': return second === '' || second === first ? null : { kind, block: first, other: second };
    case 'lesion': return /^\d{1,7}$/.test(second) ? { kind, node: first, channel: Number(second) } : null;
    case 'stride': return second === '' && (first === '1x1' || first === '3x3') ? { kind, position: first } : null;
    case 'randomise': return /^\d{1,10}$/.test(second) && Number(second) <= LARGEST_SEED ? { kind, node: first, seed: Number(second) } : null;
    default: return null;
  }
}

/**
 * @param {string} block
 * @param {string} steps
 * @param {string} factor empty: the default
 * @returns {Edit | null}
 */
function parseRepeat(block, steps, factor) {
  if (!/^[2-8]$/.test(steps)) return null;
  const parsed = factor === '' ? null : parseFactor(factor);
  return factor !== '' && parsed === null ? null : { kind: 'repeat', block, steps: Number(steps), factor: parsed };
}

/**
 * A factor from 0 to 2; null for other texts.
 * @param {string} text
 */
function parseFactor(text) {
  const factor = /^(\d+\.?\d*|\.\d+)(e-?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  return factor <= LARGEST_FACTOR ? factor : null;
}

/** @param {string} text */
function errorOf(text) {
  const [kind] = text.split(':');
  const found = text.slice(0, 60);
  if (!Object.hasOwn(FORMS, kind)) return t('surgery.errorKind', { kinds: listOr(Object.keys(FORMS)), found });
  const { form, key } = FORMS[/** @type {Edit['kind']} */ (kind)];
  return t('surgery.errorForm', { form: t(key, { form }), found });
}
