// Grad-CAM as an overlay on images and frames.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible } from './accessible.js';
import { CAMERA, open, pageStatus, predictions, start, upload, waitForState } from './browser.js';
import { landscape } from './images.js';
import { savedFigure, textsOf, viewState } from './lens-page.js';
import { COLLECTABLE, count, counted } from './resource-counter.js';

/** Enough that one buffer per frame is far more than what may be in flight. */
const FRAMES = 12;
const LAST = 'layer4.2.relu_2';
const CHOICE = 'lens-overlay [value=gradcam]';
let site;
let share;
before(async () => {
  site = await start({ device: 'gpu', args: [...CAMERA, COLLECTABLE] });
  share = site.sharePage(async (page) => {
    await count(page);
    await prepareWorker(page);
    await open(page, site.base);
    assert.equal(await upload(page, 'landscape.png', landscape()), 'ready');
  }, { permissions: ['camera'], smallFrames: true });
});
after(() => site?.close());

/** Keeps the worker and the calls to it, as `window.engineWorker` and `window.calls`. */
const prepareWorker = (page) => page.addInitScript(() => {
  const { postMessage } = Worker.prototype;
  window.calls = [];
  Worker.prototype.postMessage = function post(message, ...rest) {
    window.engineWorker = this;
    if (message.method === 'attribute') window.calls.push(message.args.map((one) => one ?? null));
    return postMessage.call(this, message, ...rest);
  };
});
const planned = (page) => page.evaluate(() => window.calls.splice(0));
const drawn = (page, label) => page.waitForFunction((wanted) => {
  const overlay = document.querySelector('[data-overlay]');
  return overlay.dataset.drawn === wanted && overlay.ariaBusy !== 'true' && !overlay.hidden;
}, label);
const describe = (page) => page.textContent('lens-overlay [data-legend]');

const withImage = (run) => share(async (page) => {
  await page.evaluate(() => { location.hash = ''; });
  await page.waitForFunction(() => document.querySelector('[data-overlay]').hidden && document.querySelector('lens-edited').dataset.edits === '');
  await waitForState(page, 'ready');
  await planned(page);
  await run(page);
  assert.equal((await pageStatus(page)).alert, null);
});

/** The overlay as brightness by cell: the mean of each cell of a grid of `rows` x `columns`, times its opacity. */
const cells = (page, rows, columns) => page.evaluate(async ([height, width]) => {
  const canvas = document.querySelector('[data-overlay]');
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
  const sums = Array.from({ length: height * width }, () => 0);
  for (let y = 0; y < canvas.height; y += 1) {
    for (let x = 0; x < canvas.width; x += 1) {
      const at = 4 * (y * canvas.width + x);
      sums[Math.floor((y / canvas.height) * height) * width + Math.floor((x / canvas.width) * width)] += (data[at] + data[at + 1] + data[at + 2]) * data[at + 3];
    }
  }
  return sums;
}, [rows, columns]);
const gradCam = (page, index, layer) => page.evaluate(async ([one, node]) => {
  const { shape, data } = await window.resnetLens.gradCam(one, node);
  return { shape, data: [...data] };
}, [index, layer]);

/** The Pearson correlation of two lists. */
function correlation(a, b) {
  const centred = (list) => list.map((value) => value - list.reduce((sum, one) => sum + one, 0) / list.length);
  const product = (x, y) => x.reduce((sum, value, i) => sum + value * y[i], 0);
  const [x, y] = [centred(a), centred(b)];
  return product(x, y) / Math.sqrt(product(x, x) * product(y, y));
}

async function assertShows(page, index, layer) {
  const { shape: [, , rows, columns], data } = await gradCam(page, index, layer);
  const shown = await cells(page, rows, columns);
  if (Math.max(...data) === 0) {
    // The channels speak against the class everywhere, which a frame may well show.
    assert.equal(new Set(shown).size, 1, `the Grad-CAM of class ${index} at ${layer} is zero, and the overlay is not`);
    return;
  }
  const found = correlation(shown, data);
  assert.ok(found > 0.8, `the overlay correlates with the Grad-CAM of class ${index} at ${layer} by ${found}`);
}

test('the selected layer’s Grad-CAM is drawn; behind the last map it is that of the last map', () => withImage(async (page) => {
  const [best, second] = await predictions(page);
  await page.evaluate(() => { location.hash = 'layer=fc'; });
  await page.check(CHOICE, { force: true });
  await drawn(page, `gradcam ${LAST} class best`);
  assert.deepEqual(await planned(page), [[LAST, null]]);
  assert.equal((await viewState(page)).overlay, 'gradcam');
  assert.match(await describe(page), new RegExp(`^Grad-CAM of layer4\\.2 block output.* for “${best.label}” Selvaraju`));
  await assertShows(page, best.index, LAST);

  await page.evaluate(() => { location.hash = 'layer=layer3.0.relu_2&overlay=gradcam'; });
  await drawn(page, 'gradcam layer3.0.relu_2 class best');
  await assertShows(page, best.index, 'layer3.0.relu_2');

  await page.click(`#predictions [data-class-index="${second.index}"] button`);
  await drawn(page, `gradcam layer3.0.relu_2 class ${second.index}`);
  assert.equal((await viewState(page)).overlay, 'gradcam');
  assert.match(await describe(page), new RegExp(`for “${second.label}”`));
  await assertShows(page, second.index, 'layer3.0.relu_2');
  assert.deepEqual(await planned(page), [['layer3.0.relu_2', null], ['layer3.0.relu_2', second.index]]);

  const { name, bytes } = await savedFigure(page, 'lens-overlay [data-save]');
  assert.match(name, /_grad-cam-[\w-]+\.svg$/);
  assert.ok(textsOf({ bytes }).some(({ text }) => text === `Grad-CAM of “${second.label}”`));

  await page.check('lens-overlay [value=none]', { force: true });
  await page.waitForFunction(() => window.calls.length > 0);
  assert.deepEqual(await planned(page), [[null, null]]);
}));

