// @ts-check
// Positions in the chart of gradients: convolutions from left to right, norms on a logarithmic axis. Pure functions.

import { widthOf } from '../lib/text-width.js';
import { stageRuns } from '../network/stage-runs.js';
import { pointsOf } from './layer-gradients.js';

/** @import { Curve, LayerGradient } from './layer-gradients.js' */

/** @typedef {{ x: number, y: number, row: LayerGradient }} Point */
/** `label`: where its name is written; null: the curve has no points. @typedef {{ curve: Curve, points: Point[], label: { x: number, y: number } | null }} LaidOutCurve */
/**
 * @typedef {object} ChartLayout
 * @property {{ left: number, right: number, top: number, bottom: number }} plot
 * @property {{ y: number, exponent: number }[]} ticks powers of ten
 * @property {{ stage: string | null, from: number, to: number }[]} stages
 * @property {{ row: LayerGradient, x: number, width: number }[]} columns
 * @property {LaidOutCurve[]} curves
 */

const MARGIN = { left: 40, right: 8, top: 8, bottom: 20 };
/** Smallest distance of two ticks. */
const TICK_DISTANCE = 20;
/** Width of a letter and distance of a curve from its name. */
const LETTER = 6.6;
const GAP = 8;
const LINE = 12;

/**
 * The whole powers of ten around positive values.
 * @param {number[]} values
 */
export function decadesOf(values) {
  if (values.length === 0) return { low: 0, high: 1 };
  const low = Math.floor(Math.log10(Math.min(...values)));
  return { low, high: Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values)))) };
}

/**
 * @param {LayerGradient[]} rows
 * @param {{ width: number, height: number }} size in pixels
 * @param {{ curve: Curve, name: string }[]} curves
 * @returns {ChartLayout}
 */
export function layOutChart(rows, { width, height }, curves) {
  const plot = { left: MARGIN.left, right: Math.max(MARGIN.left + 1, width - MARGIN.right), top: MARGIN.top, bottom: height - MARGIN.bottom };
  const { low, high } = decadesOf(curves.flatMap(({ curve }) => pointsOf(rows, curve).map((row) => Number(row[curve]))));
  const decade = (plot.bottom - plot.top) / (high - low);
  const yOf = (/** @type {number} */ exponent) => plot.bottom - (exponent - low) * decade;
  const every = Math.ceil(TICK_DISTANCE / decade);
  const ticks = Array.from({ length: high - low + 1 }, (_, i) => high - i).filter((exponent) => (high - exponent) % every === 0).map((exponent) => ({ exponent, y: yOf(exponent) }));

  const step = (plot.right - plot.left) / Math.max(1, rows.length);
  const columns = rows.map((row, i) => ({ row, x: plot.left + i * step, width: step }));
  const xOf = new Map(columns.map(({ row, x }) => [row, x + step / 2]));
  let at = 0;
  const stages = stageRuns(rows).map(({ stage, items }) => {
    const from = plot.left + at * step;
    at += items.length;
    return { stage, from, to: plot.left + at * step };
  });

  const points = curves.map(({ curve }) => pointsOf(rows, curve).map((row) => ({ row, x: xOf.get(row) ?? 0, y: yOf(Math.log10(Number(row[curve]))) })));
  const labels = placeNames(points, curves.map(({ name }) => widthOf(name) * LETTER), plot);
  return { plot, ticks, stages, columns, curves: curves.map(({ curve }, i) => ({ curve, points: points[i], label: labels[i] })) };
}

/**
 * Places the names of the curves where they are farthest apart: between them, or above and below them where there is no room.
 * @param {Point[][]} curves
 * @param {number[]} widths of the names
 * @param {ChartLayout['plot']} plot
 * @returns {({ x: number, y: number } | null)[]}
 */
function placeNames(curves, widths, plot) {
  const [first, second = []] = curves;
  if (first.length === 0) return curves.map(() => null);
  const other = new Map(second.map(({ row, y }) => [row, y]));
  const distance = (/** @type {Point} */ { row, y }) => (other.get(row) ?? y) - y;
  const widest = first.reduce((best, point) => (Math.abs(distance(point)) > Math.abs(distance(best)) ? point : best));
  const x = Math.max(plot.left + GAP, Math.min(widest.x, plot.right - Math.max(...widths)));
  const spans = curves.map((points, i) => {
    const ys = points.filter((point) => point.x >= x - GAP && point.x <= x + widths[i] + GAP).map(({ y }) => y);
    return ys.length > 0 ? { top: Math.min(...ys), bottom: Math.max(...ys) } : null;
  });
  const isFirstAbove = distance(widest) >= 0;
  const [above, below] = isFirstAbove ? spans : [spans[1], spans[0]];
  const isBetween = above && below && below.top - above.bottom > 2 * (LINE + GAP);
  return spans.map((span, i) => {
    if (!span) return null;
    const isAbove = (i === 0) === isFirstAbove;
    const wanted = isAbove === Boolean(isBetween) ? span.bottom + GAP + LINE - 2 : span.top - GAP;
    return { x, y: Math.max(plot.top + LINE, Math.min(wanted, plot.bottom - 4)) };
  });
}
