// Float64 results of PyTorch and the exact images they were computed from. Weights, photos and references are not part of the
// repository: they are read from `../shared/data`.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { png } from './images.js';

const DATA = new URL('../../../shared/data/', import.meta.url);
const MEAN = [0.485, 0.456, 0.406];
const STD = [0.229, 0.224, 0.225];
const SIDE = 224;

/** Value of node:test's `skip` option. */
export const skip = existsSync(new URL('weights/', DATA)) ? false : 'needs ../shared/data';

/** A model card whose preprocessing only normalises a 224x224 image. */
export const IDENTITY_CARD = {
  id: 'reference',
  name: 'ResNet-50 on prepared images',
  preprocess: { resize: SIDE, interpolation: 'bilinear', crop: SIDE, mean: MEAN, std: STD },
};

export const data = (name) => readFileSync(new URL(name, DATA));

/** `{ logits, top5 }` of a recorded run, `top5` as indices. */
export function reference(name) {
  const { logits, top5 } = JSON.parse(data(name));
  return { logits, top5: top5.map(([index]) => index) };
}

/** The values of a recorded input, 1x3x224x224. */
export const inputOf = (name) => npy(data(name));

/** The image of a normalised 1x3x224x224 array as a PNG. Asserts that every value is an exact byte. */
export function imageOf(name) {
  const input = inputOf(name);
  const pixels = SIDE * SIDE;
  assert.equal(input.length, 3 * pixels, `${name} holds 1x3x${SIDE}x${SIDE} values`);
  let largestError = 0;
  const paint = (x, y, channel) => {
    const value = (input[channel * pixels + y * SIDE + x] * STD[channel] + MEAN[channel]) * 255;
    largestError = Math.max(largestError, Math.abs(value - Math.round(value)));
    return Math.round(value) / 255;
  };
  const image = png(SIDE, SIDE, { paint });
  assert.ok(largestError < 1e-3, `${name} was made from bytes: found a value ${largestError} from the nearest byte`);
  return image;
}

/** The values of a NumPy file of little-endian f32 in C order. */
function npy(bytes) {
  assert.equal(bytes.toString('latin1', 1, 6), 'NUMPY');
  const wide = bytes[6] > 1;
  const start = (wide ? 12 : 10) + (wide ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8));
  assert.match(bytes.toString('latin1', 10, start), /'descr': '<f4', 'fortran_order': False/);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length));
}

/** The largest absolute difference of two lists of logits. */
export function largestDifference(found, expected) {
  assert.equal(found.length, expected.length);
  return Math.max(...found.map((value, i) => Math.abs(value - expected[i])));
}

/** Indices of the five largest logits, best first. */
export function top5(logits) {
  return logits.map((value, index) => ({ value, index })).sort((a, b) => b.value - a.value).slice(0, 5).map(({ index }) => index);
}
