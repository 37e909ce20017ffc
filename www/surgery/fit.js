// @ts-check
// Which edits fit a network. The engine checks them as well; the page names the misfits of a link and uses the others.

import { t } from '../lib/i18n.js';
import { canExchange, isIdentity, residualBlocks, runningOrder, strideOf } from './blocks.js';
import { formatEdit } from './edits.js';

/** @import { LiveText } from '../lib/i18n.js' */
/** @import { Block, Network } from '../network/network.js' */
/** @import { Edit } from './edits.js' */

/**
 * The edits that fit, and a sentence for each that does not. Of several edits of the same property, the last one counts.
 * @param {Network} network
 * @param {Edit[]} edits
 */
export function fitEdits(network, edits) {
  /** @type {Edit[]} */
  const fitting = [];
  /** @type {LiveText[]} */
  const errors = [];
  for (const edit of edits) {
    if (misfitOf(network, edit) === null) fitting.push(edit);
    else errors.push(() => t('surgery.misfit', { edit: formatEdit(edit), reason: misfitOf(network, edit) ?? '' }));
  }
  return { fitting: fitting.filter((edit, i) => !isReplaced(edit, fitting.slice(i + 1))), errors };
}

/**
 * Why an edit does not fit; null if it does.
 * @param {Network} network
 * @param {Edit} edit
 * @returns {string | null}
 */
function misfitOf(network, edit) {
  if (edit.kind === 'lesion') return lesionMisfit(network, edit);
  if (edit.kind === 'randomise') return network.nodeOf.has(edit.node) ? null : t('surgery.misfitNode', { name: edit.node });
  if (edit.kind === 'stride') return strideOf(network) === null ? t('surgery.misfitStride') : null;
  const find = (/** @type {string} */ name) => residualBlocks(network).find((block) => block.name === name);
  const block = find(edit.block);
  if (!block) return t('surgery.misfitBlock', { name: edit.block });
  if (edit.kind === 'repeat') return isIdentity(block) ? null : t('surgery.misfitRepeat', { name: block.name });
  if (edit.kind !== 'swap' && edit.kind !== 'reverse') return null;
  const other = find(edit.other);
  if (!other) return t('surgery.misfitBlock', { name: edit.other });
  const moved = blocksBetween(network, edit, block, other);
  if (edit.kind === 'reverse' && moved[0] !== block) return t('surgery.misfitOrder');
  return moved.every((one) => canExchange(network, block, one)) ? null : t('surgery.misfitShapes');
}

/**
 * The blocks that an edit moves.
 * @param {Network} network
 * @param {Edit} edit
 * @param {Block} block
 * @param {Block} other
 */
function blocksBetween(network, edit, block, other) {
  if (edit.kind === 'swap') return [other];
  const blocks = residualBlocks(network);
  const order = runningOrder(network, []);
  const [a, b] = [order.indexOf(block.name), order.indexOf(other.name)].sort((x, y) => x - y);
  return blocks.slice(a, b + 1);
}

/**
 * @param {Network} network
 * @param {{ node: string, channel: number }} lesion
 */
function lesionMisfit(network, { node, channel }) {
  const found = network.nodeOf.get(node);
  if (!found) return t('surgery.misfitNode', { name: node });
  const [, channels] = found.shape;
  return channel < channels ? null : t('surgery.misfitChannel', { most: String(channels - 1), found: String(channel) });
}

/**
 * One of the later edits sets the same property.
 * @param {Edit} edit
 * @param {Edit[]} later
 */
function isReplaced(edit, later) {
  if (edit.kind === 'swap' || edit.kind === 'reverse') return false;
  const key = (/** @type {Edit} */ one) => {
    if (one.kind === 'lesion') return `lesion ${one.node} ${one.channel}`;
    return 'block' in one ? `${one.kind} ${one.block}` : one.kind;
  };
  return later.some((one) => key(one) === key(edit));
}
