// ONNX Runtime Web in all its builds. `ort` is what it offers for WebGPU, `ort-jspi` the same on JavaScript Promise
// Integration, `ort-jsep` its earlier WebGPU kernels in JavaScript; `ort-wasm` is for the processor, with SIMD and as
// many threads as it may have.

import { timed } from './timed.js';

const BUILDS = {
  ort: 'ort.webgpu.min.mjs', 'ort-jspi': 'ort.jspi.min.mjs', 'ort-jsep': 'ort.all.min.mjs', 'ort-wasm': 'ort.wasm.min.mjs',
};

/**
 * `packages` is where packages lie, `read(name)` promises a file that was made for the run, `threads` is how many the
 * processor's build may have.
 */
export async function open(name, { shape, input, output }, { packages, read, threads }) {
  const dist = `${packages}onnxruntime-web/dist/`;
  const ort = await import(dist + BUILDS[name]);
  const wasm = name === 'ort-wasm';
  ort.env.wasm.wasmPaths = dist;
  ort.env.wasm.numThreads = wasm ? threads : 1;
  if (!wasm) ort.env.webgpu.powerPreference = 'high-performance';
  const session = await ort.InferenceSession.create(new Uint8Array(await read('model.onnx')), {
    executionProviders: [wasm ? 'wasm' : 'webgpu'],
    graphOptimizationLevel: 'all',
  });
  const values = new Float32Array(await read('input-nchw.f32'));
  return timed({
    adapter: { version: ort.env.versions.web, ...await adapterOf(ort, wasm) },
    async compute() {
      const tensor = new ort.Tensor('float32', values, shape);
      const outputs = await session.run({ [input]: tensor });
      return outputs[output].getData();
    },
  });
}

async function adapterOf(ort, wasm) {
  if (wasm) return { name: `processor, ${ort.env.wasm.numThreads} threads` };
  const { adapterInfo, features } = await ort.env.webgpu.device;
  const { vendor, architecture, device, description } = adapterInfo;
  return { name: [vendor, architecture, device, description].filter(Boolean).join(' '), features: [...features] };
}
