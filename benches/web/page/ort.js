// The builds of ONNX Runtime Web. `ort` is its WebGPU build, `ort-capture` the same with graph capture, `ort-jspi` the same on
// JavaScript Promise Integration, `ort-jsep` its earlier WebGPU kernels in JavaScript. `ort-wasm` runs on the CPU with SIMD and
// all available threads.

import { describe } from './gpu-device.js';
import { timed } from './timed.js';

const BUILDS = {
  ort: 'ort.webgpu.min.mjs', 'ort-capture': 'ort.webgpu.min.mjs', 'ort-jspi': 'ort.jspi.min.mjs', 'ort-jsep': 'ort.all.min.mjs', 'ort-wasm': 'ort.wasm.min.mjs',
};

/**
 * `packages` is the URL of the installed packages, `read(name)` resolves to a file of the run, `threads` is the thread limit of
 * the CPU build.
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
    enableGraphCapture: name === 'ort-capture',
  });
  const values = new Float32Array(await read('input-nchw.f32'));
  return timed({
    adapter: { version: ort.env.versions.web, ...await adapterOf(ort, wasm) },
    compute: name === 'ort-capture' ? await captured(ort, session, { shape, input, output, values }) : async () => {
      const tensor = new ort.Tensor('float32', values, shape);
      const outputs = await session.run({ [input]: tensor });
      return outputs[output].getData();
    },
  });
}

/** A captured graph uses fixed buffers; the caller writes the input buffer and reads the output buffer. */
async function captured(ort, session, { shape, input, output, values }) {
  const device = await ort.env.webgpu.device;
  const [{ shape: answer }] = session.outputMetadata;
  const bytes = answer.reduce((product, extent) => product * extent, 4);
  const buffer = (size, usage) => device.createBuffer({ size, usage });
  const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const source = buffer(values.byteLength, STORAGE | COPY_SRC | COPY_DST);
  const target = buffer(bytes, STORAGE | COPY_SRC | COPY_DST);
  const staging = buffer(bytes, MAP_READ | COPY_DST);
  const tensor = (gpuBuffer, dims) => ort.Tensor.fromGpuBuffer(gpuBuffer, { dataType: 'float32', dims });
  const [feeds, fetches] = [{ [input]: tensor(source, shape) }, { [output]: tensor(target, answer) }];
  return async () => {
    device.queue.writeBuffer(source, 0, values);
    await session.run(feeds, fetches);
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(target, 0, staging, 0, bytes);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const logits = new Float32Array(staging.getMappedRange().slice(0));
    staging.unmap();
    return logits;
  };
}

async function adapterOf(ort, wasm) {
  if (wasm) return { name: `CPU, ${ort.env.wasm.numThreads} threads` };
  return describe(await ort.env.webgpu.device);
}
