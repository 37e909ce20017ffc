// @ts-check
// Pixels that the engine drew offscreen, for browsers that cannot composite WebGPU canvases and for figures.

/** @import { Pixels } from '../pkg/resnet_lens.js' */

/**
 * Draws pixels on the canvas of a 2D context.
 * @param {Pixels} pixels
 * @param {OffscreenCanvasRenderingContext2D} context
 */
export function putPixels({ width, height, data }, context) {
  const { canvas } = context;
  // Setting a dimension clears the canvas, so it is set only if it changes.
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  context.putImageData(new ImageData(straightAlpha(data), width, height), 0, 0);
}

/**
 * The 2D context of a canvas.
 * @param {OffscreenCanvas} canvas
 * @param {{ willReadFrequently?: boolean }} [settings]
 */
export function context2d(canvas, settings) {
  const context = canvas.getContext('2d', settings);
  if (!context) throw new Error('This browser cannot draw on a canvas in a worker.');
  return context;
}

/**
 * Converts premultiplied to straight alpha, in place.
 * @param {Uint8ClampedArray<ArrayBuffer>} data RGBA
 */
export function straightAlpha(data) {
  for (let at = 0; at < data.length; at += 4) {
    const alpha = data[at + 3];
    if (alpha === 0 || alpha === 255) continue;
    for (let part = at; part < at + 3; part += 1) data[part] = (data[part] * 255) / alpha;
  }
  return data;
}
