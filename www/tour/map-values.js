// @ts-check
// Figures of feature maps, as far as the questions of the tour need them. Pure functions.

/** @import { FeatureMap } from '../pkg/resnet_lens.js' */

/**
 * Mean and standard deviation of every channel.
 * @param {FeatureMap} map
 */
export function channelMoments({ shape: [, channels], data }) {
  const size = data.length / channels;
  const means = [];
  const stds = [];
  for (let channel = 0; channel < channels; channel += 1) {
    const values = data.subarray(channel * size, (channel + 1) * size);
    const mean = sumOf(values, (value) => value) / size;
    means.push(mean);
    stds.push(Math.sqrt(sumOf(values, (value) => (value - mean) ** 2) / size));
  }
  return { means, stds };
}

/**
 * Share of the values that are zero.
 * @param {FeatureMap} map
 */
export const shareOfZeros = ({ data }) => sumOf(data, (value) => Number(value === 0)) / data.length;

/** @param {FeatureMap} map */
export const largestOf = ({ data }) => data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/**
 * The largest difference between two maps of one shape.
 * @param {FeatureMap} a
 * @param {FeatureMap} b
 */
export const largestDifference = (a, b) => a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i])), 0);

/**
 * @param {Float32Array} values
 * @param {(value: number) => number} of
 */
function sumOf(values, of) {
  let sum = 0;
  for (const value of values) sum += of(value);
  return sum;
}
