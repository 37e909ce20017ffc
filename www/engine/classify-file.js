// @ts-check
// Classifies an image file. Its first bytes are looked at before it is copied to the engine's memory.

import { asError, textError } from '../lib/errors.js';
import { decodePixels, previewOf, previewOfDecoded } from './preview.js';

/** @import { Classification, DecodedImage, LensSession } from '../pkg/resnet_lens.js' */

/** @typedef {typeof import('../pkg/resnet_lens.js')} Engine */

/** The size of an image is among these bytes, except behind very large metadata. */
const START_BYTES = 1 << 18;
/** Images of more pixels are decoded once, for result and preview. Others are decoded twice in parallel, and the preview comes first. */
const LARGE_PIXELS = 32e6;

/** `largest`: longer side in pixels; `show`: called once if the image can be shown. @typedef {{ largest: number, show: (bitmap: ImageBitmap) => void }} Preview */

/**
 * @param {Engine} engine the wasm module
 * @param {LensSession} session
 * @param {Blob} file
 * @param {number} top number of classes
 * @param {Preview | null} [preview]
 * @returns {Promise<Classification>}
 */
export async function classifyFile(engine, session, file, top, preview = null) {
  const showPreview = async () => {
    const bitmap = preview && await previewOf(file, preview.largest);
    if (bitmap) preview.show(bitmap);
  };
  const start = await bytesOf(file.slice(0, START_BYTES));
  let pixels;
  try {
    pixels = engine.checkImage(start, file.size);
  } catch (error) {
    if (asError(error).name !== 'UnknownFormat') throw error;
    return classifyForeign(session, file, { top, showPreview, error });
  }
  if (pixels !== undefined && pixels > LARGE_PIXELS) {
    const image = engine.DecodedImage.decode(await bytesOf(file));
    if (preview) preview.show(await previewOfDecoded(image, preview.largest));
    return session.classifyDecoded(image, top);
  }
  const shown = showPreview();
  try {
    return await session.classify(await bytesOf(file), top);
  } catch (error) {
    // A known format with a feature that the engine's decoder does not support.
    if (asError(error).name !== 'UnknownFormat') throw error;
    return await classifyForeign(session, file, { top, showPreview: () => shown, error });
  } finally {
    await shown;
  }
}

/**
 * Classifies an image that only the browser decodes, such as AVIF. If it cannot either, the engine's error names the formats that
 * would have worked.
 * @param {LensSession} session
 * @param {Blob} file
 * @param {{ top: number, showPreview: () => Promise<void>, error: unknown }} options
 */
async function classifyForeign(session, file, { top, showPreview, error }) {
  const shown = showPreview();
  try {
    const pixels = await decodePixels(file).catch(() => null);
    if (!pixels) throw error;
    return await session.classifyRgba(pixels.width, pixels.height, new Uint8Array(pixels.data.buffer), top);
  } finally {
    await shown;
  }
}

/**
 * Decodes an image file with the engine, or with the browser if the engine does not know its format.
 * @param {Engine} engine
 * @param {Blob} file
 * @returns {Promise<DecodedImage>}
 */
export async function decodeFile(engine, file) {
  try {
    return engine.DecodedImage.decode(await bytesOf(file));
  } catch (error) {
    const pixels = asError(error).name === 'UnknownFormat' ? await decodePixels(file).catch(() => null) : null;
    if (!pixels) throw error;
    return engine.DecodedImage.fromRgba(pixels.width, pixels.height, new Uint8Array(pixels.data.buffer));
  }
}

/** @param {Blob} blob */
async function bytesOf(blob) {
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch (error) {
    throw textError('ImageError', 'error.unreadableImage', { reason: asError(error).message || asError(error).name });
  }
}
