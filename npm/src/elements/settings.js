// @ts-check
// Options of the engines of all elements.

/** @import { EngineOptions } from '../options.js' */

/** @typedef {Omit<EngineOptions, 'model'>} ElementOptions */

/** @type {ElementOptions} */
let options = {};

/**
 * Options such as `{ worker, wasm, device }`. Call it in the module that imports the elements: those of the document begin after it.
 * @param {ElementOptions} given
 */
export function configure(given) {
  options = { ...given };
}

export const engineOptions = () => options;
