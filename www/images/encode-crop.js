// @ts-check
// Encodes the part of an image that the network sees as a small data: URL.

import { dataUrlOf } from '../lib/data-url.js';

/** @import { NetworkInput } from '../elements/network-map.js' */
/** @import { Preprocess } from '../pkg/resnet_lens.js' */

/** Scale and quality, tried one after the other. */
const ATTEMPTS = [[1, 1], [1, 0.95], [1, 0.9], [1, 0.8], [1, 0.7], [1, 0.55], [1, 0.4], [1, 0.25], [0.75, 0.4], [0.5, 0.5], [0.5, 0.2]];

/**
 * The image with the margin that the preprocessing cuts off, at the size that it resizes to: the network's input is then the same but
 * for the compression. Null if no attempt is short enough.
 * @param {NetworkInput} input
 * @param {Preprocess} preprocess
 * @param {number} most characters
 * @returns {Promise<string | null>}
 */
export async function encodeCrop({ bitmap, crop }, preprocess, most) {
  const margin = Math.max(1, preprocess.resize / preprocess.crop);
  const [width, height] = [crop.width * margin, crop.height * margin];
  const from = { x: crop.x - (width - crop.width) / 2, y: crop.y - (height - crop.height) / 2 };
  for (const [scale, quality] of ATTEMPTS) {
    const side = Math.round(preprocess.resize * scale);
    const canvas = new OffscreenCanvas(side, side);
    const context = canvas.getContext('2d');
    if (!context) return null;
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, from.x, from.y, width, height, 0, 0, side, side);
    const url = await encode(canvas, quality);
    if (url.length <= most) return url;
  }
  return null;
}

/**
 * WebP, or JPEG where the browser does not encode WebP.
 * @param {OffscreenCanvas} canvas
 * @param {number} quality
 * @returns {Promise<string>}
 */
async function encode(canvas, quality) {
  const webp = await canvas.convertToBlob({ type: 'image/webp', quality });
  return dataUrlOf(webp.type === 'image/webp' ? webp : await canvas.convertToBlob({ type: 'image/jpeg', quality }));
}
