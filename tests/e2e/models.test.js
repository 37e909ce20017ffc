// Other models by URL, file and drop, and models that cannot be loaded.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { open, predictions, settle, start, pageStatus, upload, uploadModel, waitForState } from './browser.js';
import { png } from './images.js';
import { starter } from './weight-files.js';

let site;
let share;
before(async () => {
  site = await start();
  share = site.sharePage((page) => open(page, site.base));
  site.put('good.safetensors', starter);
  site.put('once.safetensors', starter);
  site.put('page.safetensors', '<!doctype html><title>Sign in</title>', 'text/html; charset=utf-8');
  site.put('no-cors/good.safetensors', starter);
});
after(() => site?.close());

const withPage = (...of) => site.withPage(...of);
/** Runs `run(page)` on one page for all tests that load their own model. */
const withOpenPage = (run) => share(run);

const modelName = (page) => page.textContent('lens-models [data-name]');

test('?model= accepts a URL of another origin', () => withPage(async (page) => {
  await open(page, `${site.base}?model=${encodeURIComponent(`${site.other}files/good.safetensors`)}`);
  assert.equal(await modelName(page), 'good.safetensors');
  assert.equal(await upload(page, 'checks.png', png(64, 64)), 'ready');
  assert.equal((await predictions(page)).length, 5);
}));

test('?model= accepts a catalog id', () => withPage(async (page) => {
  await open(page, `${site.base}?model=starter`);
  assert.match(await modelName(page), /starter/i);
}));

const MISSING = {
  'an unknown id': ['nonesuch', /no model called “nonesuch”/],
  'a missing file': ['files/gone.safetensors', /gone\.safetensors could not be downloaded: the server answered 404/],
  'a web page instead of weights': ['files/page.safetensors', /answered with a web page \(HTML\)/],
  'a server without CORS': [() => `${site.other}files/no-cors/good.safetensors`, /could not be reached.*\(CORS\)/],
  'an unencrypted URL': ['http://example.com/a.safetensors', /is not encrypted/],
};

for (const [what, [given, sentence]] of Object.entries(MISSING)) {
  test(`?model= with ${what} shows one alert and loads the starter model`, () => withPage(async (page) => {
    const model = typeof given === 'function' ? given() : given;
    await page.goto(`${site.base}?model=${encodeURIComponent(model)}`);
    assert.equal(await waitForState(page, 'ready', 'error'), 'error');
    const { alert, alerts } = await pageStatus(page);
    assert.match(alert, sentence);
    assert.equal(alerts, 1);
    assert.match(await modelName(page), /starter/i);
    assert.equal(await upload(page, 'checks.png', png(64, 64)), 'ready');
    assert.equal((await predictions(page)).length, 5);
    assert.equal((await pageStatus(page)).alert, null, 'the next action removes the alert');
  }));
}

test('a card passed to loadModel applies to that call only', () => withOpenPage(async (page) => {
  const crops = await page.evaluate(async () => {
    const lens = window.resnetLens;
    const plain = await lens.loadModel('files/good.safetensors');
    const given = { ...plain, id: 'given', preprocess: { ...plain.preprocess, resize: 100, crop: 96 } };
    const { id, name, preprocess } = given;
    const other = await lens.loadModel('files/once.safetensors', { id, name, preprocess });
    const again = await lens.loadModel('files/once.safetensors');
    return [plain, other, again].map((model) => model.preprocess.crop);
  });
  assert.deepEqual(crops, [224, 96, 224]);
}));

test('opens a local model file with the button, then returns to the starter model', () => withPage(async (page) => {
  const chooser = page.waitForEvent('filechooser');
  await open(page, site.base);
  await upload(page, 'checks.png', png(64, 64));
  const [first] = await predictions(page);
  await page.click('[data-open-model]');
  const files = { name: 'mine.safetensors', mimeType: '', buffer: starter };
  assert.equal(await settle(page, async () => (await chooser).setFiles(files)), 'ready');
  assert.equal(await modelName(page), 'mine.safetensors');
  assert.equal((await predictions(page)).length, 5, 'the displayed image is classified again');
  await page.click('lens-models [data-open]');
  assert.equal(await settle(page, () => page.click('lens-models [data-id=starter]')), 'ready');
  assert.match(await modelName(page), /starter/i);
  const [again] = await predictions(page);
  assert.equal(again.index, first.index);
}));

test('opens a dropped model file and one chosen in the dialog', () => withOpenPage(async (page) => {
  await settle(page, () => page.evaluate(async () => {
    const transfer = new DataTransfer();
    const blob = await (await fetch('files/good.safetensors')).blob();
    transfer.items.add(new File([blob], 'dropped.safetensors'));
    document.body.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: transfer }));
  }));
  assert.equal(await modelName(page), 'dropped.safetensors');
  await page.click('lens-models [data-open]');
  assert.equal(await uploadModel(page, 'chosen.safetensors', starter), 'ready');
  assert.equal(await modelName(page), 'chosen.safetensors');
  assert.equal(await page.isVisible('lens-models dialog'), false);
}));

test('opens a PyTorch file; a truncated one shows an alert', () => withOpenPage(async (page) => {
  await upload(page, 'checks.png', png(64, 64));
  const checkpoint = readFileSync(new URL('../golden/pytorch/checkpoint.pth', import.meta.url));
  assert.equal(await uploadModel(page, 'mine.pth', checkpoint), 'ready');
  assert.equal(await modelName(page), 'mine.pth');
  assert.equal((await predictions(page)).length, 5, 'the displayed image is classified again');
  assert.equal(await uploadModel(page, 'half.pth', checkpoint.subarray(0, 70_000)), 'error');
  assert.match((await pageStatus(page)).alert, /expected .*found /);
  assert.equal(await modelName(page), 'mine.pth', 'the previous model stays');
}));

test('?image= with a missing file shows an alert, and the page still works', () => withPage(async (page) => {
  await page.goto(`${site.base}?image=files/gone.png`);
  assert.equal(await waitForState(page, 'error'), 'error');
  assert.match((await pageStatus(page)).alert, /gone\.png could not be downloaded: the server answered 404/);
  assert.equal(await upload(page, 'checks.png', png(64, 64)), 'ready');
}));
