// @ts-check
// Options of the engines of all elements.

/** @import { EngineOptions } from '../options.js' */

/** @typedef {Omit<EngineOptions, 'model'>} ElementOptions */

/** @type {ElementOptions} */
let options = {};

/**
 * Options such as `{ worker, wasm, device }`. Call it before the first element is in the document.
 * @param {ElementOptions} given
 */
export function configure(given) {
  options = { ...given };
}

export const engineOptions = () => options;
