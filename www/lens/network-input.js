// @ts-check
// The part of an image that the network sees.

/** @import { NetworkInput } from '../elements/network-map.js' */
/** @import { ShownBitmap } from '../images/image-drawing.js' */
/** @import { ImageInfo } from '../pkg/resnet_lens.js' */

/**
 * The crop in the bitmap's pixels: large images are shown smaller than they are.
 * @param {ShownBitmap} bitmap
 * @param {{ image: ImageInfo }} result
 * @returns {NetworkInput}
 */
export function inputOf(bitmap, { image: { width, height, crop } }) {
  const scale = { x: bitmap.width / width, y: bitmap.height / height };
  return {
    bitmap,
    crop: { x: crop.x * scale.x, y: crop.y * scale.y, width: crop.width * scale.x, height: crop.height * scale.y },
  };
}
