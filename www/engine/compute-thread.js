// @ts-check
// A compute thread of the CPU: another instance of the engine's module, which computes what the engine asks for through shared memory.

import init, { serveComputeThread } from '../pkg/resnet_lens.js';

const worker = /** @type {DedicatedWorkerGlobalScope} */ (/** @type {unknown} */ (self));

worker.addEventListener('message', async ({ data: { module, memory } }) => {
  await init({ module_or_path: module });
  worker.postMessage('started');
  serveComputeThread(memory); // Does not return: from now on it waits for the engine in the shared memory.
}, { once: true });
