// @ts-check
// What the comparison views show: maps in groups, each with one scale, and the values of a cell as arithmetic. Pure functions.

import { decimal } from '../lib/format.js';
import { t } from '../lib/i18n.js';
import { boundsOf } from './colour-values.js';

/** @import { FeatureMap } from '../pkg/resnet_lens.js' */
/** @import { Key } from '../lib/i18n.js' */
/** @import { ResidualSum, ShortcutKind } from '../network/residual-sum.js' */
/** @import { Operands } from '../surgery/edited-sum.js' */
/** @import { Bounds } from './colour-values.js' */

/** Texts of what a shortcut computes. @type {Record<ShortcutKind, Key>} */
const SHORTCUTS = {
  identity: 'network.identity',
  projected: 'network.projected',
  'average-pooled and projected': 'network.pooledProjected',
  'zero-padded': 'network.zeroPadded',
  'average-pooled': 'network.averagePooled',
};

/** `size`: rows and columns where they differ from the others'. @typedef {{ title: string, note: string, values: Float32Array, size?: MapSize }} ComparedMap */
/** @typedef {{ rows: number, columns: number }} MapSize */
/** Maps with one scale. @typedef {{ maps: ComparedMap[], bounds: Bounds }} MapGroup */
/** `describe`: the values of a cell as arithmetic. @typedef {{ rows: number, columns: number, groups: MapGroup[], describe: (at: number) => string }} Compared */

/**
 * The values of one channel.
 * @param {FeatureMap} map
 * @param {number} channel
 */
export function channelOf({ shape: [, , rows, columns], data }, channel) {
  return data.subarray(channel * rows * columns, (channel + 1) * rows * columns);
}

/**
 * x, F(x), their sum and the activated sum on one signed scale. The operands are multiplied by their factors, so that the maps add up.
 * @param {ResidualSum} names
 * @param {Operands} operands
 * @param {FeatureMap[]} values of x, F(x), the sum and, if there is an activation, the activated sum
 * @param {number} channel
 * @returns {Compared}
 */
export function compareSum({ residual, sum, shortcut, activation }, { x, shortcutFactor, branchFactor, skipped }, values, channel) {
  const [, , rows, columns] = values[0].shape;
  const factors = [shortcutFactor, skipped ? 0 : branchFactor, 1, 1];
  const maps = values.map((map, i) => scaled(channelOf(map, channel), factors[i]));
  const terms = [termOf('x', factors[0]), termOf('F(x)', factors[1])];
  const kept = terms.filter((_, i) => factors[i] !== 0);
  const titles = [titleOf('x', factors[0]), titleOf('F(x)', factors[1]), kept.join(' + ') || '0', activation?.op ?? ''];
  if (skipped && activation) titles[3] = t('surgery.comparedOutput');
  const notes = [`${t(SHORTCUTS[shortcut])}: ${x}`, residual, sum, activation?.node ?? ''];
  const bounds = boundsOf(maps, { signed: true });
  return {
    rows,
    columns,
    groups: [{ bounds, maps: maps.map((map, i) => ({ title: titles[i], note: notes[i], values: map })) }],
    describe: (at) => sumText(maps.map((map) => map[at]), activation ? titles[3] : null, bounds.high),
  };
}

/**
 * @param {Float32Array} map
 * @param {number} factor
 */
const scaled = (map, factor) => (factor === 1 ? map : map.map((value) => value * factor));

/**
 * @param {string} name
 * @param {number} factor
 */
const termOf = (name, factor) => (factor === 1 ? name : `${decimal(factor)} · ${name}`);

/**
 * @param {string} name
 * @param {number} factor
 */
const titleOf = (name, factor) => (factor === 0 ? t('surgery.comparedOff', { term: name }) : termOf(name, factor));

/**
 * The same channel of two images or networks: maps of one size on one scale with their difference on a signed one, others each on its own
 * scale.
 * @param {{ title: string, values: FeatureMap }[]} pair A and B, both with this channel
 * @param {number} channel
 * @returns {Compared}
 */
export function comparePair([a, b], channel) {
  const [from, to] = [a, b].map(({ values }) => channelOf(values, channel));
  const [size, other] = [a, b].map(({ values: { shape: [, , rows, columns] } }) => ({ rows, columns }));
  const digits = decimalsFor(Math.max(...[from, to].map(largestOf)));
  const maps = [{ title: 'A', note: a.title, values: from }, { title: 'B', note: b.title, values: to, size: other }];
  const bounds = (/** @type {Float32Array[]} */ ...values) => boundsOf(values, { signed: values.some((map) => map.some((value) => value < 0)) });
  if (size.rows !== other.rows || size.columns !== other.columns) {
    return {
      ...size,
      groups: maps.map((map) => ({ bounds: bounds(map.values), maps: [map] })),
      describe: (at) => `A ${fixed(from[at], digits)} · B ${fixed(to[nearest(at, size, other)], digits)}`,
    };
  }
  const difference = to.map((value, i) => value - from[i]);
  return {
    ...size,
    groups: [
      { bounds: bounds(from, to), maps },
      { bounds: boundsOf([difference], { signed: true }), maps: [{ title: 'B − A', note: t('compare.difference'), values: difference }] },
    ],
    describe: (at) => `${fixed(to[at], digits)} − ${operand(from[at], digits)} = ${fixed(difference[at], digits)}`,
  };
}

/** @param {Float32Array} map */
const largestOf = (map) => map.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/**
 * The cell of a map of another size whose centre is nearest to that of cell `at`, relative to the maps.
 * @param {number} at
 * @param {MapSize} size of the map that `at` counts in
 * @param {MapSize} other
 */
function nearest(at, size, other) {
  const scaled = (/** @type {number} */ index, /** @type {number} */ count, /** @type {number} */ wanted) => Math.floor(((index + 0.5) / count) * wanted);
  const row = scaled(Math.floor(at / size.columns), size.rows, other.rows);
  return row * other.columns + scaled(at % size.columns, size.columns, other.columns);
}

/**
 * "0.42 + 1.13 = 1.55 → ReLU 1.55", with as many decimals as give the largest value three digits.
 * @param {number[]} values
 * @param {string | null} activation
 * @param {number} largest
 */
export function sumText([x, residual, sum, activated], activation, largest) {
  const digits = decimalsFor(largest);
  const text = `${fixed(x, digits)} + ${operand(residual, digits)} = ${fixed(sum, digits)}`;
  return activation ? `${text} → ${activation} ${fixed(activated, digits)}` : text;
}

/** @param {number} largest */
const decimalsFor = (largest) => (largest > 0 ? Math.min(8, Math.max(0, 2 - Math.floor(Math.log10(largest)))) : 2);

/**
 * A number with a true minus sign, never "−0".
 * @param {number} value
 * @param {number} digits
 */
function fixed(value, digits) {
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace('-', '') : text.replace('-', '−');
}

/**
 * A number after an operator: negative ones are in parentheses.
 * @param {number} value
 * @param {number} digits
 */
function operand(value, digits) {
  const text = fixed(value, digits);
  return text.startsWith('−') ? `(${text})` : text;
}
