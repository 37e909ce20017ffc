// The visualisation of a channel or a class: gradient ascent on an image, while the page answers other calls.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { assertAccessible } from './accessible.js';
import { open, pageStatus, predictions, settle, start, upload, uploadModel, waitForState } from './browser.js';
import { landscape, png } from './images.js';
import { saved, viewState } from './lens-page.js';
import { traceTasks } from './main-thread.js';
import { starter } from './weight-files.js';

const STEPS = 256;
/** An early layer and one of its channels. */
const LAYER = 'layer1.1.relu_1';
const CHANNEL = 1;
/** The starter model with a smaller input, whose steps take a tenth of the time. */
const [{ file, ...card }] = JSON.parse(readFileSync(new URL('../../www/assets/catalog.json', import.meta.url))).models;
const SMALL = { ...card, id: 'small', name: 'Small starter', file, preprocess: { ...card.preprocess, resize: 37, crop: 32 } };
const VIEW = `layer=${LAYER}&channel=${CHANNEL}`;
const ELEMENT = 'lens-channel lens-visualisation';
/** Most CPU milliseconds of a task of the page's thread that runs its scripts. */
const LONGEST_TASK = 100;
const LEAST_RISE = 10;
let site;
let share;
before(async () => {
  site = await start();
  share = site.sharePage((page) => prepare(page, site.base));
});
after(() => site?.close());

/** Opens the page with a small model and an image. */
async function prepare(page, base) {
  await prepareCalls(page);
  await open(page, base);
  await page.evaluate(async (given) => window.resnetLens.loadModel(await (await fetch(`assets/${given.file}`)).blob(), given), SMALL);
  assert.equal(await upload(page, 'landscape.png', landscape()), 'ready');
}

/** Prepended to worker.js: a message of the test's page loses the device. */
const LOSABLE = `
  const { requestDevice } = GPUAdapter.prototype;
  let device;
  GPUAdapter.prototype.requestDevice = async function (...given) { return device = await requestDevice.apply(this, given); };
  new BroadcastChannel('fault').onmessage = () => device.destroy();
`;

/** Keeps the names of the engine's calls in `window.calls`. The call that `window.failing` names fails. */
const prepareCalls = (page) => page.addInitScript(() => {
  const { postMessage } = Worker.prototype;
  window.calls = [];
  Worker.prototype.postMessage = function post(message, ...rest) {
    window.calls.push(message.method);
    return postMessage.call(this, message.method === window.failing ? { ...message, method: 'missing' } : message, ...rest);
  };
});

/** Runs `run(page)` with the layer in view and no visualisation. */
const withLayer = (run) => share(async (page) => {
  await page.evaluate((fragment) => { location.hash = fragment; }, VIEW);
  await page.waitForFunction((layer) => document.querySelector('lens-layer').dataset.node === layer, LAYER);
  if (await page.isVisible(`${ELEMENT} [data-action=dismiss]`)) await page.click(`${ELEMENT} [data-action=dismiss]`);
  await page.locator(`${ELEMENT} [data-action=start]`).waitFor();
  await page.evaluate(() => { window.calls.length = 0; });
  await run(page);
  assert.equal((await pageStatus(page)).alert, null);
});

const stepOf = (page) => page.evaluate((element) => document.querySelector(`${element} progress`).value, ELEMENT);
const reached = (page, step, element = ELEMENT) => page.waitForFunction(([selector, least]) => document.querySelector(`${selector} progress`).value >= least, [element, step]);
const message = (page, text, element = ELEMENT) => page.waitForFunction(([selector, wanted]) => document.querySelector(`${selector} [data-message]`).textContent.startsWith(wanted), [element, text]);
const activation = (page, element = ELEMENT) => page.textContent(`${element} [data-activation]`);
const ended = (page) => page.waitForFunction(() => window.calls.at(-1) === 'endVisualisation' || window.calls.includes('endVisualisation'));
/** `{ step, activation, initial, pixels }` of an ascent that a script requests; `pixels` as base64. */
const visualise = (page, request) => page.evaluate(async (given) => {
  const { pixels, ...rest } = await window.resnetLens.visualise(given);
  return { ...rest, pixels: btoa(String.fromCharCode(...pixels.data)) };
}, { node: LAYER, channel: CHANNEL, ...request });
/** The image in the page as base64. */
const drawn = (page) => page.evaluate((element) => {
  const canvas = document.querySelector(`${element} canvas`);
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return btoa(String.fromCharCode(...data));
}, ELEMENT);

