// ONNX Runtime Web in all its builds. `ort` is what it offers for WebGPU, `ort-jspi` the same on JavaScript Promise
// Integration, `ort-jsep` its earlier WebGPU kernels in JavaScript; `ort-wasm` is for the processor, with SIMD and as
// many threads as there are cores.

const BUILDS = {
  ort: 'ort.webgpu.min.mjs', 'ort-jspi': 'ort.jspi.min.mjs', 'ort-jsep': 'ort.all.min.mjs', 'ort-wasm': 'ort.wasm.min.mjs',
};
const DIST = new URL('../rivals/onnxruntime-web/dist/', self.location.href).href;

export async function open(name, { shape, input, output }) {
  const ort = await import(DIST + BUILDS[name]);
  const wasm = name === 'ort-wasm';
  ort.env.wasm.wasmPaths = DIST;
  ort.env.wasm.numThreads = wasm ? navigator.hardwareConcurrency : 1;
  if (!wasm) ort.env.webgpu.powerPreference = 'high-performance';
  const session = await ort.InferenceSession.create('../run/model.onnx', {
    executionProviders: [wasm ? 'wasm' : 'webgpu'],
    graphOptimizationLevel: 'all',
  });
  const values = new Float32Array(await (await fetch('../run/input-nchw.f32')).arrayBuffer());
  return {
    adapter: { version: ort.env.versions.web, ...await adapterOf(ort, wasm) },
    async run() {
      const tensor = new ort.Tensor('float32', values, shape);
      const outputs = await session.run({ [input]: tensor });
      return outputs[output].getData();
    },
  };
}

async function adapterOf(ort, wasm) {
  if (wasm) return { name: `processor, ${ort.env.wasm.numThreads} threads` };
  const { adapterInfo, features } = await ort.env.webgpu.device;
  const { vendor, architecture, device, description } = adapterInfo;
  return { name: [vendor, architecture, device, description].filter(Boolean).join(' '), features: [...features] };
}
