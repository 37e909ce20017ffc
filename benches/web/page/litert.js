// LiteRT.js on the CPU (XNNPACK in WebAssembly with relaxed SIMD), with the given number of threads.

import { timed } from './timed.js';

/** `packages` is the URL of the installed packages, `read(name)` resolves to a file of the run. */
export async function open(_, { shape: [batch, channels, height, width] }, { packages, read, threads }) {
  const { loadLiteRt, loadAndCompile, Tensor } = await import(`${packages}@litertjs/core/dist/index.js`);
  const wasm = `${packages}@litertjs/core/wasm/`;
  // By default both are taken from beside the worker's script. Threads run the second one.
  self.Module = { locateFile: (file) => wasm + file, mainScriptUrlOrBlob: `${wasm}litert_wasm_threaded_internal.js` };
  await loadLiteRt(wasm, { threads: threads > 1 });
  const [model, input] = await Promise.all(['model.tflite', 'input-nhwc.f32'].map(read));
  const compiled = await loadAndCompile(new Uint8Array(model), { accelerator: 'wasm', cpuOptions: { numThreads: threads } });
  const values = new Float32Array(input);
  return timed({
    adapter: { version: '2.5.3', name: `CPU, ${threads} threads` },
    async compute() {
      const tensor = new Tensor(values, [batch, height, width, channels]);
      const [output] = await compiled.run(tensor);
      const logits = output.toTypedArray().slice();
      for (const used of [tensor, output]) used.delete();
      return logits;
    },
  });
}
