// @ts-check
// Layout of the image and its crop in CSS pixels. Pure arithmetic.

/** @import { Rectangle, Size } from '../lib/rectangle.js' */

/**
 * `frame` is the whole image, `crop` the part that the network sees, `loupe` an enlargement of a tiny crop.
 * @typedef {{ frame: Rectangle, crop: Rectangle | null, loupe: Rectangle | null }} ImageLayout
 */

/** Longest side of an image pixel: a 1×1 image is shown as a swatch. */
const LARGEST_PIXEL = 64;
/** Shortest side of the frame, however long the strip. */
const THINNEST = 2;
/** A crop whose shorter side is less than this is also shown enlarged. */
const SMALLEST_CROP = 40;
const LOUPE = 260;

/**
 * @param {Size} image
 * @param {Rectangle | null} crop in the image's pixels
 * @param {Size} box
 * @returns {ImageLayout}
 */
export function layOutImage(image, crop, box) {
  const scale = Math.min(box.width / image.width, box.height / image.height, LARGEST_PIXEL);
  const width = Math.max(THINNEST, image.width * scale);
  const height = Math.max(THINNEST, image.height * scale);
  const isSmall = crop !== null && Math.min(crop.width, crop.height) * scale < SMALLEST_CROP;
  const isWide = image.width >= image.height;
  const side = isSmall ? Math.min(LOUPE, box.width * 0.6, box.height * 0.6) : 0;
  const gap = side / 4;
  const taken = side + gap;
  const frame = {
    x: (box.width - width - (isWide ? 0 : taken)) / 2,
    y: (box.height - height - (isWide ? taken : 0)) / 2,
    width,
    height,
  };
  return { frame, crop: crop && within(frame, image, crop), loupe: isSmall ? loupeBeside(frame, box, { side, gap, isWide }) : null };
}

/**
 * @param {Rectangle} frame
 * @param {Size} box
 * @param {{ side: number, gap: number, isWide: boolean }} loupe below a wide image, right of a tall one
 */
function loupeBeside(frame, box, { side, gap, isWide }) {
  return isWide
    ? { x: (box.width - side) / 2, y: frame.y + frame.height + gap, width: side, height: side }
    : { x: frame.x + frame.width + gap, y: (box.height - side) / 2, width: side, height: side };
}

/**
 * @param {Rectangle} frame
 * @param {Size} image
 * @param {Rectangle} crop
 * @returns {Rectangle}
 */
function within(frame, image, crop) {
  return {
    x: frame.x + (crop.x / image.width) * frame.width,
    y: frame.y + (crop.y / image.height) * frame.height,
    width: (crop.width / image.width) * frame.width,
    height: (crop.height / image.height) * frame.height,
  };
}
