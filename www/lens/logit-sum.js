// @ts-check
// The ranking of classes and the sum that results in a logit, as numbers to show. Pure arithmetic.

import { t } from '../lib/i18n.js';

/** @import { ClassContributions, Term } from '../pkg/resnet_lens.js' */

/** Number of classes shown. */
export const MOST_CLASSES = 20;
/** Digits after the point of everything that is added. */
const DIGITS = 3;

/** @typedef {{ index: number, logit: number, probability: number }} RankedClass */

/**
 * A line of the sum. `term` is null for lines that are not one channel.
 * @typedef {{ term: Term | null, label: string, product: number }} SumLine
 */

/**
 * The classes with the highest logits, best first, with the softmax over all classes; `chosen` is added if it is not among them.
 * @param {ArrayLike<number>} logits
 * @param {number} chosen
 * @returns {RankedClass[]}
 */
export function rankClasses(logits, chosen) {
  const order = Array.from(logits, (_, index) => index).sort((a, b) => logits[b] - logits[a]);
  const highest = logits[order[0]];
  const sum = order.reduce((total, index) => total + Math.exp(logits[index] - highest), 0);
  const shown = order.slice(0, MOST_CLASSES);
  if (chosen < logits.length && !shown.includes(chosen)) shown.push(chosen);
  return shown.map((index) => ({ index, logit: logits[index], probability: Math.exp(logits[index] - highest) / sum }));
}

/**
 * The lines whose products add up to the logit: the largest terms, all other channels together, the bias. The line of the other
 * channels takes the rounding errors, so that the printed numbers add up exactly.
 * @param {ClassContributions} contributions
 * @returns {{ lines: SumLine[], logit: number }}
 */
export function logitSum({ positive, negative, count, sum, bias }) {
  const terms = [...positive, ...negative];
  const logit = rounded(sum + bias);
  const lines = terms.map((term) => ({ term, label: t('ending.channelNumber', { channel: String(term.channel) }), product: rounded(term.product) }));
  const shown = lines.reduce((total, { product }) => total + product, 0);
  const others = count - terms.length;
  /** @type {SumLine[]} */
  const rest = others > 0 ? [{ term: null, label: t('ending.others', { count: others }), product: rounded(logit - rounded(bias) - shown) }] : [];
  return { lines: [...lines, ...rest, { term: null, label: t('ending.bias'), product: rounded(bias) }], logit };
}

/** @param {number} value */
const rounded = (value) => Math.round(value * 10 ** DIGITS) / 10 ** DIGITS;

/**
 * A number of the sum with its sign: `+1.204`, `−0.031`.
 * @param {number} value
 */
export function summand(value) {
  const text = Math.abs(value).toFixed(DIGITS);
  return `${value < 0 ? '−' : '+'}${text}`;
}
