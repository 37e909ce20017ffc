// @ts-check
// Sorts the files of one drop or one choice: weights, texts that describe them, and images. A name that says nothing is decided by the
// first bytes.

const WEIGHTS = /\.(safetensors|pth|pth\.tar|pt|th|ckpt|bin|pkl)$/i;
const NOTE = /\.(json|txt)$/i;
const IMAGE = /\.(jpe?g|jfif|png|gif|webp|bmp|tiff?|avif|hei[cf]|jxl|svg|ico|dng|cr[23]|nef|arw|pnm|p[bgp]m|qoi|tga)$/i;
const MEDIA = /^(image|video|audio)\//;
/** Bytes that are read of a file without a telling name. */
const BEGINNING = 9;

/** @typedef {{ weights: File[], notes: File[], images: File[] }} SortedFiles */

/**
 * @param {File[]} files
 * @returns {Promise<SortedFiles>}
 */
export async function sortFiles(files) {
  /** @type {SortedFiles} */
  const sorted = { weights: [], notes: [], images: [] };
  for (const file of files) sorted[await kindOf(file)].push(file);
  return sorted;
}

/**
 * @param {File} file
 * @returns {Promise<keyof SortedFiles>}
 */
async function kindOf(file) {
  const kind = kindByName(file);
  if (kind) return kind;
  const bytes = await file.slice(0, BEGINNING).arrayBuffer().catch(() => new ArrayBuffer(0));
  return isWeights(new Uint8Array(bytes)) ? 'weights' : 'images';
}

/**
 * What a file is by its name and type; null if they say nothing.
 * @param {{ name: string, type: string }} file
 * @returns {keyof SortedFiles | null}
 */
export function kindByName({ name, type }) {
  if (WEIGHTS.test(name)) return 'weights';
  if (NOTE.test(name)) return 'notes';
  return IMAGE.test(name) || MEDIA.test(type) ? 'images' : null;
}

/**
 * Whether a file begins as a zip archive, a pickle or a safetensors file does.
 * @param {Uint8Array} bytes
 */
export function isWeights(bytes) {
  const [first, second] = bytes;
  if (first === 0x50 && second === 0x4b && bytes[2] === 3 && bytes[3] === 4) return true;
  if (first === 0x80 && second >= 2 && second <= 5) return true;
  // The length of a JSON header, less than 4 GB.
  return bytes.length >= BEGINNING && bytes.subarray(4, 8).every((byte) => byte === 0) && bytes[8] === 0x7b;
}
