// The cost of loading full-size networks: memory of the wasm module, and work of the page's main thread. CPU time and counts are
// measured, not wall-clock time, so that other processes of the machine do not matter.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, pageStatus, settle, start } from './browser.js';
import { traceTasks } from './main-thread.js';
import { data, skip } from './references.js';

const NETWORKS = {
  'ResNet-18': { id: 'hf:timm/resnet18.tv_in1k', file: 'weights/resnet18-imagenet.f16.safetensors', parameters: /11,689,512/ },
  'ResNet-50': { id: 'hf:timm/resnet50.tv_in1k', file: 'weights/resnet50-imagenet.f16.safetensors', parameters: /25,557,032/ },
};
const MEGABYTE = 1e6;
/** Largest growth of the wasm module's memory in bytes. */
const MEMORY = 40 * MEGABYTE;
/** Largest CPU time of one task of the page's scripts in milliseconds: longer ones are noticed. */
const TASK_MS = 50;
/** Largest size in bytes of everything that the worker sends to the page: the list of nodes, progress and results, no weights. */
const MESSAGES = 1 * MEGABYTE;
let site;
before(async () => {
  if (skip) return;
  site = await start({ device: 'gpu' });
  for (const { id, file } of Object.values(NETWORKS)) site.hub.publish(id, { 'model.safetensors': data(file) });
});
after(() => site?.close());

/** Bytes of the module's memory, which never shrinks: after loading, this is the maximum. */
const memory = (page) => page.workers()[0].evaluate(async () => {
  const { default: module } = await import(new URL('../pkg/resnet_lens.js', self.location.href));
  return (await module()).memory.buffer.byteLength;
});

/** Runs in the page before its scripts: counts messages of workers and their bytes. */
function countMessages() {
  window.messages = { count: 0, bytes: 0 };
  const sizeOf = (value) => {
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return value.byteLength;
    if (typeof value === 'string') return 2 * value.length;
    if (typeof value !== 'object' || value === null || value instanceof ImageBitmap) return 8;
    return Object.entries(value).reduce((sum, [key, part]) => sum + 2 * key.length + sizeOf(part), 0);
  };
  const { addEventListener } = Worker.prototype;
  const count = ({ data: message }) => {
    window.messages.count += 1;
    window.messages.bytes += sizeOf(message);
  };
  // A listener besides the page's own, which is traced as its own call.
  Worker.prototype.addEventListener = function listen(type, ...rest) {
    if (type === 'message') addEventListener.call(this, type, count);
    return addEventListener.call(this, type, ...rest);
  };
}

for (const [name, { id, parameters }] of Object.entries(NETWORKS)) {
  test(`${name} loads within 40 MB of wasm memory, without long tasks and without weights on the page’s thread`, { skip, timeout: 300_000 }, (t) => (
    site.withPage(async (page) => {
      await page.addInitScript(countMessages);
      await open(page, site.base);
      const before = await memory(page);
      await page.evaluate(() => { window.messages = { count: 0, bytes: 0 }; });
      const stop = await traceTasks(page, site.base);
      assert.equal(await settle(page, async () => {
        await page.click('lens-models [data-open]');
        await page.fill('#model-address', id);
        await page.press('#model-address', 'Enter');
      }), 'ready', (await pageStatus(page)).alert);
      const tasks = await stop();
      assert.match(await page.textContent('.facts'), parameters);
      const growth = await memory(page) - before;
      const messages = await page.evaluate(() => window.messages);
      const longest = Math.max(...tasks);
      t.diagnostic(`${(growth / MEGABYTE).toFixed(1)} MB of wasm memory, ${tasks.length} tasks, ${tasks.reduce((a, b) => a + b, 0).toFixed(0)} ms CPU, `
        + `longest ${longest.toFixed(1)} ms, ${messages.count} messages with ${messages.bytes} bytes`);
      assert.ok(growth <= MEMORY, `the module’s memory grew by ${growth} bytes, more than ${MEMORY}`);
      assert.ok(tasks.length > 0 && messages.count > 0, 'the measurement works');
      assert.ok(longest <= TASK_MS, `a task of the page took ${longest} ms of CPU time, more than ${TASK_MS} ms`);
      assert.ok(messages.bytes <= MESSAGES, `the worker sent ${messages.bytes} bytes to the page, more than ${MESSAGES}`);
    })));
}
