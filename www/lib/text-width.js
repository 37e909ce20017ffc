// @ts-check
// The width of text where it cannot be measured: in a figure, or before it is in the document.

/** Hangul, ideographs and full-width forms. */
const WIDE = /[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uff00-\uff60]/g;

/**
 * The width of a text in Latin letters; a wide letter is about two of them.
 * @param {string} text
 */
export const widthOf = (text) => text.length + (text.match(WIDE)?.length ?? 0);
