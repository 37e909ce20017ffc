// @ts-check
// Deletion and insertion curves of a map and what they are compared with. Source: RISE, Petsiuk et al. 2018 (arXiv 1806.07421). Pure
// functions.

/** @import { DeletionCurves, FeatureMap } from '../pkg/resnet_lens.js' */

/**
 * The area under a curve by the trapezoidal rule.
 * @param {ArrayLike<number>} xs ascending
 * @param {ArrayLike<number>} ys
 */
export function areaUnder(xs, ys) {
  let area = 0;
  for (let i = 1; i < xs.length; i += 1) area += (xs[i] - xs[i - 1]) * (ys[i] + ys[i - 1]) / 2;
  return area;
}

/** The areas under both curves. @param {DeletionCurves} curves */
export const areasOf = ({ fractions, deletion, insertion }) => ({ deletion: areaUnder(fractions, deletion), insertion: areaUnder(fractions, insertion) });

/**
 * A map that puts the pixels in a random order. Equal seeds give equal maps.
 * @param {{ rows: number, columns: number }} size
 * @param {number} seed
 * @returns {FeatureMap}
 */
export function randomOrderMap({ rows, columns }, seed) {
  let state = seed >>> 0;
  // Mulberry32.
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { shape: [1, 1, rows, columns], data: Float32Array.from({ length: rows * columns }, next) };
}

/** `values`: from 0 to 1. @typedef {{ kind: 'deletion' | 'insertion', isRandom: boolean, values: ArrayLike<number> }} Curve */
/**
 * @typedef {object} CurveLayout
 * @property {{ left: number, right: number, top: number, bottom: number }} plot
 * @property {{ x: number, share: number }[]} columns ticks of the share of the pixels
 * @property {{ y: number, probability: number }[]} rows ticks of the probability
 * @property {{ curve: Curve, points: { x: number, y: number }[] }[]} curves
 */

const MARGIN = { left: 44, right: 20, top: 8, bottom: 20 };
/** Steps between the ticks of probability, the finest first. */
const TICKS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25];
const MOST_TICKS = 4;

/**
 * @param {ArrayLike<number>} fractions
 * @param {Curve[]} curves
 * @param {{ width: number, height: number }} size in pixels
 * @returns {CurveLayout}
 */
export function layOutCurves(fractions, curves, { width, height }) {
  const plot = { left: MARGIN.left, right: Math.max(MARGIN.left + 1, width - MARGIN.right), top: MARGIN.top, bottom: height - MARGIN.bottom };
  const largest = Math.max(...curves.flatMap(({ values }) => Array.from(values)), TICKS[0]);
  const step = TICKS.find((one) => largest / one <= MOST_TICKS) ?? TICKS[TICKS.length - 1];
  const count = Math.ceil(largest / step - 1e-9);
  const xOf = (/** @type {number} */ share) => plot.left + share * (plot.right - plot.left);
  const yOf = (/** @type {number} */ probability) => plot.bottom - probability / (count * step) * (plot.bottom - plot.top);
  return {
    plot,
    columns: [0, 0.25, 0.5, 0.75, 1].map((share) => ({ share, x: xOf(share) })),
    rows: Array.from({ length: count + 1 }, (_, i) => ({ probability: i * step, y: yOf(i * step) })),
    curves: curves.map((curve) => ({ curve, points: Array.from(curve.values, (probability, i) => ({ x: xOf(fractions[i]), y: yOf(probability) })) })),
  };
}
