// @ts-check
// The measured numbers of every block, for the chart and the table. Pure functions.

import { sortByValue } from '../lib/sort-by-value.js';

/**
 * What is known of a block: the norms of F(x) and of the shortcut's value with their ratio and cosine, and what its branch matters. Null:
 * not measured.
 * @typedef {object} BlockNumbers
 * @property {string} block
 * @property {{ branch: number, shortcut: number, ratio: number, cosine: number } | null} norms
 * @property {{ change: number, probability: number, best: string } | null} importance
 */
/** Columns that the table can be sorted by. @typedef {'block' | 'branch' | 'shortcut' | 'ratio' | 'cosine' | 'change'} Column */

/**
 * The value of a column; null: not measured.
 * @param {BlockNumbers} numbers
 * @param {Exclude<Column, 'block'>} column
 */
export function valueIn({ norms, importance }, column) {
  if (column === 'change') return importance?.change ?? null;
  return norms?.[column] ?? null;
}

/**
 * The blocks in the order of a column. Those without a value come last, and equal ones stay in the order of the network.
 * @param {BlockNumbers[]} blocks in the order of the network
 * @param {Column} column
 * @param {boolean} descending
 */
export function sortBlocks(blocks, column, descending) {
  if (column === 'block') return descending ? blocks.toReversed() : [...blocks];
  return sortByValue(blocks, (block) => valueIn(block, column), descending);
}

/**
 * The ends of the three bars of a block as shares of the height, from -1 to 1. The largest ratio and the largest change fill their bars, and
 * so does a cosine of 1.
 * @param {BlockNumbers[]} blocks
 * @returns {Record<'ratio' | 'cosine' | 'change', number>[]}
 */
export function barsOf(blocks) {
  const largest = (/** @type {'ratio' | 'change'} */ column) => Math.max(...blocks.map((block) => Math.abs(valueIn(block, column) ?? 0)), 1e-9);
  const [ratio, change] = [largest('ratio'), largest('change')];
  return blocks.map((block) => ({
    ratio: (valueIn(block, 'ratio') ?? 0) / ratio,
    cosine: Math.max(-1, Math.min(1, valueIn(block, 'cosine') ?? 0)),
    change: (valueIn(block, 'change') ?? 0) / change,
  }));
}
