// @ts-check
// The files of the engine inside the module, for `resnet-lens/inline`, which is built with this module in place of assets.js.

import { MODULE, SCRIPT } from './embedded.js';

/** @import { WasmSource } from '../../www/engine/wasm-source.js' */
/** @import { WorkerSource } from './options.js' */

/** @returns {WorkerSource} */
export const ownWorker = () => URL.createObjectURL(new Blob([SCRIPT], { type: 'text/javascript' }));

/** @returns {Promise<WasmSource>} */
export async function ownWasm() {
  const bytes = Uint8Array.from(atob(MODULE), (letter) => letter.charCodeAt(0));
  const module = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(module).arrayBuffer();
}
