// A process with one engine on Dawn for Node, started by dawn.js. The engines expect a browser; the globals that Node lacks are
// defined before they are loaded.

import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { create, globals } from 'webgpu';
import * as ort from './page/ort.js';
import * as tfjs from './page/tfjs.js';

const [, , name] = process.argv;
let engine = null;

Object.assign(globalThis, globals);
Object.defineProperty(globalThis, 'navigator', {
  value: { gpu: create([]), userAgent: 'Node' },
});

// Dawn for Node rejects views of shared memory, which ONNX Runtime's WebAssembly passes.
const { writeBuffer } = GPUQueue.prototype;
GPUQueue.prototype.writeBuffer = function write(buffer, offset, data, ...rest) {
  const shared = data.buffer instanceof SharedArrayBuffer;
  return writeBuffer.call(this, buffer, offset, shared ? new Uint8Array(data) : data, ...rest);
};

// A browser's `fetch` reads files beside a script; Node's does not read `file:` URLs.
const { fetch } = globalThis;
globalThis.fetch = async (address, ...rest) => {
  if (!String(address).startsWith('file:')) return fetch(address, ...rest);
  return new Response(await readFile(new URL(address)), { headers: { 'content-type': 'application/wasm' } });
};

function host(folder) {
  return {
    packages: new URL('node_modules/', import.meta.url).href,
    threads: 1, // More threads are loaded from blob URLs, which Node does not support.
    async read(file) {
      const { buffer, byteOffset, byteLength } = await readFile(join(folder, file));
      return buffer.slice(byteOffset, byteOffset + byteLength);
    },
    tensorflow() { // Only WebGPU runs on Dawn.
      globalThis.window = globalThis;
      const require = createRequire(import.meta.url);
      const tf = require('@tensorflow/tfjs-core');
      require('@tensorflow/tfjs-backend-webgpu');
      return tf;
    },
  };
}

/** Our engine: its WebAssembly module without the page's worker. */
async function openOurs({ card, precision, tune }, { read }) {
  globalThis.Window = class {}; // wgpu looks for this name before it reads `navigator`.
  const { default: init, LensSession } = await import('../../www/pkg/resnet_lens.js');
  await init({ module_or_path: readFileSync(new URL('../../www/pkg/resnet_lens_bg.wasm', import.meta.url)) });
  const session = await LensSession.open();
  session.setPrecision(precision);
  const { BlobStore } = await import('../../www/models/byte-store.js');
  const weights = new BlobStore(new Blob([await read('weights.safetensors')]));
  await session.switchModel(await session.prepareModel(weights, card, () => {}));
  while (tune) {
    const { done, total } = await session.tune(1000);
    if (done === total) break;
  }
  const image = new Uint8Array(await read('image.png'));
  const layers = session.layers();
  return {
    adapter: session.adapter(),
    layers,
    run: async () => (await session.classify(image, 5)).ms.infer,
    logits: async () => [...(await session.featureMap(layers.at(-1).name)).data],
    profile: () => session.profile(),
  };
}

const methods = {
  async open(options) {
    const open = { ours: (_, ...rest) => openOurs(...rest), tfjs: tfjs.open }[name] ?? ort.open;
    engine = await open(name, options, host(options.folder));
    return { adapter: engine.adapter, layers: engine.layers ?? null };
  },
  run: () => engine.run(),
  logits: () => engine.logits(),
  profile: () => engine.profile(),
  cpuTime() {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
};

process.on('message', async ({ method, args }) => {
  try {
    process.send({ value: await methods[method](...args) });
  } catch (error) {
    process.send({ error: `${name}: ${error.message ?? error}` });
  }
});
