// @ts-check
// Maps of one channel from gradients with respect to the three channels of the image.

/** @import { FeatureMap } from '../pkg/resnet_lens.js' */

/**
 * The saliency of Simonyan et al. 2014: the largest magnitude of the gradient over the channels.
 * @param {FeatureMap} gradient
 */
export const saliencyOf = (gradient) => combined(gradient, (most, value) => Math.max(most, Math.abs(value)));

/**
 * The sum of the attributions over the channels, with sign.
 * @param {FeatureMap} attributions
 */
export const sumOfChannels = (attributions) => combined(attributions, (sum, value) => sum + value);

/**
 * @param {FeatureMap} map
 * @param {(combined: number, value: number) => number} combine
 * @returns {FeatureMap}
 */
function combined({ shape: [, channels, rows, columns], data }, combine) {
  const size = rows * columns;
  const values = new Float32Array(size);
  for (let i = 0; i < channels * size; i += 1) values[i % size] = combine(values[i % size], data[i]);
  return { shape: [1, 1, rows, columns], data: values };
}
