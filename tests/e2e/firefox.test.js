// The page in Firefox, which has another WebGPU implementation: opening, classification and the lens.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, predictions, pageStatus, settle, upload } from './browser.js';
import { assertDrawn } from './canvas-assertions.js';
import { start } from './firefox.js';
import { png } from './images.js';
import { HUB_CONFIG, starter } from './weight-files.js';

let site;
let page;
before(async () => {
  site = await start();
  site.put('checks.png', png(320, 200), 'image/png');
  page = await site.newPage();
  await open(page, site.base);
});
after(() => site?.close());

test('opens with the starter model and names the adapter', async (t) => {
  assert.match(await page.textContent('lens-models [data-name]'), /starter/i);
  const { name, software } = await page.evaluate(() => window.resnetLens.adapter());
  t.diagnostic(`Firefox runs it on: ${name}`);
  assert.ok(name.length > 0, 'the adapter has a name');
  assert.equal(await page.textContent('lens-adapter [data-name]'), name);
  const warned = await page.evaluate(() => document.querySelector('lens-timings [data-software]').checkVisibility());
  assert.equal(warned, software, 'the page warns of a software adapter only');
});

test('classifies an image from the file chooser', async () => {
  assert.equal(await upload(page, 'checks.png', png(320, 200)), 'ready');
  const shown = await predictions(page);
  assert.equal(shown.length, 5);
  const probabilities = shown.map(({ probability }) => probability);
  assert.deepEqual(probabilities, probabilities.toSorted((a, b) => b - a), 'best first');
  assert.ok(probabilities[0] > 0 && probabilities[0] <= 1, `probabilities ${probabilities}`);
  assert.match(await page.textContent('[data-caption]'), /checks\.png · 320 × 200 px/);
});

test('the API returns the feature map of any layer', async () => {
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
  assert.ok(different > values / 10, 'the values differ');
});

test('tiles, channel, network map and class map show the computed values', async (t) => {
  const { canvases } = await page.evaluate(() => window.resnetLens.adapter());
  t.diagnostic(canvases ? 'Firefox displays WebGPU canvases' : 'drawings are read back to be displayed');
  await assertDrawn(page);
  const detour = await page.evaluate(() => document.querySelector('lens-layer [data-readback]').checkVisibility());
  assert.equal(detour, !canvases);
});

test('an invalid file shows one alert, and the page still works', async () => {
  assert.equal(await upload(page, 'notes.jpg', Buffer.from('no image at all')), 'error');
  const { alert, alerts } = await pageStatus(page);
  assert.equal(alerts, 1);
  assert.match(alert, /^\p{Lu}.{20,400}[.!?]$/u);
  assert.equal(await upload(page, 'good.png', png(96, 64)), 'ready');
  assert.equal((await pageStatus(page)).alert, null);
});

/** Browsers differ in what they do with the header when a request is redirected to another origin. */
test('a token reaches the hub and not the host that it redirects to', async () => {
  const [id, token] = ['hf:someone/gated', 'hf_Secret123'];
  site.hub.publish(id, { 'config.json': HUB_CONFIG, 'model.safetensors': starter }, { code: 'GatedRepo', token });
  const state = await settle(page, () => page.evaluate(([text, address]) => {
    document.querySelector('#hub-token').value = text;
    document.querySelector('#model-address').value = address;
    document.querySelector('#hub-token').form.requestSubmit();
  }, [token, id]));
  assert.equal(state, 'ready', (await pageStatus(page)).alert);
  assert.equal(await page.textContent('lens-models [data-name]'), 'someone/gated');
  const [hub, storage] = [true, false].map((ofHub) => site.hub.tokens.filter(({ path }) => /\/(resolve|raw)\//.test(path) === ofHub));
  assert.ok(hub.length > 0 && hub.every(({ authorization }) => authorization === `Bearer ${token}`), JSON.stringify(hub));
  assert.ok(storage.length > 0 && storage.every(({ authorization }) => authorization === null), JSON.stringify(storage));
});

test('the page logged no errors and no Content-Security-Policy violations', () => {
  assert.deepEqual(page.errors, []);
});
