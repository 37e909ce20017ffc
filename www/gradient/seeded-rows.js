// @ts-check
// The gradients of two untrained networks, without and with shortcuts, as rows of the chart and of the table. Pure functions.

import { factorOf } from './layer-gradients.js';

/** @import { GradientNorm } from '../pkg/resnet_lens.js' */
/** @import { LayerGradient } from './layer-gradients.js' */

/** The norms of both networks, which have the same convolutions. @typedef {{ plain: GradientNorm[], residual: GradientNorm[] }} SeededNorms */
/** How the norm changes from the last convolution to the first; null: it has no gradient. @typedef {{ first: string, last: string, plain: number | null, residual: number | null }} SeededFactors */

/**
 * One row per convolution in execution order. The plain network is the residual one without its shortcuts.
 * @param {SeededNorms} norms
 * @returns {LayerGradient[]}
 */
export function seededRows({ plain, residual }) {
  const without = new Map(plain.map(({ node, gradient }) => [node, gradient]));
  return residual.map(({ node, gradient }) => ({
    node,
    layer: node,
    stage: /^layer\d+/.exec(node)?.[0] ?? null,
    isProjection: false,
    gradient,
    without: without.get(node) ?? null,
    value: null,
  }));
}

/**
 * @param {SeededNorms} norms
 * @returns {SeededFactors}
 */
export function seededFactors(norms) {
  const rows = seededRows(norms);
  return {
    first: rows.at(0)?.node ?? '',
    last: rows.at(-1)?.node ?? '',
    plain: factorOf(rows, 'without')?.factor ?? null,
    residual: factorOf(rows, 'gradient')?.factor ?? null,
  };
}
