// Whether this browser can show what WebGPU draws. Where its compositor runs without a GPU (as Chromium does under
// some flags) the first texture of a canvas takes every device of the thread with it: better one made for the trial.

/** Promises the answer; comes before any device that is to be kept. */
export async function supportsWebGpuCanvas() {
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter || copiesItsCanvases(adapter)) return false;
  const device = await adapter.requestDevice();
  let lost = false;
  device.lost.then(() => { lost = true; });
  try {
    const context = new OffscreenCanvas(1, 1).getContext('webgpu');
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
 * Firefox without a GPU has the page's thread copy every canvas of a worker's, each time anything on the page is painted, and
 * sooner or later its two threads take the same number for two things of theirs: the whole browser ends ("Cannot remove a
 * vacant resource", seen in version 153). Only Chromium, which does not, says what it is in `userAgentData`.
 */
const copiesItsCanvases = ({ info }) => info.isFallbackAdapter && !navigator.userAgentData;
