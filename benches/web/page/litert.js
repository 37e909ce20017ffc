// LiteRT.js. `litert` and `litert-f16` run the whole model on WebGPU, with values in f32 and f16; `litert-wasm` runs it on the CPU
// (XNNPACK in WebAssembly with relaxed SIMD) with the given number of threads.

import { describe } from './gpu-device.js';
import { timed } from './timed.js';

/** The values' format on WebGPU, by engine. */
const PRECISION = { litert: 'fp32', 'litert-f16': 'fp16' };

/** `packages` is the URL of the installed packages, `read(name)` resolves to a file of the run. */
export async function open(name, { shape: [batch, channels, height, width] }, { packages, read, threads }) {
  const { getWebGpuDevice, loadLiteRt, loadAndCompile, Tensor } = await import(`${packages}@litertjs/core/dist/index.js`);
  const wasm = `${packages}@litertjs/core/wasm/`;
  const precision = PRECISION[name];
  // By default both are taken from beside the worker's script. Threads run the second one.
  self.Module = { locateFile: (file) => wasm + file, mainScriptUrlOrBlob: `${wasm}litert_wasm_threaded_internal.js` };
  await loadLiteRt(wasm, { threads: !precision && threads > 1 });
  const [model, input] = await Promise.all(['model.tflite', 'input-nhwc.f32'].map(read));
  const compiled = await loadAndCompile(new Uint8Array(model), precision
    ? { accelerator: 'webgpu', gpuOptions: { precision } }
    : { accelerator: 'wasm', cpuOptions: { numThreads: threads } });
  // Without the device, LiteRT.js logs a warning and computes on the CPU.
  if (precision && !compiled.isFullyAccelerated) throw new Error('expected a model that runs wholly on WebGPU, found operators on the CPU');
  const values = new Float32Array(input);
  return timed({
    adapter: { version: '2.5.3', ...precision ? describe(getWebGpuDevice()) : { name: `CPU, ${threads} threads` } },
    async compute() {
      const tensor = new Tensor(values, [batch, height, width, channels]);
      const [output] = await compiled.run(tensor);
      const logits = (await output.data()).slice();
      for (const used of [tensor, output]) used.delete();
      return logits;
    },
  });
}
