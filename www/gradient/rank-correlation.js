// @ts-check
// Spearman's rank correlation of two maps. Pure functions.

/**
 * The rank of every value from 1, smallest first. Equal values share the mean of their ranks.
 * @param {ArrayLike<number>} values
 */
export function ranksOf(values) {
  const order = Uint32Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[a] - values[b]);
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && values[order[to]] === values[order[from]]) to += 1;
    for (let i = from; i < to; i += 1) ranks[order[i]] = (from + to + 1) / 2;
    from = to;
  }
  return ranks;
}

/**
 * The correlation of the ranks of the values' magnitudes, from -1 to 1. Null if it is not defined: all magnitudes of a map are equal.
 * @param {ArrayLike<number>} one
 * @param {ArrayLike<number>} other of the same length
 * @returns {number | null}
 */
export function rankCorrelation(one, other) {
  const [a, b] = [one, other].map((values) => ranksOf(Float64Array.from(values, Math.abs)));
  // The mean of all ranks, with or without ties.
  const mean = (a.length + 1) / 2;
  let [products, squares, otherSquares] = [0, 0, 0];
  for (let i = 0; i < a.length; i += 1) {
    const [x, y] = [a[i] - mean, b[i] - mean];
    products += x * y;
    squares += x * x;
    otherSquares += y * y;
  }
  return squares > 0 && otherSquares > 0 ? products / Math.sqrt(squares * otherSquares) : null;
}

/**
 * The correlation of a map with one of randomised weights. A map of equal values has no order in common with another one: 0. Null if
 * the intact map has equal values.
 * @param {ArrayLike<number>} intact
 * @param {ArrayLike<number>} randomised
 */
export function agreementOf(intact, randomised) {
  if (intact.length === 0 || isConstant(intact)) return null;
  return rankCorrelation(intact, randomised) ?? 0;
}

/**
 * The standard deviation of the rank correlation of unrelated maps.
 * @param {number} cells of each map
 */
export const chanceDeviation = (cells) => 1 / Math.sqrt(cells - 1);

/** @param {ArrayLike<number>} values */
const isConstant = (values) => Array.from(values).every((value) => Math.abs(value) === Math.abs(values[0]));
