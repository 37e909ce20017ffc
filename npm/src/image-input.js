// @ts-check
// What can be classified: files and addresses, which the engine decodes itself, and what the browser has decoded already.

import { asError, textError } from '../../www/lib/errors.js';
import { fetchImage, imageSourceOf } from '../../www/images/image-source.js';
import { kindOf, stateError } from './errors.js';

/** @import { ImageInput } from './options.js' */

/** @typedef {{ blob: Blob, pixels?: undefined } | { pixels: ImageData, blob?: undefined }} ReadImage */

/**
 * The pixels of what the browser has decoded, as they are at the moment; null for a file, an address, and an image element that is not
 * loaded yet.
 * @param {ImageInput} given
 * @returns {ReadImage | null}
 */
export function pixelsNow(given) {
  if (given instanceof Blob || isAddress(given) || (isOf('HTMLImageElement', given) && !given.complete)) return null;
  if (isOf('ImageData', given)) return { pixels: new ImageData(new Uint8ClampedArray(given.data), given.width, given.height) };
  return { pixels: pixelsOf(given) };
}

/**
 * An image file, or an image element once it is loaded.
 * @param {ImageInput} given
 * @param {(url: URL) => Promise<Blob>} download
 * @returns {Promise<ReadImage>}
 */
export async function readImage(given, download) {
  if (given instanceof Blob || isAddress(given)) return { blob: (await fetchImage(imageSourceOf(given), download)).blob };
  const image = /** @type {HTMLImageElement} */ (given);
  await image.decode().catch(() => {}); // A broken image has no pixels.
  return { pixels: pixelsOf(image) };
}

/** @param {ImageInput} given @returns {given is string | URL} */
const isAddress = (given) => typeof given === 'string' || given instanceof URL;

/**
 * Whether a value has this type. Workers lack some of them.
 * @template {keyof ImageTypes} Name
 * @param {Name} name
 * @param {unknown} value
 * @returns {value is ImageTypes[Name]}
 */
function isOf(name, value) {
  const type = /** @type {Record<string, any>} */ (globalThis)[name];
  return typeof type === 'function' && value instanceof type;
}

/** @typedef {{ ImageData: ImageData, HTMLImageElement: HTMLImageElement, HTMLVideoElement: HTMLVideoElement, HTMLCanvasElement: HTMLCanvasElement, OffscreenCanvas: OffscreenCanvas, ImageBitmap: ImageBitmap, VideoFrame: VideoFrame }} ImageTypes */

/**
 * @param {unknown} source
 * @returns {ImageData}
 */
function pixelsOf(source) {
  if (isOf('HTMLImageElement', source)) {
    if (!source.naturalWidth) throw textError('ImageError', 'npm.brokenImage', { url: source.currentSrc || source.src });
    return draw(source, source.naturalWidth, source.naturalHeight);
  }
  if (isOf('HTMLVideoElement', source)) return draw(source, source.videoWidth, source.videoHeight);
  if (isOf('VideoFrame', source)) return draw(source, source.displayWidth, source.displayHeight);
  if (isOf('HTMLCanvasElement', source) || isOf('OffscreenCanvas', source) || isOf('ImageBitmap', source)) return draw(source, source.width, source.height);
  throw stateError('npm.noImage', { found: kindOf(source) });
}

/**
 * @param {CanvasImageSource} source
 * @param {number} width
 * @param {number} height
 */
function draw(source, width, height) {
  if (!(width && height)) throw textError('ImageError', 'npm.emptyImage', { found: kindOf(source), width: String(width), height: String(height) });
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) throw textError('ImageError', 'figure.noCanvas');
  context.drawImage(source, 0, 0);
  try {
    return context.getImageData(0, 0, width, height);
  } catch (error) {
    // The browser hides the pixels of an image of another origin.
    throw textError('ImageError', 'npm.hiddenPixels', { found: kindOf(source), reason: asError(error).name });
  }
}
