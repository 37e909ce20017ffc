// @ts-check
// Starts the compute threads of the CPU: workers of the engine's worker that each compute a part of every convolution. They share
// memory with it, which browsers allow in cross-origin isolated pages only; elsewhere the engine computes alone. They run the script of
// the engine's worker, so that a bundle needs no other file.

/** @import { EngineModule } from './open-device.js' */

/**
 * The most threads, with the engine's own. Each has its own copy of the weights (100 MB for ResNet-50), the engine copies the operands
 * of all, and the last maps of a ResNet have only 49 pixels to divide.
 */
const MOST = 4;

/**
 * Bytes that a thread shares with the engine: enough for any layer of eight images of ResNet-50. Browsers assign memory to the pages in
 * use only.
 */
const SHARED_BYTES = 64 * 2 ** 20;

/** A thread that has not started by then is not used. */
const START_MS = 5000;

/**
 * Starts the threads beside the engine's own.
 * @param {EngineModule} engine
 * @param {number | null} wanted the number of threads with the engine's own; by default as many as there are processors, up to `MOST`
 * @returns {Promise<void>} resolves when each has started, or failed to
 */
export async function startComputeThreads(engine, wanted) {
  if (!globalThis.crossOriginIsolated || typeof Worker === 'undefined') return;
  const count = wanted ?? Math.min(navigator.hardwareConcurrency, MOST);
  if (count > 1) await startThreads(engine, count - 1);
}

/**
 * @param {EngineModule} engine
 * @param {number} count
 */
async function startThreads(engine, count) {
  let script;
  try {
    script = ownScript();
  } catch {
    return; // A server's content security policy that knows no such policy.
  }
  await Promise.all(Array.from({ length: count }, () => startThread(engine, script)));
}

/** The address of this worker's script, as the constructor of workers accepts it where Trusted Types are required. */
function ownScript() {
  const { trustedTypes, location } = /** @type {any} */ (globalThis);
  return trustedTypes?.createPolicy('resnet-lens', { createScriptURL: () => location.href }).createScriptURL('') ?? location.href;
}

/**
 * @param {EngineModule} engine
 * @param {string} script
 */
async function startThread(engine, script) {
  let worker;
  try {
    worker = new Worker(script, { type: 'module', name: 'compute' });
    const memory = new SharedArrayBuffer(SHARED_BYTES);
    worker.postMessage({ id: 0, method: 'computeThread', args: [engine.compiledModule(), memory] });
    await started(worker);
    engine.addComputeThread(memory, worker);
  } catch {
    worker?.terminate(); // The engine computes its part.
  }
}

/**
 * Resolves at the worker's first message, if that is a note.
 * @param {Worker} worker
 * @returns {Promise<void>}
 */
function started(worker) {
  return new Promise((resolve, reject) => {
    worker.addEventListener('message', ({ data }) => (data.error ? reject(data.error) : resolve()), { once: true });
    worker.addEventListener('error', reject, { once: true });
    setTimeout(reject, START_MS, new Error('the compute thread did not start in time'));
  });
}
