// @ts-check
// SVG drawings as pixels. Only the page can draw them: neither the engine nor a worker can. As the source of an image element a drawing
// runs no scripts and loads nothing.

import { textError } from '../lib/errors.js';

/** Longer side in pixels: enough for every network. */
const SIDE = 1024;
/** The root element is among the first bytes, behind a declaration and comments. */
const START_BYTES = 1024;

/**
 * A PNG image of an SVG drawing on white; any other file itself.
 * @param {Blob} blob
 * @returns {Promise<Blob>}
 */
export async function rasterised(blob) {
  return await isSvg(blob) ? draw(blob) : blob;
}

/** @param {Blob} blob */
async function isSvg(blob) {
  if (blob.type === 'image/svg+xml') return true;
  if (blob.type && !/xml|^text\//.test(blob.type)) return false;
  // A file that cannot be read is reported when it is classified.
  const start = await blob.slice(0, START_BYTES).text().catch(() => '');
  return /^\s*</.test(start) && /<svg[\s>]/i.test(start);
}

/** @param {Blob} blob */
async function draw(blob) {
  const address = URL.createObjectURL(new Blob([blob], { type: 'image/svg+xml' }));
  try {
    const image = Object.assign(new Image(), { src: address });
    await image.decode();
    // A drawing without a size of its own has none in some browsers.
    const [width, height] = [image.naturalWidth || SIDE, image.naturalHeight || SIDE];
    const scale = SIDE / Math.max(width, height);
    const canvas = Object.assign(document.createElement('canvas'), {
      width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)),
    });
    const context = canvas.getContext('2d');
    if (!context) throw new Error('no canvas');
    context.fillStyle = '#fff';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    /** @type {Blob | null} */
    const png = await new Promise((resolve) => { canvas.toBlob(resolve); });
    if (!png) throw new Error('no pixels');
    return png;
  } catch {
    throw textError('ImageError', 'error.svg');
  } finally {
    URL.revokeObjectURL(address);
  }
}