test('edits keep it', () => withImage(async (page) => {
  await page.evaluate(() => { location.hash = 'layer=layer2.0.relu_2&overlay=gradcam'; });
  await drawn(page, 'gradcam layer2.0.relu_2 class best');
  for (const edit of ['branch:layer3.1:0', 'stride:1x1']) {
    await page.evaluate((text) => { location.hash = `layer=layer2.0.relu_2&overlay=gradcam&edit=${text}`; }, edit);
    await page.waitForFunction((text) => document.querySelector('lens-edited').dataset.edits === text, edit);
    await waitForState(page, 'ready');
    await drawn(page, 'gradcam layer2.0.relu_2 class best');
    const [{ index }] = await predictions(page);
    await assertShows(page, index, 'layer2.0.relu_2');
  }
}));

test('accessible in both colour schemes', () => withImage(async (page) => {
  await page.evaluate(() => { location.hash = 'overlay=gradcam&layer=layer4.0.relu_2'; });
  await drawn(page, 'gradcam layer4.0.relu_2 class best');
  for (const [width, height] of [[1440, 900], [390, 844]]) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ['dark', 'light']) {
      await page.emulateMedia({ colorScheme });
      await assertAccessible(page, `Grad-CAM (${width} px, ${colorScheme})`, { colours: colorScheme === 'light' });
    }
  }
  await page.setViewportSize({ width: 320, height: 568 });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'no horizontal scroll bar');
}));

/** Resolves, after `number` frames, to the bytes read back by then. Asked between the result of a frame and the next frame. */
const bytesAfter = (page, number) => page.evaluate((wanted) => new Promise((resolve) => {
  const worker = window.engineWorker;
  const { postMessage } = worker;
  const frames = new Set();
  let seen = 0;
  worker.postMessage = function post(message, ...rest) {
    if (message.method === 'classifyFrame') frames.add(message.id);
    return postMessage.call(this, message, ...rest);
  };
  worker.addEventListener('message', function answered({ data }) {
    if (data.id === -1) {
      worker.removeEventListener('message', answered);
      delete worker.postMessage;
      resolve(data.value);
    } else if (frames.has(data.id) && (seen += 1) === wanted) postMessage.call(worker, { id: -1, method: 'bytesReadBack', args: [] });
  });
}), number);

test(`over ${FRAMES} live frames only logits are read back, and no resource grows`, { timeout: 900_000 }, (t) => withImage(async (page) => {
  const classes = (await page.evaluate(() => window.resnetLens.layers())).at(-1).shape[1];
  await page.evaluate(() => { location.hash = 'layer=layer4.1.relu_2&overlay=gradcam'; });
  await page.click('[data-camera]');
  await drawn(page, 'gradcam layer4.1.relu_2 class best');
  await bytesAfter(page, 10);
  const [before, begun] = [await counted(page), performance.now()];
  const from = await bytesAfter(page, 1);
  const to = await bytesAfter(page, FRAMES + 1);
  const [after, ms] = [await counted(page), performance.now() - begun];
  const perFrame = (to - from) / (FRAMES + 1);
  t.diagnostic(`${perFrame} bytes per frame, ${(ms / FRAMES).toFixed(0)} ms per frame; before ${JSON.stringify(before)}, after ${JSON.stringify(after)}`);
  assert.ok(perFrame >= 4 * classes && perFrame <= 4 * (classes + 4), `${perFrame} bytes per frame, ${classes} logits`);
  // A frame with its read-back may be in flight during either count.
  assert.ok(after.buffers <= before.buffers + 2, `GPU buffers: ${before.buffers}, then ${after.buffers}`);
  assert.ok(after.textures <= before.textures + 2, `textures: ${before.textures}, then ${after.textures}`);
  assert.equal(after.wasm, before.wasm, 'bytes of wasm memory');
  assert.equal(after.most, 1, 'one frame in flight at a time');
  await page.keyboard.press('f');
  await page.locator('[data-statistics][data-loaded]').waitFor();
  await drawn(page, 'gradcam layer4.1.relu_2 class best');
  const [{ index }] = await predictions(page);
  await assertShows(page, index, 'layer4.1.relu_2');
  await page.click('[data-stop]');
  await page.locator('lens-live-controls').waitFor({ state: 'hidden' });
}));
