// A worker with one of the other engines. It is a classic worker, because TensorFlow.js is distributed as scripts, and follows the
// protocol of www/engine/worker-rpc.js.

const name = new URL(self.location.href).searchParams.get('engine');
const packages = new URL('../rivals/', self.location.href).href;
let engine = null;
const MODULES = {
  tfjs: './tfjs.js',
  'tfjs-wasm': './tfjs.js',
  jax: './jax.js',
  litert: './litert.js',
  'litert-f16': './litert.js',
  'litert-wasm': './litert.js',
};

const host = {
  packages,
  threads: navigator.hardwareConcurrency,

  async read(file) {
    const response = await fetch(`../run/${file}`);
    if (!response.ok) throw new Error(`${file}: the server answered ${response.status}`);
    return response.arrayBuffer();
  },

  /** `backend`: `webgpu` or `wasm`. */
  tensorflow(backend) {
    const scripts = ['tfjs-core/dist/tf-core', 'tfjs-backend-cpu/dist/tf-backend-cpu', `tfjs-backend-${backend}/dist/tf-backend-${backend}`];
    self.importScripts(...scripts.map((script) => `${packages}@tensorflow/${script}.min.js`));
    return self.tf;
  },
};

const methods = {
  async open(options) {
    const { open } = await import(MODULES[name] ?? './ort.js');
    engine = await open(name, options, { ...host, threads: options.threads ?? host.threads });
    return engine.adapter;
  },
  run: () => engine.run(),
  logits: () => engine.logits(),
};

self.addEventListener('message', async ({ data: { id, method, args } }) => {
  try {
    self.postMessage({ id, value: await methods[method](...args) });
  } catch (error) {
    self.postMessage({ id, error: { name: error.name, message: `${name}: ${error.message ?? error}` } });
  }
});
