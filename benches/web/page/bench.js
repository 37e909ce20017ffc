// The engines in one page, each in a worker of its own. run.js calls `window.bench`.

import { Session } from '../www/engine/session.js';
import { startWorker } from '../www/engine/start-worker.js';
import { WorkerRpc } from '../www/engine/worker-rpc.js';

/** Our engine as the project's page runs it, in its worker. `run()` resolves to the milliseconds from input to logits. */
class Ours {
  session = new Session(startWorker);
  #image = null;
  #logits = null;

  async open({ card, precision, tune, device, threads }) {
    this.adapter = await this.session.open(device, threads);
    await this.session.engine.setPrecision(precision);
    const [weights, image] = await Promise.all(['../run/weights.safetensors', '../run/image.png'].map(blob));
    await this.session.loadModel(weights, card);
    while (tune) {
      const { done, total } = await this.session.engine.tune(1000);
      if (done === total) break;
    }
    this.#image = image;
    this.layers = await this.session.engine.layers();
    this.#logits = this.layers.at(-1).name;
  }

  async run() {
    const { ms } = await this.session.classify(this.#image, 5);
    return ms.infer;
  }

  logits = async () => [...(await this.session.engine.featureMap(this.#logits)).data];

  profile = () => this.session.profile();
}

/** Steps of two Integrated Gradients; their difference leaves out planning, allocation and the two runs at the ends. */
const STEPS = [2, 12];

/** Our engine's gradient of a logit. `run()` resolves to the milliseconds from an input in memory to the gradient in memory. */
class OursGradient extends Ours {
  #logit = 0;

  async open(options) {
    await super.open(options);
    this.#logit = options.logit;
    await super.run();
  }

  async run() {
    const times = [];
    for (const steps of STEPS) {
      const started = performance.now();
      await this.session.engine.integratedGradients(this.#logit, steps, undefined, undefined);
      times.push(performance.now() - started);
    }
    return (times[1] - times[0]) / (STEPS[1] - STEPS[0]);
  }

  logits = async () => [...(await this.session.engine.gradient(this.layers.at(-1).name, this.#logit, 'input', undefined)).data];
}

/** Another engine, in worker.js. */
class Rival {
  #name;
  #rpc = null;

  constructor(name) {
    this.#name = name;
  }

  async open(options) {
    this.#rpc = new WorkerRpc(new Worker(`worker.js?engine=${this.#name}`, { name: this.#name }));
    this.adapter = await this.#rpc.call('open', [options]);
  }

  run = () => this.#rpc.call('run');

  logits = () => this.#rpc.call('logits');
}

async function blob(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: the server answered ${response.status}.`);
  return response.blob();
}

const OURS = { ours: Ours, 'ours-gradient': OursGradient };
const engines = new Map();

window.bench = {
  /** Resolves to the load time in milliseconds, the engine's adapter and, for ours, the network's layers. */
  async open(name, options) {
    const engine = OURS[name] ? new OURS[name]() : new Rival(name);
    const started = performance.now();
    await engine.open(options);
    engines.set(name, engine);
    return { load: performance.now() - started, adapter: engine.adapter, layers: engine.layers ?? null };
  },

  /** Milliseconds of each run of a turn: at least one run, and as many as fit into `seconds`. */
  async turn(name, seconds) {
    const engine = engines.get(name);
    const times = [];
    const end = performance.now() + seconds * 1000;
    do times.push(await engine.run()); while (performance.now() < end && times.length < 100);
    return times;
  },

  logits: (name) => engines.get(name).logits(),

  profile: (name) => engines.get(name).profile?.(),
};
