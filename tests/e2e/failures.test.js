// What the page says when the ground is missing: WebGPU, an adapter, the engine, the device.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, predictions, settle, start, told, upload, waitForState } from './browser.js';
import { png } from './images.js';

let site;
before(async () => { site = await start(); });
after(() => site?.close());

async function failing(prepare, sentence, check = async () => {}) {
  const page = await site.newPage();
  try {
    await prepare(page);
    await page.goto(site.base);
    await waitForState(page, 'error');
    const { alert, alerts } = await told(page);
    assert.match(alert, sentence);
    assert.equal(alerts, 1);
    assert.equal(await page.isDisabled('[data-empty-state] button'), true, 'nothing to press that cannot work');
    await assert.rejects(page.evaluate(() => window.resnetLens.ready), 'scripts hear of it too');
    await check(page);
  } finally {
    await page.context().close();
  }
}

test('a browser without WebGPU', () => failing(
  (page) => page.addInitScript(() => Object.defineProperty(Navigator.prototype, 'gpu', { value: undefined })),
  /does not offer WebGPU.*Chrome/,
));

test('no adapter', () => failing(
  // The worker asks for the adapter, so the answer is changed there.
  (page) => page.route('**/worker.js', async (route) => {
    const response = await route.fetch();
    const blind = 'navigator.gpu.requestAdapter = async () => null;\n';
    await route.fulfill({ response, body: blind + await response.text() });
  }),
  /adapter/i,
));

test('an engine that was not built', () => failing(
  (page) => page.route('**/pkg/**', (route) => route.fulfill({ status: 404, body: '' })),
  /run “make serve”/,
  async (page) => {
    await page.unroute('**/pkg/**');
    await settle(page, () => page.click('lens-alert button:has-text("Restart")'));
    assert.equal((await told(page)).alert, null, 'once it is there, the page goes on');
    assert.equal(await page.isDisabled('[data-empty-state] button'), false);
  },
));

test('a worker that cannot be loaded', () => failing(
  (page) => page.route('**/worker.js', (route) => route.fulfill({ status: 404, body: '' })),
  /worker stopped/,
));

test('a lost device: started again with the same model and image', async () => {
  const page = await site.newPage();
  // A worker that can be told to lose its device.
  await page.route('**/worker.js', async (route) => {
    const response = await route.fetch();
    const fragile = `
      const requestDevice = GPUAdapter.prototype.requestDevice;
      let device;
      GPUAdapter.prototype.requestDevice = async function (...given) { return device = await requestDevice.apply(this, given); };
      new BroadcastChannel('lose').onmessage = () => device.destroy();
    `;
    await route.fulfill({ response, body: fragile + await response.text() });
  });
  await open(page, site.base);
  await upload(page, 'checks.png', png(64, 64));
  const before = await predictions(page);
  await page.evaluate(() => new BroadcastChannel('lose').postMessage(null));
  assert.equal(await settle(page, () => page.click('[data-run-again]')), 'error');
  assert.equal((await told(page)).alerts, 1);
  assert.equal(await settle(page, () => page.click('lens-alert button:has-text("Restart")')), 'ready');
  const afterwards = await predictions(page);
  assert.deepEqual(afterwards.map(({ index }) => index), before.map(({ index }) => index));
  await page.context().close();
});
