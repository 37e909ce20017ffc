// @ts-check
// Small square images of what the network sees.

import { inputOf } from '../lens/network-input.js';

/** @import { Answer } from '../lens/selection.js' */
/** @import { ShownBitmap } from './image-drawing.js' */

/** Side in device pixels: twice the size on the page. */
const SIDE = 88;

/**
 * @param {ShownBitmap} bitmap
 * @param {Answer} result
 */
export function thumbnailOf(bitmap, result) {
  const canvas = Object.assign(document.createElement('canvas'), { width: SIDE, height: SIDE });
  const { crop } = inputOf(bitmap, result);
  const context = canvas.getContext('2d');
  if (context) context.imageSmoothingQuality = 'high';
  context?.drawImage(bitmap, crop.x, crop.y, crop.width, crop.height, 0, 0, SIDE, SIDE);
  return canvas;
}
