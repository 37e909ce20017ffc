// @ts-check
// Rectangles and their conversion from CSS pixels to device pixels.

/** @typedef {{ width: number, height: number }} Size */
/** @typedef {{ x: number, y: number, width: number, height: number }} Rectangle */

/** Device pixels per CSS pixel are limited to this: finer detail is not visible, and the work grows with the square. */
const MAX_DENSITY = 3;

/** Device pixels per CSS pixel that canvases are drawn with. */
export const pixelDensity = () => Math.min(devicePixelRatio, MAX_DENSITY);

/**
 * A length in device pixels.
 * @param {number} length in CSS pixels
 * @param {number} [density]
 */
export const toDevice = (length, density = pixelDensity()) => Math.round(length * density);

/**
 * A size in device pixels.
 * @param {Size} size in CSS pixels
 * @param {number} [density]
 * @returns {Size}
 */
export const sizeToDevice = ({ width, height }, density = pixelDensity()) =>
  ({ width: toDevice(width, density), height: toDevice(height, density) });

/**
 * A rectangle in device pixels. Its edges are rounded, not its size, so that neighbours neither overlap nor leave gaps.
 * @param {Rectangle} rectangle in CSS pixels
 * @param {number} [density]
 * @returns {Rectangle}
 */
export function rectangleToDevice({ x, y, width, height }, density = pixelDensity()) {
  const [left, top] = [toDevice(x, density), toDevice(y, density)];
  return { x: left, y: top, width: toDevice(x + width, density) - left, height: toDevice(y + height, density) - top };
}
