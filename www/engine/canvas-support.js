// @ts-check
// Detects whether the browser can composite WebGPU canvases. Where the compositor runs without a GPU, as Chromium's does with some
// flags, the first canvas texture loses every device of the thread; so the test uses a device of its own.

import { requestAdapter } from './request-adapter.js';

/** Call this before creating any device that is to be kept. If the test's device is lost, the browser may have no adapter for a moment. */
export async function supportsWebGpuCanvas() {
  const adapter = await requestAdapter(navigator.gpu);
  if (!adapter || copiesCanvases(adapter)) return false;
  const device = await adapter.requestDevice();
  let lost = false;
  device.lost.then(() => { lost = true; });
  try {
    const context = /** @type {GPUCanvasContext | null} */ (new OffscreenCanvas(1, 1).getContext('webgpu'));
    if (!context) return false;
    context.configure({ device, format: navigator.gpu.getPreferredCanvasFormat() });
    context.getCurrentTexture().createView();
    await device.queue.onSubmittedWorkDone();
    return !lost;
  } catch {
    return false;
  } finally {
    device.destroy();
  }
}

/**
 * Without a GPU, Firefox copies every worker canvas on the page's thread whenever the page is painted, and two of its threads
 * eventually use the same resource id: the browser crashes ("Cannot remove a vacant resource", seen in version 153). Chromium does
 * not; it is recognised by `userAgentData`, which only Chromium has. Its adapters have no `info` before version 127.
 * @param {GPUAdapter} adapter
 */
const copiesCanvases = ({ info }) => info?.isFallbackAdapter && !('userAgentData' in navigator);