test(`${STEPS} steps raise the activation at least tenfold, while the page answers and its thread stays free`, async (t) => {
  await withLayer(async (page) => {
    const tasks = await traceTasks(page, site.base);
    const begun = performance.now();
    await page.click(`${ELEMENT} [data-action=start]`);
    await reached(page, 8);
    assert.equal((await viewState(page)).visualise, '1');
    assert.equal((await viewState(page)).channel, String(CHANNEL));
    assert.equal(await upload(page, 'checks.png', png(320, 200)), 'ready');
    const answered = await stepOf(page);
    assert.ok(answered < STEPS, `the answer came after step ${answered}`);
    await message(page, 'Finished.');
    const seconds = (performance.now() - begun) / 1000;
    assert.equal(await stepOf(page), STEPS);
    const text = await activation(page);
    const factor = Number(/, ([\d.e]+) times/.exec(text)?.[1]);
    t.diagnostic(`${text} ${(seconds / STEPS * 1000).toFixed(0)} ms per step with one classification after step ${answered}`);
    assert.ok(factor >= LEAST_RISE, text);
    const longest = Math.max(...await tasks());
    t.diagnostic(`longest task of the page's thread: ${longest.toFixed(0)} ms of CPU time`);
    assert.ok(longest < LONGEST_TASK);
    assert.equal(await page.evaluate(() => window.calls.filter((call) => call === 'endVisualisation').length), 1);
    const { initial } = await visualise(page, { steps: 0 });
    const mean = Number(/activation ([\d.]+)/.exec(text)[1]);
    assert.ok(Math.abs(mean / initial - factor) <= 0.5 + 0.01 * factor, `${mean} and ${initial}: ${mean / initial} times`);
  });
});

test('the same seed makes the same image, whatever runs in between; another seed another one', () => withLayer(async (page) => {
  const steps = 12;
  await page.evaluate((view) => { location.hash = `${view}&visualise=5`; }, VIEW);
  await reached(page, 1);
  assert.equal(await upload(page, 'checks.png', png(320, 200)), 'ready');
  await reached(page, steps);
  await page.click(`${ELEMENT} [data-action=stop]`);
  await message(page, 'Stopped.');
  await ended(page);
  const taken = await stepOf(page);
  assert.ok(taken < STEPS);
  assert.match(await page.textContent(`${ELEMENT} [data-position]`), new RegExp(`^Step ${taken} of ${STEPS} · seed 5\\.$`));
  const image = await drawn(page);
  const [same, other] = [await visualise(page, { seed: 5, steps: taken }), await visualise(page, { seed: 6, steps: taken })];
  assert.equal(same.step, taken);
  assert.ok(same.pixels === image, 'the image of the page and that of a script');
  assert.ok(other.pixels !== image, 'another seed');
  assert.ok(same.activation > same.initial);
}));

test('another seed, a saved image, and closing', () => withLayer(async (page) => {
  await page.click(`${ELEMENT} [data-action=start]`);
  await reached(page, 1);
  await page.click(`${ELEMENT} [data-action=stop]`);
  assert.equal(await page.evaluate(() => document.activeElement.dataset.action), 'another', 'the focus stays in the element');
  await page.keyboard.press('Enter');
  await page.waitForFunction((element) => /seed 2\.$/.test(document.querySelector(`${element} [data-position]`).textContent), ELEMENT);
  assert.equal((await viewState(page)).visualise, '2');
  await reached(page, 1);
  await page.click(`${ELEMENT} [data-action=stop]`);
  await ended(page);
  const { name, bytes } = await saved(page, `${ELEMENT} [data-action=save]`);
  assert.match(name, /_layer1\.1\.relu_1_channel-1_visualisation-seed-2\.png$/);
  const size = await page.evaluate((element) => [document.querySelector(`${element} canvas`).width, document.querySelector(`${element} canvas`).height], ELEMENT);
  assert.deepEqual([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], size);
  await page.click(`${ELEMENT} [data-action=dismiss]`);
  assert.equal(await page.isVisible(`${ELEMENT} [data-result]`), false);
  assert.equal((await viewState(page)).visualise, undefined);
  assert.equal(await page.evaluate(() => document.activeElement.dataset.action), 'start');
}));

