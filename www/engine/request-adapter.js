// @ts-check
// The browser's GPU adapter. A browser whose GPU process is restarting returns no adapter for a moment, although it has one.

/** Pauses in milliseconds before asking again. */
const PAUSES = [100, 300, 900];

/**
 * Requests an adapter several times before reporting that there is none.
 * @param {{ requestAdapter(): Promise<GPUAdapter | null> }} gpu
 * @param {number[]} [pauses]
 * @returns {Promise<GPUAdapter | null>}
 */
export async function requestAdapter(gpu, pauses = PAUSES) {
  for (const pause of pauses) {
    const adapter = await gpu.requestAdapter();
    if (adapter) return adapter;
    await new Promise((resolve) => { setTimeout(resolve, pause); });
  }
  return gpu.requestAdapter();
}
