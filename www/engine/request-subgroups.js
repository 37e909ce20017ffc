// @ts-check
// Subgroup operations for the engine's kernels on software adapters. wgpu requests only the features that it knows, and it does not
// know `subgroups` in browsers.

/** @type {GPUFeatureName} */
const FEATURE = 'subgroups';

/**
 * From now on, every device of this realm has the feature where its adapter has it.
 * @param {{ requestDevice(descriptor?: GPUDeviceDescriptor): Promise<GPUDevice> } | undefined} prototype that of `GPUAdapter`; `undefined`
 * changes nothing
 */
export function requestSubgroups(prototype = globalThis.GPUAdapter?.prototype) {
  if (!prototype) return;
  const { requestDevice } = prototype;
  /** @this {GPUAdapter} @param {GPUDeviceDescriptor} [descriptor] */
  prototype.requestDevice = function request(descriptor = {}) {
    if (!this.features.has(FEATURE)) return requestDevice.call(this, descriptor);
    const requiredFeatures = [...new Set([...descriptor.requiredFeatures ?? [], FEATURE])];
    return requestDevice.call(this, { ...descriptor, requiredFeatures });
  };
}
