// @ts-check
// The measured gradient at every convolution, for the chart, its sentence and the table. Pure functions.

import { sortByValue } from '../lib/sort-by-value.js';

/** @import { GradientNorm } from '../pkg/resnet_lens.js' */
/** @import { Network } from '../network/network.js' */

/**
 * Norms at the output of a convolution. Null: the logit does not depend on it.
 * @typedef {object} LayerGradient
 * @property {string} node
 * @property {string} layer name of a node of the loaded network: steps of a repeated block are those of the block
 * @property {string | null} stage
 * @property {boolean} isProjection it is part of a shortcut
 * @property {number | null} gradient norm of the logit's gradient
 * @property {number | null} without the same with all shortcuts off
 * @property {number | null} value norm of the output
 */
/** `gradient`: this network. `without`: all shortcuts off. @typedef {'gradient' | 'without'} Curve */
/** Columns that the table can be sorted by. @typedef {'layer' | Curve | 'value'} Column */
/** The first and the last convolution of the main path with a gradient, and the quotient of their norms. @typedef {{ first: string, last: string, factor: number }} Factor */

/**
 * One row per convolution in execution order.
 * @param {Network} network
 * @param {GradientNorm[]} norms of this network
 * @param {GradientNorm[]} without of the network with all shortcuts off; empty: not measured
 * @returns {LayerGradient[]}
 */
export function layerGradients(network, norms, without) {
  const [own, other] = [norms, without].map((list) => new Map(list.map((norm) => [norm.node, norm])));
  return [...new Set([...own.keys(), ...other.keys()])].map((node) => {
    const layer = node.replace(/@\d+/, '');
    return {
      node,
      layer,
      stage: network.nodeOf.get(layer)?.stage ?? null,
      isProjection: network.find(layer)?.isProjection ?? false,
      gradient: own.get(node)?.gradient ?? null,
      without: other.get(node)?.gradient ?? null,
      value: own.get(node)?.value ?? null,
    };
  });
}

/**
 * The rows that a curve has a point for: those with a norm that a logarithmic axis can show.
 * @param {LayerGradient[]} rows
 * @param {Curve} curve
 */
export const pointsOf = (rows, curve) => rows.filter((row) => isShown(row[curve]));

/**
 * How the norm changes from the last convolution of the main path to the first. Null if there is no such pair with a gradient.
 * @param {LayerGradient[]} rows
 * @param {Curve} curve
 * @returns {Factor | null}
 */
export function factorOf(rows, curve) {
  const path = rows.filter(({ isProjection }) => !isProjection);
  const [first, last] = [path.at(0), path.at(-1)];
  const [to, from] = [first?.[curve], last?.[curve]];
  return first && last && first !== last && isShown(to) && isShown(from) ? { first: first.node, last: last.node, factor: Number(to) / Number(from) } : null;
}

/**
 * The rows in the order of a column.
 * @param {LayerGradient[]} rows in execution order
 * @param {Column} column
 * @param {boolean} descending
 */
export function sortLayers(rows, column, descending) {
  if (column === 'layer') return descending ? rows.toReversed() : [...rows];
  return sortByValue(rows, (row) => row[column], descending);
}

/** @param {number | null | undefined} norm */
const isShown = (norm) => typeof norm === 'number' && norm > 0 && Number.isFinite(norm);
