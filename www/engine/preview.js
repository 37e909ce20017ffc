// @ts-check
// Images that the browser decodes: previews, and pixels of formats that the engine does not read.

import { context2d } from './readback.js';

/** @import { DecodedImage } from '../pkg/resnet_lens.js' */

/** The shorter side of a preview is at least this, since the crop of a strip is shown enlarged. */
const LEAST_SHORT_SIDE = 256;
/** No browser draws longer bitmaps. */
const MAX_SIDE = 16384;
/** The largest file in bytes that the browser is asked to decode; it reads the whole file before it looks at the format. */
const MAX_BYTES = 512 << 20;
/** The engine converts as many pixels. */
const MAX_PIXELS = (512 << 20) / 4;

/**
 * A bitmap to show, or null if the browser cannot decode the format.
 * @param {Blob} blob
 * @param {number} largest longer side in pixels
 */
export async function previewOf(blob, largest) {
  if (blob.size > MAX_BYTES) return null;
  try {
    const full = await createImageBitmap(blob, { imageOrientation: 'from-image' });
    const scale = previewScale(full, largest);
    if (scale === 1) return full;
    const small = await createImageBitmap(full, {
      resizeWidth: Math.max(1, Math.round(full.width * scale)),
      resizeHeight: Math.max(1, Math.round(full.height * scale)),
      resizeQuality: 'medium',
    });
    full.close();
    return small;
  } catch {
    return null;
  }
}

/**
 * A bitmap to show of an image that the engine has decoded: a second decoder would need as much time and memory again.
 * @param {DecodedImage} image
 * @param {number} largest longer side in pixels
 */
export async function previewOfDecoded(image, largest) {
  const { width, height, data } = image.preview(largest, LEAST_SHORT_SIDE);
  return createImageBitmap(new ImageData(data, width, height));
}

/**
 * RGBA pixels of an image, or null if the browser cannot decode it.
 * @param {Blob} blob
 */
export async function decodePixels(blob) {
  if (blob.size > MAX_BYTES) return null;
  const bitmap = await createImageBitmap(blob, { imageOrientation: 'from-image' }).catch(() => null);
  if (!bitmap || bitmap.width * bitmap.height > MAX_PIXELS) return null;
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = context2d(canvas, { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/**
 * @param {{ width: number, height: number }} size
 * @param {number} largest
 */
function previewScale({ width, height }, largest) {
  const long = Math.max(width, height);
  const wanted = Math.max(largest / long, LEAST_SHORT_SIDE / Math.min(width, height));
  return Math.min(1, wanted, MAX_SIDE / long);
}
