// @ts-check
// Encodes figures and their drawings as PNG files.

import { putPixels } from '../engine/readback.js';
import { create } from '../lib/dom.js';
import { textError } from '../lib/errors.js';
import { dataUrlOf } from '../lib/data-url.js';

/** @import { Pixels } from '../pkg/resnet_lens.js' */
/** @import { Rectangle } from '../lib/rectangle.js' */
/** @import { SvgDocument } from './svg-document.js' */

/**
 * A figure as PNG, `density` device pixels per CSS pixel.
 * @param {SvgDocument} document
 * @param {number} density
 * @returns {Promise<Blob>}
 */
export async function rasterise({ svg, width, height }, density) {
  const image = new Image();
  image.src = svgUrl(svg);
  await image.decode();
  const canvas = Object.assign(create('canvas'), { width: width * density, height: height * density });
  context2dOf(canvas).drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(textError('ImageError', 'figure.tooLarge'))), 'image/png');
  });
}

/** @param {string} svg */
export const svgUrl = (svg) => `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;

/**
 * Pixels that the engine drew as a PNG in a data: URL.
 * @param {Pixels} pixels
 */
export async function pixelsUrl(pixels) {
  const canvas = new OffscreenCanvas(pixels.width, pixels.height);
  const context = canvas.getContext('2d');
  if (!context) throw textError('ImageError', 'figure.noCanvas');
  putPixels(pixels, context);
  return dataUrlOf(await canvas.convertToBlob({ type: 'image/png' }));
}

/**
 * A part of an image as a PNG in a data: URL.
 * @param {CanvasImageSource} image
 * @param {Rectangle} part
 * @param {number} side of the result in pixels
 */
export function partUrl(image, { x, y, width, height }, side) {
  const canvas = Object.assign(create('canvas'), { width: side, height: side });
  const context = context2dOf(canvas);
  // A crop that extends beyond the image is padded with black, as the network sees it.
  context.fillRect(0, 0, side, side);
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, x, y, width, height, 0, 0, side, side);
  return canvas.toDataURL('image/png');
}

/** @param {HTMLCanvasElement} canvas */
function context2dOf(canvas) {
  const context = canvas.getContext('2d');
  if (!context) throw textError('ImageError', 'figure.noCanvas');
  return context;
}
