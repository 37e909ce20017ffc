// Failures of the environment: no WebGPU, no adapter, no engine, a lost device.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, predictions, settle, start, pageStatus, upload, waitForState } from './browser.js';
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
    const { alert, alerts } = await pageStatus(page);
    assert.match(alert, sentence);
    assert.equal(alerts, 1);
    assert.equal(await page.isDisabled('[data-empty-state] button'), true, 'controls that cannot work are disabled');
    await assert.rejects(page.evaluate(() => window.resnetLens.ready), 'the API rejects too');
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
  // The adapter is requested by the worker, so it is replaced there.
  (page) => page.route('**/worker.js', async (route) => {
    const response = await route.fetch();
    const noAdapter = 'navigator.gpu.requestAdapter = async () => null;\n';
    await route.fulfill({ response, body: noAdapter + await response.text() });
  }),
  /^This browser found no GPU\. Turn on hardware acceleration .* then restart the browser\.$/,
));

test('an engine that was not built', () => failing(
  (page) => page.route('**/pkg/**', (route) => route.fulfill({ status: 404, body: '' })),
  /run “make serve”/,
  async (page) => {
    await page.unroute('**/pkg/**');
    await settle(page, () => page.click('lens-alert button:has-text("Restart")'));
    assert.equal((await pageStatus(page)).alert, null, 'with the engine restored, the page works');
    assert.equal(await page.isDisabled('[data-empty-state] button'), false);
  },
));

test('a worker that cannot be loaded', () => failing(
  (page) => page.route('**/worker.js', (route) => route.fulfill({ status: 404, body: '' })),
  /worker stopped/,
));

test('after a lost device, “Restart” restores model and image', async () => {
  const page = await site.newPage();
  // The worker destroys its device on a message.
  await page.route('**/worker.js', async (route) => {
    const response = await route.fetch();
    const losesDevice = `
      const requestDevice = GPUAdapter.prototype.requestDevice;
      let device;
      GPUAdapter.prototype.requestDevice = async function (...given) { return device = await requestDevice.apply(this, given); };
      new BroadcastChannel('lose').onmessage = () => device.destroy();
    `;
    await route.fulfill({ response, body: losesDevice + await response.text() });
  });
  await open(page, site.base);
  await upload(page, 'checks.png', png(64, 64));
  const before = await predictions(page);
  await page.evaluate(() => new BroadcastChannel('lose').postMessage(null));
  assert.equal(await settle(page, () => page.click('[data-run-again]')), 'error');
  assert.equal((await pageStatus(page)).alerts, 1);
  assert.equal(await settle(page, () => page.click('lens-alert button:has-text("Restart")')), 'ready');
  const afterwards = await predictions(page);
  assert.deepEqual(afterwards.map(({ index }) => index), before.map(({ index }) => index));
  await page.context().close();
});

test('a catalog that cannot be downloaded: the model dialog says so and offers another try', async () => {
  const page = await site.newPage();
  await open(page, site.base);
  await page.route('**/assets/catalog.json', (route) => route.fulfill({ status: 503, body: '' }));
  await page.reload();
  await waitForState(page, 'error', 'ready');
  await page.click('lens-models [data-open]');
  const entry = page.locator('lens-models .catalog li');
  await entry.filter({ hasText: 'Try again' }).waitFor();
  assert.match(await entry.textContent(), /catalog.* the server answered 503/);
  await page.unroute('**/assets/catalog.json');
  await entry.locator('button').click();
  await page.locator('lens-models .catalog [data-id=starter]').waitFor();
  await page.context().close();
});
