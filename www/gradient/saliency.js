// @ts-check
// The saliency map of Simonyan et al. 2014.

/** @import { FeatureMap } from '../pkg/resnet_lens.js' */

/**
 * The largest magnitude of the gradient over the channels, as a map of one channel.
 * @param {FeatureMap} gradient
 * @returns {FeatureMap}
 */
export function saliencyOf({ shape: [, channels, rows, columns], data }) {
  const size = rows * columns;
  const largest = new Float32Array(size);
  for (let i = 0; i < channels * size; i += 1) largest[i % size] = Math.max(largest[i % size], Math.abs(data[i]));
  return { shape: [1, 1, rows, columns], data: largest };
}
