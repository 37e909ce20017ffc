// A worker that holds one of the other engines. A classic one, since TensorFlow.js comes as scripts; it speaks
// with www/messenger.js.

const name = new URL(self.location.href).searchParams.get('engine');
let engine = null;
let logits = null;

const methods = {
  async open(options) {
    const { open } = await import(name === 'tfjs' ? './tfjs.js' : './ort.js');
    engine = await open(name, options);
    return engine.adapter;
  },

  /** Milliseconds from the input in memory to the logits in memory. */
  async run() {
    const started = performance.now();
    logits = await engine.run();
    return performance.now() - started;
  },

  logits: async () => [...logits],
};

self.addEventListener('message', async ({ data: { id, method, args } }) => {
  try {
    self.postMessage({ id, value: await methods[method](...args) });
  } catch (error) {
    self.postMessage({ id, error: { name: error.name, message: `${name}: ${error.message ?? error}` } });
  }
});
