// Counts resources that a page might leak: GPU buffers and textures, wasm memory, frames in flight.

import { readFileSync } from 'node:fs';

const WORKER = readFileSync(new URL('../../www/engine/worker.js', import.meta.url), 'utf8');

/** Browser flag that exposes the garbage collector: resources are counted after a collection. */
export const COLLECTABLE = '--js-flags=--expose-gc';

/**
 * Counts the page's frames and its worker's resources from the next navigation on.
 * @param {import('playwright-core').Page} page
 * @param {string} [prelude] script that the worker runs first
 */
export async function count(page, prelude = '') {
  await page.addInitScript(countFrames);
  await page.route('**/worker.js', (route) => (
    route.fulfill({ contentType: 'text/javascript', body: `(${countResources})();\n${prelude}\n${WORKER}` })));
}

/**
 * Current counts `{ buffers, bufferBytes, textures, wasm, opened, closed, most }`; `bufferBytes` is the size of all buffers, `most` the
 * largest number of frames in flight.
 */
export async function counted(page) {
  const [worker] = page.workers();
  const resources = await worker.evaluate(async () => {
    // Finalizers run in a separate task after a collection.
    for (let round = 0; round < 3; round += 1) {
      self.gc();
      await new Promise((resolve) => { setTimeout(resolve, 50); });
    }
    return { ...self.alive, wasm: self.wasm?.memory.buffer.byteLength ?? 0, closed: self.framesClosed };
  });
  return { ...resources, ...await page.evaluate(() => window.framesSeen) };
}

function countFrames() {
  const seen = { opened: 0, most: 0 };
  window.framesSeen = seen;
  window.VideoFrame = new Proxy(window.VideoFrame, {
    construct(target, args) {
      seen.opened += 1;
      return new target(...args);
    },
  });
  const inFlight = new Set();
  const { postMessage } = Worker.prototype;
  Worker.prototype.postMessage = function post(message, ...rest) {
    if (message.method === 'classifyFrame') {
      inFlight.add(message.id);
      seen.most = Math.max(seen.most, inFlight.size);
      this.addEventListener('message', function answered({ data }) {
        if (data.id !== message.id || data.note) return;
        inFlight.delete(message.id);
        this.removeEventListener('message', answered);
      });
    }
    return postMessage.call(this, message, ...rest);
  };
}

function countResources() {
  const alive = { buffers: 0, bufferBytes: 0, textures: 0 };
  Object.assign(self, { alive, framesClosed: 0 });
  const end = (token) => {
    if (!token || token.over) return;
    token.over = true;
    alive[token.kind] -= 1;
    alive.bufferBytes -= token.bytes;
  };
  const gone = new FinalizationRegistry(end);
  const follow = (kind, creator, destroyable) => {
    const create = GPUDevice.prototype[creator];
    const { destroy } = destroyable.prototype;
    const tokens = new WeakMap();
    GPUDevice.prototype[creator] = function counting(...args) {
      const made = create.apply(this, args);
      const token = { kind, bytes: made.size ?? 0, over: false };
      alive[kind] += 1;
      alive.bufferBytes += token.bytes;
      tokens.set(made, token);
      gone.register(made, token);
      return made;
    };
    destroyable.prototype.destroy = function counting() {
      end(tokens.get(this));
      return destroy.call(this);
    };
  };
  // Without WebGPU, all buffers are in the memory of the module.
  if (self.GPUDevice) {
    follow('buffers', 'createBuffer', GPUBuffer);
    follow('textures', 'createTexture', GPUTexture);
  }
  const { close } = VideoFrame.prototype;
  VideoFrame.prototype.close = function counting() {
    self.framesClosed += 1;
    return close.call(this);
  };
  // An engine that starts again gets the compiled module, whose instance is made without a wrapper.
  const { instantiate, instantiateStreaming } = WebAssembly;
  WebAssembly.instantiate = async (...args) => {
    const made = await instantiate.apply(WebAssembly, args);
    self.wasm = made.exports;
    return made;
  };
  WebAssembly.instantiateStreaming = async (...args) => {
    const made = await instantiateStreaming.apply(WebAssembly, args);
    self.wasm = made.instance.exports;
    return made;
  };
}
