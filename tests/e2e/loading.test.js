// What loading networks of full size costs: memory of the engine's module, and the page's patience.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, settle, start, pageStatus } from './browser.js';
import { data, skip } from './references.js';

const NETWORKS = {
  'ResNet-18': { id: 'hf:timm/resnet18.tv_in1k', file: 'weights/resnet18-imagenet.f16.safetensors', parameters: /11,689,512/ },
  'ResNet-50': { id: 'hf:timm/resnet50.tv_in1k', file: 'weights/resnet50-imagenet.f16.safetensors', parameters: /25,557,032/ },
};
const MEGABYTE = 1e6;
/** The longest task in milliseconds that nobody notices, as browsers count them. */
const LONG = 50;
/** Other programs of this machine can make any task long, but not every time; the page's own work would. */
const ATTEMPTS = 3;
let site;
before(async () => {
  if (skip) return;
  site = await start();
  for (const { id, file } of Object.values(NETWORKS)) site.hub.publish(id, { 'model.safetensors': data(file) });
});
after(() => site?.close());

/** Bytes of the module's memory, which never shrinks: after loading, this is the most there ever was. */
const memory = (page) => page.workers()[0].evaluate(async () => {
  const { default: module } = await import(new URL('./pkg/resnet_lens.js', self.location.href));
  return (await module()).memory.buffer.byteLength;
});

/** Loads a network over the starter; promises the module's growth in bytes and the longest tasks of the page in milliseconds. */
async function load({ id, parameters }) {
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
      await page.fill('#model-address', id);
      await page.press('#model-address', 'Enter');
    }), 'ready', (await pageStatus(page)).alert);
    assert.match(await page.textContent('.facts'), parameters);
    Object.assign(measured, { growth: await memory(page) - idle, long: await page.evaluate(() => window.long) });
  });
  return measured;
}

const promise = 'arrives within 40 MB of the module’s memory, and the page stays responsive';
for (const [name, network] of Object.entries(NETWORKS)) {
  test(`${name} ${promise}`, { skip, timeout: 300_000 }, async (t) => {
    let long = [];
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const measured = await load(network);
      t.diagnostic(`${(measured.growth / MEGABYTE).toFixed(1)} MB above idle; tasks over ${LONG} ms: ${measured.long.join(', ') || 'none'}`);
      assert.ok(measured.growth <= 40 * MEGABYTE, `${measured.growth} bytes above idle`);
      long = measured.long;
      if (long.length === 0) break;
    }
    assert.deepEqual(long, [], `tasks of the page took longer than ${LONG} ms in each of ${ATTEMPTS} attempts`);
  });
}