test('another channel, another layer and other edits end it, without a message', () => withLayer(async (page) => {
  const change = {
    channel: () => page.click('lens-channel [data-step="-1"]'),
    layer: () => page.click('lens-network-map [data-node="layer2.2.relu"]'),
    edit: () => page.evaluate((view) => { location.hash = `${view}&edit=branch:layer3.1:0`; }, VIEW),
  };
  for (const [name, act] of Object.entries(change)) {
    await page.evaluate((view) => { location.hash = `${view}&visualise=1&sort=index`; }, VIEW);
    await page.waitForFunction(() => document.querySelector('lens-edited').dataset.edits === '');
    await reached(page, 2);
    await page.evaluate(() => { window.calls.length = 0; });
    await act();
    await ended(page);
    await page.locator(`${ELEMENT} [data-action=start]`).waitFor();
    assert.equal((await viewState(page)).visualise, undefined, name);
    await waitForState(page, 'ready');
    assert.equal((await pageStatus(page)).alert, null, name);
  }
}));

test('a failure is one sentence, and the next image is computed', () => withLayer(async (page) => {
  for (const failing of ['beginVisualisation', 'advanceVisualisation']) {
    await page.evaluate((call) => { window.failing = call; }, failing);
    await page.click(`${ELEMENT} [data-action=start]`);
    await message(page, 'The image could not be computed: ');
    await page.evaluate(() => { window.failing = null; });
    await page.click(`${ELEMENT} [data-action=another]`);
    await message(page, 'Computing…');
    await reached(page, 2);
    await page.click(`${ELEMENT} [data-action=dismiss]`);
  }
  await assert.rejects(visualise(page, { node: 'nothing' }), /nothing/);
  await assert.rejects(visualise(page, { channel: 1e6 }));
  assert.equal((await visualise(page, { steps: 1 })).step, 1);
}));

test('at the classifier the logit of the class in view is maximised', () => withLayer(async (page) => {
  const element = 'lens-ending lens-visualisation';
  await page.evaluate(() => { location.hash = 'layer=fc'; });
  await page.locator(`${element} [data-action=start]`).waitFor();
  const [{ index, label }] = await predictions(page);
  assert.match(await page.textContent(`${element} [data-action=start]`), new RegExp(`in “${label}”`));
  await page.click(`${element} [data-action=start]`);
  await reached(page, 8, element);
  assert.deepEqual(await viewState(page), { layer: 'fc', class: String(index), visualise: '1' });
  const [now, before] = /^Logit (\S+); seed image (\S+)\.$/.exec(await activation(page, element)).slice(1).map((text) => Number(text.replace('−', '-')));
  assert.ok(now > before, `${now}, ${before}`);
  await page.click(`${element} [data-action=stop]`);
  await ended(page);
  // A link without a class; the image stays.
  await page.evaluate(() => { location.hash = 'layer=fc&visualise=3'; });
  await page.waitForFunction((selector) => / seed 3\.$/.test(document.querySelector(`${selector} [data-position]`).textContent), element);
  assert.deepEqual(await viewState(page), { layer: 'fc', class: String(index), visualise: '3' });
  assert.equal((await predictions(page)).length, 5);
  await page.click(`${element} [data-action=stop]`);
}));

test('another model ends it without a message', () => withLayer(async (page) => {
  await page.click(`${ELEMENT} [data-action=start]`);
  await reached(page, 2);
  assert.equal(await uploadModel(page, 'again.safetensors', starter), 'ready');
  await page.locator(`${ELEMENT} [data-action=start]`).waitFor();
  assert.equal((await viewState(page)).visualise, undefined);
}));

test('a lost device ends it without a message', async () => {
  const own = await start({ device: 'gpu' });
  try {
    await own.withPage(async (page) => {
      await page.route('**/worker.js', async (route) => {
        const response = await route.fetch();
        await route.fulfill({ response, body: LOSABLE + await response.text() });
      });
      await prepare(page, own.base);
      await page.evaluate((view) => { location.hash = view; }, VIEW);
      await page.click(`${ELEMENT} [data-action=start]`);
      await reached(page, 2);
      assert.equal(await settle(page, () => page.evaluate(() => new BroadcastChannel('fault').postMessage('lose'))), 'ready');
      await page.locator(`${ELEMENT} [data-action=start]`).waitFor();
      assert.equal((await viewState(page)).visualise, undefined);
      assert.equal((await pageStatus(page)).alert, null);
    });
  } finally {
    await own.close();
  }
});

test('accessible in both languages and colour schemes', () => withLayer(async (page) => {
  await page.click(`${ELEMENT} [data-action=start]`);
  await reached(page, 1);
  await page.click(`${ELEMENT} [data-action=stop]`);
  for (const [width, height] of [[1440, 900], [390, 844]]) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ['dark', 'light']) {
      await page.emulateMedia({ colorScheme });
      await assertAccessible(page, `visualisation (${width} px, ${colorScheme})`, { colours: colorScheme === 'light' });
    }
  }
  await page.setViewportSize({ width: 320, height: 568 });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'no horizontal scroll bar');
}));
