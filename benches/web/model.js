// The test case: a weight file, one input as an image and as values, and the recorded logits where they exist.

import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { png } from '../../tests/e2e/images.js';
import * as recorded from '../../tests/e2e/references.js';

export const STARTER = fileURLToPath(new URL('../../www/assets/starter.safetensors', import.meta.url));
const SHARED = {
  weights: 'weights/resnet50-imagenet.f16.safetensors',
  input: 'reference/chelsea-input-nchw.npy',
  answer: 'reference/resnet50-chelsea.json',
};

/**
 * `{ name, weights, card, image, values, shape, logits }` for a file, for the ImageNet network of the test data, or for the
 * starter. `card` only normalises the image; `values` are the same input, NCHW; `logits` is null where none were recorded.
 */
export function model(file) {
  if (!file && !recorded.skip) {
    return {
      name: basename(SHARED.weights),
      weights: recorded.data(SHARED.weights),
      card: recorded.IDENTITY_CARD,
      image: recorded.imageOf(SHARED.input),
      values: recorded.inputOf(SHARED.input),
      shape: [1, 3, 224, 224],
      logits: recorded.reference(SHARED.answer).logits,
    };
  }
  const path = file ?? STARTER;
  const card = cardBeside(path);
  const { crop, mean, std } = card.preprocess;
  const byte = (x, y, channel) => Math.round(paint(x / crop, y / crop, channel) * 255) / 255;
  const values = new Float32Array(3 * crop * crop);
  for (let i = 0; i < values.length; i += 1) {
    const channel = Math.floor(i / crop ** 2);
    const [x, y] = [i % crop, Math.floor(i / crop) % crop];
    values[i] = (byte(x, y, channel) - mean[channel]) / std[channel];
  }
  return {
    name: basename(path),
    weights: readFileSync(path),
    card: { ...card, preprocess: { ...card.preprocess, resize: crop } },
    image: png(crop, crop, { paint: byte }),
    values,
    shape: [1, 3, crop, crop],
    logits: null,
  };
}

function cardBeside(weights) {
  const path = weights.replace(/\.safetensors$/, '.json');
  return path !== weights && existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : recorded.IDENTITY_CARD;
}

/** Waves in three colours that cover many spatial frequencies. */
function paint(x, y, channel) {
  const wave = Math.sin((3 + channel) * 9 * x * y + channel) + Math.sin(40 * (x - 0.4) ** 2 + 25 * (y - 0.3 * channel) ** 2);
  return 0.5 + wave / 4;
}
