// The page in Firefox, whose WebGPU is another implementation: it opens, takes an image, answers and shows its insides.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, predictions, told, upload } from './browser.js';
import { assertDrawn } from './drawn.js';
import { start } from './firefox.js';
import { png } from './images.js';

let site;
let page;
before(async () => {
  site = await start();
  site.put('checks.png', png(320, 200), 'image/png');
  page = await site.newPage();
  await open(page, site.base);
});
after(() => site?.close());

test('opens with the starter model and says what runs it', async (t) => {
  assert.match(await page.textContent('lens-models [data-name]'), /starter/i);
  const { name, software } = await page.evaluate(() => window.resnetLens.adapter());
  t.diagnostic(`Firefox runs it on: ${name}`);
  assert.ok(name.length > 0, 'the adapter has a name');
  assert.equal(await page.textContent('lens-adapter [data-name]'), name);
  const warned = await page.evaluate(() => document.querySelector('lens-timings [data-software]').checkVisibility());
  assert.equal(warned, software, 'a software adapter is warned of, a GPU is not');
});

test('an image through the file chooser', async () => {
  assert.equal(await upload(page, 'checks.png', png(320, 200)), 'ready');
  const shown = await predictions(page);
  assert.equal(shown.length, 5);
  const probabilities = shown.map(({ probability }) => probability);
  assert.deepEqual(probabilities, probabilities.toSorted((a, b) => b - a), 'best first');
  assert.ok(probabilities[0] > 0 && probabilities[0] <= 1, `probabilities ${probabilities}`);
  assert.match(await page.textContent('[data-caption]'), /checks\.png · 320 × 200 px/);
});

test('any layer of the network can be read', async () => {
  const node = 'layer1.0.conv2';
  const { shape, values, different } = await page.evaluate(async (name) => {
    const lens = window.resnetLens;
    await lens.observe([name]);
    await lens.classify('files/checks.png');
    const { shape: found, data } = await lens.featureMap(name);
    return { shape: found, values: data.length, different: new Set(data).size };
  }, node);
  const layers = await page.evaluate(() => window.resnetLens.layers());
  assert.deepEqual(shape, layers.find(({ name }) => name === node).shape);
  assert.equal(values, shape.reduce((a, b) => a * b));
  assert.ok(different > values / 10, 'it is a feature map, not one value over and over');
});

test('a layer, a channel, the map and a class map are drawn as they were computed', async (t) => {
  const { canvases } = await page.evaluate(() => window.resnetLens.adapter());
  t.diagnostic(canvases ? 'Firefox shows what WebGPU draws' : 'what WebGPU draws is read back to be shown');
  await assertDrawn(page);
  const detour = await page.evaluate(() => document.querySelector('lens-layer [data-readback]').checkVisibility());
  assert.equal(detour, !canvases);
});

test('a bad file: one sentence, and the page goes on', async () => {
  assert.equal(await upload(page, 'notes.jpg', Buffer.from('no image at all')), 'error');
  const { alert, alerts } = await told(page);
  assert.equal(alerts, 1);
  assert.match(alert, /^\p{Lu}.{20,400}[.!?]$/u);
  assert.equal(await upload(page, 'good.png', png(96, 64)), 'ready');
  assert.equal((await told(page)).alert, null);
});

test('neither the page nor its Content-Security-Policy complained of anything', () => {
  assert.deepEqual(page.complaints, []);
});
