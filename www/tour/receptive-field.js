// @ts-check
// The receptive fields among which the question about pooling offers a choice.

import { layerAt } from './places.js';

/** @import { Network } from '../network/network.js' */

/**
 * That of the first convolution, that of the pooling after it, and twice the first one, in pixels.
 * @param {Network} network
 */
export function fieldOptions(network) {
  const [{ stride, nodes: [stem] }] = network.layers;
  const kernel = stem.kernel_size?.[0] ?? 1;
  const window = layerAt(network, 'stem-pool')?.nodes[0].kernel_size?.[0] ?? 1;
  return { kernel, pooled: kernel + (window - 1) * stride, double: kernel * 2 };
}
