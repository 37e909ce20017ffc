// @ts-check
// File names of figures.

/** Longest part of a name in characters. */
const LONGEST = 60;

/**
 * A name of these parts, such as model, node and view. Letters, digits, dots and hyphens stay.
 * @param {string[]} parts
 */
export function figureFileName(parts) {
  return parts.map(slug).filter(Boolean).join('_');
}

/** @param {string} text */
function slug(text) {
  return text.normalize('NFC').toLowerCase().replace(/[^\p{L}\p{N}._]+/gu, '-').slice(0, LONGEST).replace(/^[-.]+|[-.]+$/g, '');
}
