// @ts-check
// The files of the engine beside the built package. Their addresses are written here, in the main module: bundlers find assets that a
// module names in this form, and lose those that only the worker of a dependency names.

/** @import { WasmSource } from '../../www/engine/wasm-source.js' */
/** @import { WorkerSource } from './options.js' */

/** @returns {WorkerSource} */
export const ownWorker = () => new URL('./worker.js', import.meta.url);

/** @returns {WasmSource | Promise<WasmSource>} */
export const ownWasm = () => new URL('./resnet_lens_bg.wasm', import.meta.url).href;
