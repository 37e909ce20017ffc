// Runs the engines in Node on Dawn, Chromium's WebGPU implementation, each engine in a process of its own. For machines whose
// GPU no browser can use.

import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ENGINE = fileURLToPath(new URL('dawn-engine.js', import.meta.url));
const PACKAGE = new URL('node_modules/webgpu/package.json', import.meta.url);

/** As `inChromium`, without a page and therefore without a main thread. */
export async function onDawn() {
  const folder = mkdtempSync(join(tmpdir(), 'resnet-lens-bench-'));
  const engines = new Map();
  const ask = (name, ...request) => engines.get(name)(...request);
  return {
    where: `Node ${process.version} on Dawn (webgpu ${JSON.parse(readFileSync(PACKAGE, 'utf8')).version})`,
    put: (name, bytes) => writeFileSync(join(folder, name), bytes),
    async open(name, given) {
      const started = performance.now();
      engines.set(name, start(name));
      const { adapter, layers } = await ask(name, 'open', { ...given, folder });
      return { load: performance.now() - started, adapter, layers };
    },
    async turn(name, seconds) {
      const times = [];
      const end = performance.now() + seconds * 1000;
      do times.push(await ask(name, 'run')); while (performance.now() < end && times.length < 100);
      return times;
    },
    logits: (name) => ask(name, 'logits'),
    profile: () => ask('ours', 'profile'),
    async cpuTime() {
      const times = await Promise.all([...engines.keys()].map((name) => ask(name, 'cpuTime')));
      return times.reduce((sum, time) => sum + time, 0);
    },
    mainThread: async () => null,
    close() {
      for (const engine of engines.values()) engine.end();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Starts an engine's process. The returned function `(method, ...args)` resolves to its answer, one request at a time. */
function start(name) {
  const child = fork(ENGINE, [name], { serialization: 'advanced' });
  let waiting = null;
  child.on('message', ({ value, error }) => (error ? waiting?.reject(new Error(error)) : waiting?.resolve(value)));
  child.on('exit', (code, signal) => waiting?.reject(new Error(`its process ended (${signal ?? code})`)));
  const call = (method, ...args) => new Promise((resolve, reject) => {
    waiting = { resolve, reject };
    child.send({ method, args });
  });
  call.end = () => child.kill();
  return call;
}
