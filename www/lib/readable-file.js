// @ts-check
// Files that the user chooses, read by the page before anything else: a file may change, move or go offline afterwards, and browsers have
// files, such as those of a phone's cloud drive, that a worker cannot read.

import { asError, textError } from './errors.js';

/** Larger images are not copied to memory. */
const MOST_BYTES = 64 << 20;
const MOST_TEXT_BYTES = 4 << 20;
/** One of several files with a part of a network each. */
const SHARD = /-\d+-of-0*(?!1\.|0)\d+\.\w+$/;

/**
 * A copy of an image file in memory; a Blob that is in memory already, and a large file, itself.
 * @param {Blob} blob
 * @param {string} name
 * @returns {Promise<Blob>}
 */
export async function copiedImage(blob, name) {
  if (!(blob instanceof File)) return blob;
  if (blob.size > MOST_BYTES) {
    await beginning(blob).catch(unreadable(name, 'ImageError'));
    return blob;
  }
  const bytes = await blob.arrayBuffer().catch(unreadable(name, 'ImageError'));
  return new Blob([bytes], { type: blob.type });
}

/**
 * Rejects if a model file cannot be read, or holds a part of a network only, as its name says. It is not copied: the engine reads one tensor at a time.
 * @param {Blob} blob
 * @param {string} name
 */
export async function checkModelFile(blob, name) {
  if (SHARD.test(name)) throw textError('ModelError', 'error.shard', { name });
  await beginning(blob).catch(unreadable(name, 'ModelError'));
}

/**
 * The text of a file that describes a model; empty if it cannot be read or is too long to be one.
 * @param {Blob} blob
 */
export async function textOf(blob) {
  return blob.size <= MOST_TEXT_BYTES ? blob.text().catch(() => '') : '';
}

/** The first byte. A file that was deleted has a size of 0, and a slice of it would be empty without an error. @param {Blob} blob */
const beginning = (blob) => (blob.size > 0 ? blob.slice(0, 1) : blob).arrayBuffer();

/**
 * @param {string} file
 * @param {string} name of the error
 * @returns {(caught: unknown) => never}
 */
const unreadable = (file, name) => (caught) => {
  throw textError(name, 'error.fileUnreadable', { name: file, reason: asError(caught).name });
};
