// Loses the GPU device of a page, or makes its worker throw.

/** Prepended to worker.js: a message of the test's page loses the device, or has the worker throw. */
export const HOOKS = `
  const { requestDevice } = GPUAdapter.prototype;
  let device;
  GPUAdapter.prototype.requestDevice = async function (...given) { return device = await requestDevice.apply(this, given); };
  new BroadcastChannel('fault').onmessage = ({ data }) => {
    if (data === 'lose') device.destroy();
    else setTimeout(() => { throw new Error('out of memory'); });
  };
`;

/** Causes `what`, "lose" or "crash". */
export const fault = (page, what) => page.evaluate((message) => new BroadcastChannel('fault').postMessage(message), what);
