// @ts-check
// Sorts the files of one drop or one choice: weights, texts that describe them, and images. A name that says nothing is decided by the
// first bytes.

const WEIGHTS = /\.(safetensors|pth|pth\.tar|pt|th|ckpt|bin|pkl|weights|pt2|ptl)$/i;
/** Files of other programs, archives, and the index of a model in several files. They are opened as weights, so that the sentence of the refusal names what they are. */
const FOREIGN = /\.(onnx|h5|hdf5|keras|gguf|np[yz]|tar|t?gz|zip|7z|pb|tflite|mlmodel|caffemodel|params|pdparams|t7|mat|joblib|msgpack|engine|index\.json)$/i;
const NOTE = /\.(json|txt|[ct]sv)$/i;
const IMAGE = /\.(jpe?g|jfif|png|gif|webp|bmp|tiff?|avif|hei[cf]|jxl|svg|ico|dng|cr[23]|nef|arw|pnm|p[bgp]m|qoi|tga)$/i;
const MEDIA = /^(image|video|audio)\//;
/** Bytes that are read of a file without a telling name. */
const BEGINNING = 9;
/** Beginnings of files that are refused as weights: HDF5, GGUF, a git-lfs pointer. */
const FOREIGN_BEGINNINGS = ['\x89HDF', 'GGUF', 'version h'];

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
  if (WEIGHTS.test(name) || FOREIGN.test(name)) return 'weights';
  if (NOTE.test(name)) return 'notes';
  return IMAGE.test(name) || MEDIA.test(type) ? 'images' : null;
}

/**
 * Whether a file begins as a zip archive, a pickle or a safetensors file does, or as one that is refused as weights.
 * @param {Uint8Array} bytes
 */
export function isWeights(bytes) {
  const [first, second] = bytes;
  if (first === 0x50 && second === 0x4b && bytes[2] === 3 && bytes[3] === 4) return true;
  if (first === 0x80 && second >= 2 && second <= 5) return true;
  const text = String.fromCharCode(...bytes.subarray(0, BEGINNING));
  if (FOREIGN_BEGINNINGS.some((beginning) => text.startsWith(beginning))) return true;
  // The length of a JSON header, less than 4 GB.
  return bytes.length >= BEGINNING && bytes.subarray(4, 8).every((byte) => byte === 0) && bytes[8] === 0x7b;
}
