// How the engine computes, by the address: `?precision=` and `?tune=`.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PATIENCE, open, predictions, start, told, upload, waitForState } from './browser.js';
import { png } from './images.js';

let site;
before(async () => { site = await start(); });
after(() => site?.close());

const withPage = (...of) => site.withPage(...of);

/** What the page says of the model, by the words in front. */
const facts = (page) => page.evaluate(() => Object.fromEntries(
  [...document.querySelectorAll('lens-model-facts dl > div')].map((row) => [row.children[0].textContent, row.children[1].textContent]),
));

/** What earlier visits left, by key. */
const kept = (page) => page.evaluate(() => new Promise((resolve, reject) => {
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

async function best(page) {
  assert.equal(await upload(page, 'checks.png', png(64, 64)), 'ready');
  return (await predictions(page))[0];
}

test('weights lie in memory as ?precision= says, and the page tells', () => withPage(async (page) => {
  const answers = [];
  for (const [word, size] of [['f32', /^f32, \d+\.\d MB on the GPU$/], ['f16', /^f16, \d+\.\d MB on the GPU$/]]) {
    await open(page, `${site.base}?precision=${word}`);
    const { Weights, Arithmetic } = await facts(page);
    assert.match(Weights, size);
    assert.equal(Arithmetic, 'f32', 'no software adapter is faster in halves');
    answers.push({ ...await best(page), megabytes: parseFloat((await facts(page)).Weights.slice(5)) });
  }
  const [wide, narrow] = answers;
  assert.ok(narrow.megabytes < 0.6 * wide.megabytes, `${narrow.megabytes} MB with halves, ${wide.megabytes} without`);
  assert.equal(narrow.index, wide.index);
  assert.ok(Math.abs(narrow.probability - wide.probability) < 0.02, `${narrow.probability} and ${wide.probability}`);
}));

for (const [query, sentence] of [
  ['precision=f64', /^Precision: expected auto, f32 or f16, found "f64"\.$/],
  ['tune=fast', /^Tune: expected off or now, found “fast”\.$/],
]) {
  test(`?${query} is refused in a sentence, and the page works`, () => withPage(async (page) => {
    await page.goto(`${site.base}?${query}`);
    assert.equal(await waitForState(page, 'ready', 'error'), 'error');
    assert.match((await told(page)).alert, sentence);
    assert.ok((await best(page)).probability > 0);
  }));
}

test('?tune=now measures every kind of layer, keeps it, and answers the same', () => withPage(async (page) => {
  await open(page, `${site.base}?tune=off`);
  const before = await best(page);
  assert.deepEqual(await kept(page), [], 'nothing was measured');
  await open(page, `${site.base}?tune=now`);
  const deadline = Date.now() + 2 * PATIENCE;
  let progress = {};
  while (progress.done !== progress.total || progress.total === undefined) {
    assert.ok(Date.now() < deadline, `tuning did not end: ${JSON.stringify(progress)}`);
    progress = await page.evaluate(() => window.resnetLens.tune(0));
  }
  // The page's own turn, which keeps what was found, may end a little later.
  await page.waitForTimeout(1000);
  const [[key, ways]] = await kept(page);
  assert.match(key, /swiftshader .* [0-9a-f]{16}$/);
  assert.ok(Object.keys(ways).length > 10, `${Object.keys(ways).length} kinds of layers`);
  const after = await best(page);
  assert.equal(after.index, before.index);
  assert.ok(Math.abs(after.probability - before.probability) < 1e-3);

  await open(page, site.base);
  assert.equal(await page.evaluate(() => window.resnetLens.tuning()), JSON.stringify(ways), 'the next visit starts with it');
}));
