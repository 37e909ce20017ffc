// The URL settings `?precision=` and `?tune=`.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TIMEOUT, open, predictions, start, pageStatus, upload, waitForState } from './browser.js';
import { png } from './images.js';

let site;
before(async () => { site = await start({ device: 'gpu' }); });
after(() => site?.close());

const withPage = (...of) => site.withPage(...of);

/** The properties of the model that the page shows, by name. */
const facts = (page) => page.evaluate(() => Object.fromEntries(
  [...document.querySelectorAll('lens-model-facts dl > div')].map((row) => [row.children[0].textContent, row.children[1].textContent]),
));

/** The stored tuning results: `[key, value]` entries. */
const storedTuning = (page) => page.evaluate(() => new Promise((resolve, reject) => {
  const opening = indexedDB.open('resnet-lens', 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore('tuning');
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const store = opening.result.transaction('tuning').objectStore('tuning');
    const [keys, values] = [store.getAllKeys(), store.getAll()];
    store.transaction.oncomplete = () => {
      opening.result.close();
      resolve(keys.result.map((key, index) => [key, JSON.parse(values.result[index])]));
    };
  };
}));

async function topPrediction(page) {
  assert.equal(await upload(page, 'checks.png', png(64, 64)), 'ready');
  return (await predictions(page))[0];
}

test('?precision= sets the format of the weights in memory', () => withPage(async (page) => {
  const answers = [];
  for (const [precision, size] of [['f32', /^f32, \d+\.\d MB on the GPU$/], ['f16', /^f16, \d+\.\d MB on the GPU$/]]) {
    await open(page, `${site.base}?precision=${precision}`);
    const { Weights, Arithmetic } = await facts(page);
    assert.match(Weights, size);
    assert.equal(Arithmetic, 'f32', 'software adapters compute in f32');
    answers.push({ ...await topPrediction(page), megabytes: parseFloat((await facts(page)).Weights.slice(5)) });
  }
  const [wide, narrow] = answers;
  assert.ok(narrow.megabytes < 0.6 * wide.megabytes, `${narrow.megabytes} MB in f16, ${wide.megabytes} MB in f32`);
  assert.equal(narrow.index, wide.index);
  assert.ok(Math.abs(narrow.probability - wide.probability) < 0.02, `${narrow.probability} and ${wide.probability}`);
}));

for (const [query, sentence] of [
  ['precision=f64', /^Precision: expected auto, f32 or f16, found "f64"\.$/],
  ['tune=fast', /^Tune: expected off or now, found “fast”\.$/],
]) {
  test(`?${query} shows an alert, and the page works`, () => withPage(async (page) => {
    await page.goto(`${site.base}?${query}`);
    assert.equal(await waitForState(page, 'ready', 'error'), 'error');
    assert.match((await pageStatus(page)).alert, sentence);
    assert.ok((await topPrediction(page)).probability > 0);
  }));
}

test('every invalid setting in the URL is named', () => withPage(async (page) => {
  await page.goto(`${site.base}?precision=f64&tune=fast&lang=fr#layer=encoder.7&sort=size&gamma=dark&plan=fast`);
  assert.equal(await waitForState(page, 'ready', 'error'), 'error');
  assert.equal((await pageStatus(page)).alert, 'Precision: expected auto, f32 or f16, found "f64". Tune: expected off or now, found “fast”. '
    + 'Unsupported language “fr”: use en or ko. Sort: expected mean, max or index, found “size”. '
    + 'Gamma: expected a number from 0.25 to 4, found “dark”. Plan: expected fused or inspected, found “fast”. '
    + 'This network has no layer called “encoder.7”; its first one is shown.');
}));

test('?tune=now measures every kind of layer, stores the result and keeps the answer', () => withPage(async (page) => {
  await open(page, `${site.base}?tune=off`);
  const before = await topPrediction(page);
  assert.deepEqual(await storedTuning(page), [], 'nothing was measured');
  await open(page, `${site.base}?tune=now`);
  const deadline = Date.now() + 2 * TIMEOUT;
  let progress = {};
  while (progress.done !== progress.total || progress.total === undefined) {
    assert.ok(Date.now() < deadline, `tuning did not end: ${JSON.stringify(progress)}`);
    progress = await page.evaluate(() => window.resnetLens.tune(0));
  }
  // The page stores the result after its own last call.
  const complete = await page.evaluate(() => window.resnetLens.tuning());
  let stored = [];
  while (JSON.stringify(stored[0]?.[1]) !== complete) {
    assert.ok(Date.now() < deadline, `the result is not stored: ${JSON.stringify(stored)}`);
    stored = await storedTuning(page);
  }
  const [[key, tuning]] = stored;
  assert.match(key, /swiftshader .* [0-9a-f]{16}$/);
  assert.ok(Object.keys(tuning).length > 10, `${Object.keys(tuning).length} kinds of layers`);
  const after = await topPrediction(page);
  assert.equal(after.index, before.index);
  assert.ok(Math.abs(after.probability - before.probability) < 1e-3);

  await open(page, site.base);
  assert.equal(await page.evaluate(() => window.resnetLens.tuning()), JSON.stringify(tuning), 'the next visit restores it');
}));
