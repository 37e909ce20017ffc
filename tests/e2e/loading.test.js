// What loading a network of full size costs: memory of the engine's module, and the page's patience.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, settle, start, told } from './browser.js';
import { data, skip } from './references.js';

const ID = 'hf:timm/resnet50.tv_in1k';
const MEGABYTE = 1e6;
/** The longest task in milliseconds that nobody notices, as browsers count them. */
const LONG = 50;
/** Other programs of this machine can make any task long, but not every time; the page's own work would. */
const ATTEMPTS = 3;
let site;
before(async () => {
  if (skip) return;
  site = await start();
  site.hub.publish(ID, { 'model.safetensors': data('weights/resnet50-imagenet.f16.safetensors') });
});
after(() => site?.close());

/** Bytes of the module's memory, which never shrinks: after loading, this is the most there ever was. */
const memory = (page) => page.workers()[0].evaluate(async () => {
  const { default: module } = await import(new URL('./pkg/resnet_lens.js', self.location.href));
  return (await module()).memory.buffer.byteLength;
});

/** Loads the network over the starter; promises the module's growth in bytes and the longest tasks of the page in milliseconds. */
async function load() {
  const measured = {};
  await site.withPage(async (page) => {
    await open(page, site.base);
    const idle = await memory(page);
    await page.evaluate(() => {
      window.long = [];
      new PerformanceObserver((list) => window.long.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask' });
    });
    assert.equal(await settle(page, async () => {
      await page.click('lens-models [data-open]');
      await page.fill('#model-address', ID);
      await page.press('#model-address', 'Enter');
    }), 'ready', (await told(page)).alert);
    assert.match(await page.textContent('.facts'), /25,557,032/);
    Object.assign(measured, { growth: await memory(page) - idle, long: await page.evaluate(() => window.long) });
  });
  return measured;
}

test('ResNet-50 arrives within 40 MB of the module’s memory, and the page stays responsive', { skip, timeout: 300_000 }, async (t) => {
  let long = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const measured = await load();
    t.diagnostic(`${(measured.growth / MEGABYTE).toFixed(1)} MB above idle; tasks over ${LONG} ms: ${measured.long.join(', ') || 'none'}`);
    assert.ok(measured.growth <= 40 * MEGABYTE, `${measured.growth} bytes above idle`);
    long = measured.long;
    if (long.length === 0) break;
  }
  assert.deepEqual(long, [], `tasks of the page took longer than ${LONG} ms in each of ${ATTEMPTS} attempts`);
});
