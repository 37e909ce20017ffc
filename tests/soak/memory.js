// The memory of a page at the begin and at the end of each phase of a long run.

import assert from 'node:assert/strict';

/** Part of a phase after which caches are filled and buffers have their final sizes. */
const WARM = 0.1;
/** Growth that is no leak, in bytes: the heap is never quite the same. */
const NOISE = 2 * 2 ** 20;
const PARTS = ['wasm', 'pageHeap', 'workerHeap', 'bufferBytes'];

/** Reads the JavaScript heap of a page's worker, which the browser offers as a target of the page. */
class WorkerHeap {
  #devtools;
  #session = null;
  #answers = new Map();
  #calls = 0;

  constructor(devtools) {
    this.#devtools = devtools;
    // A restarted engine has another worker.
    devtools.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => { if (targetInfo.type === 'worker') this.#session = sessionId; });
    devtools.on('Target.receivedMessageFromTarget', ({ message }) => {
      const { id, result } = JSON.parse(message);
      this.#answers.get(id)?.(result);
      this.#answers.delete(id);
    });
  }

  static async of(devtools) {
    const heap = new WorkerHeap(devtools);
    await devtools.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
    return heap;
  }

  /** Bytes of all objects. */
  async bytes() {
    this.#calls += 1;
    const id = this.#calls;
    const answer = new Promise((resolve) => { this.#answers.set(id, resolve); });
    await this.#devtools.send('Target.sendMessageToTarget', {
      sessionId: this.#session, message: JSON.stringify({ id, method: 'Runtime.getHeapUsage' }),
    });
    return (await answer).usedSize;
  }
}

export class Memory {
  /** @type {{ name: string, amount: number, seconds: number, begin: object, end: object }[]} */
  phases = [];
  #devtools;
  #worker;
  #count;

  constructor(devtools, worker, count) {
    this.#devtools = devtools;
    this.#worker = worker;
    this.#count = count;
  }

  /** `count()` resolves to `{ wasm, bufferBytes, buffers, textures }` of the worker. */
  static async of(page, count) {
    const devtools = await page.context().newCDPSession(page);
    return new Memory(devtools, await WorkerHeap.of(devtools), count);
  }

  /** Runs a phase, whose iterator yields how much of `amount` is done, and reads the memory when a tenth is done and at the end. */
  async during(name, amount, phase) {
    const started = performance.now();
    let begin = null;
    for await (const done of phase()) {
      if (!begin && done >= amount * WARM) begin = await this.#read();
      process.stderr.write(`\r${name}: ${done} of ${amount}    `);
    }
    const end = await this.#read();
    process.stderr.write('\n');
    this.phases.push({ name, amount, seconds: (performance.now() - started) / 1000, begin, end });
  }

  async #read() {
    const counts = await this.#count();
    await this.#devtools.send('HeapProfiler.collectGarbage');
    const { usedSize: pageHeap } = await this.#devtools.send('Runtime.getHeapUsage');
    return { ...counts, pageHeap, workerHeap: await this.#worker.bytes() };
  }

  /** The phases as a Markdown table: MB after a tenth of the phase and at its end. */
  table() {
    const mb = (bytes) => (bytes / 1e6).toFixed(1);
    const cell = ({ begin, end }, part) => `${mb(begin[part])} → ${mb(end[part])}`;
    const rows = this.phases.map((phase) => [
      `${phase.amount} ${phase.name}`, phase.seconds.toFixed(0), ...PARTS.map((part) => cell(phase, part)),
      `${phase.begin.buffers} → ${phase.end.buffers}`, `${phase.begin.textures} → ${phase.end.textures}`,
    ]);
    const head = ['phase', 'seconds', 'wasm MB', 'page heap MB', 'worker heap MB', 'GPU buffers MB', 'GPU buffers', 'GPU textures'];
    return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
  }

  /** Fails if a phase has grown. */
  check() {
    for (const { name, begin, end } of this.phases) {
      for (const part of PARTS) {
        assert.ok(end[part] <= begin[part] * 1.02 + NOISE, `${name}: ${part} has grown from ${begin[part]} to ${end[part]} bytes`);
      }
      for (const part of ['buffers', 'textures']) {
        assert.ok(end[part] <= begin[part] + 4, `${name}: from ${begin[part]} to ${end[part]} ${part} of the GPU`);
      }
    }
  }
}
