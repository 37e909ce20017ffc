// Failures of the environment: no WebGPU, no adapter, no engine.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, settle, start, pageStatus, waitForState } from './browser.js';

let site;
before(async () => { site = await start({ device: 'gpu' }); });
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

/** Runs a statement in the worker, which requests the adapter, before its script. */
const inWorker = (statement) => (page) => page.route('**/worker.js', async (route) => {
  const response = await route.fetch();
  await route.fulfill({ response, body: `${statement};\n${await response.text()}` });
});

test('a GPU is asked for in a browser without WebGPU', () => failing(
  inWorker("Object.defineProperty(navigator, 'gpu', { value: undefined })"),
  /does not offer WebGPU.*Chrome/,
));

test('a GPU is asked for, and there is no adapter', () => failing(
  inWorker('navigator.gpu.requestAdapter = async () => null'),
  /^This browser found no GPU\. Turn on hardware acceleration .* then restart the browser\.$/,
));

test('without WebAssembly, as in a locked-down browser, the page says why it cannot start', () => failing(
  async (page) => {
    await page.addInitScript(() => { delete window.WebAssembly; });
    await inWorker('delete self.WebAssembly')(page);
  },
  /WebAssembly/,
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

test('without an engine a dropped video and a failed restart leave the message', () => failing(
  (page) => page.route('**/pkg/**', (route) => route.fulfill({ status: 404, body: '' })),
  /run “make serve”/,
  async (page) => {
    const { alert } = await pageStatus(page);
    await page.evaluate(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(['no video'], 'clip.webm', { type: 'video/webm' }));
      dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
    });
    await page.waitForTimeout(300);
    assert.deepEqual(await pageStatus(page), { state: 'error', alerts: 1, alert });
    assert.equal(await settle(page, () => page.click('lens-alert button:has-text("Restart")')), 'error');
    assert.equal((await pageStatus(page)).alert, alert);
    assert.deepEqual(page.errors, [], 'no rejection is unhandled');
  },
));

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
