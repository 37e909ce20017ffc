// Invalid files: the page shows one alert with one sentence and keeps the previous image and model.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { open, predictions, start, pageStatus, upload, uploadModel, waitForState } from './browser.js';
import { png } from './images.js';
import { headerLength, otherNetwork, starter, withHeader, withNan } from './weight-files.js';

const good = png(96, 64);
let site;
let page;
let answer;

before(async () => { site = await start(); });
beforeEach(async () => {
  if (page && await isIntact()) return;
  await page?.context().close();
  page = await site.newPage();
  await open(page, site.base);
  assert.equal(await upload(page, 'good.png', good), 'ready');
  answer = await predictions(page);
});
after(() => site?.close());

/** One page is shared by all tests, because a session has to survive all invalid files. After a failed test a new page is opened. */
async function isIntact() {
  const { state } = await pageStatus(page);
  return state === 'ready' && /starter/i.test(await page.textContent('lens-models [data-name]'));
}

async function assertOneSentence() {
  const { alert, alerts } = await pageStatus(page);
  assert.equal(alerts, 1, 'exactly one alert is visible');
  assert.match(alert, /^\p{Lu}[^\n]{20,400}[.!?]$/u, 'it holds one sentence');
  assert.doesNotMatch(alert, /undefined|\[object|panicked|unreachable|RuntimeError/);
  return alert;
}

/** The previous predictions are still shown, the alert can be dismissed, and the model still gives the same answer. */
async function assertStillWorks() {
  assert.deepEqual(await predictions(page), answer, 'the previous predictions are still shown');
  await page.click('lens-alert button:has-text("Dismiss")');
  await waitForState(page, 'ready');
  assert.equal(await upload(page, 'good.png', good), 'ready');
  assert.deepEqual((await predictions(page)).map(({ index }) => index), answer.map(({ index }) => index));
  assert.deepEqual(page.errors, []);
}

const IMAGES = {
  'a text file named .jpg': ['notes.jpg', Buffer.from('This is a text file.\n')],
  'a truncated PNG': ['cut.png', png(200, 200).subarray(0, 300)],
  'an empty file': ['empty.png', Buffer.alloc(0)],
  'a PNG signature only': ['header.png', good.subarray(0, 8)],
  'noise': ['noise.bin', Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251))],
};

for (const [what, [name, bytes]] of Object.entries(IMAGES)) {
  test(`image: ${what}`, async () => {
    assert.equal(await upload(page, name, bytes), 'error');
    await assertOneSentence();
    await assertStillWorks();
  });
}

for (const [width, height] of [[1, 1], [20000, 50], [50, 20000]]) {
  test(`image: ${width}×${height} is classified with a notice`, async () => {
    assert.equal(await upload(page, 'odd.png', png(width, height)), 'ready');
    assert.match(await assertOneSentence(), /the prediction is unreliable/);
    assert.equal((await predictions(page)).length, 5);
    const { canvas, box } = await page.evaluate(() => {
      const size = ({ clientWidth, clientHeight }) => [clientWidth, clientHeight];
      return { canvas: size(document.querySelector('lens-image canvas')), box: size(document.querySelector('lens-image')) };
    });
    assert.deepEqual(canvas, box, 'the view keeps its size');
    assert.equal(await upload(page, 'good.png', good), 'ready');
    assert.equal((await pageStatus(page)).alert, null);
  });
}

const MODELS = {
  'cut in half': starter.subarray(0, starter.length / 2),
  'offsets beyond the end of the file': withHeader((header) => { header['fc.bias'].data_offsets[1] += 4096; }),
  'a shape that does not match its bytes': withHeader((header) => { header['fc.bias'].shape = [1000]; }),
  'NaN weights': withNan('layer2.0.conv1.weight'),
  'another network': otherNetwork(),
  'a missing tensor': withHeader((header) => { delete header['layer3.2.bn2.running_mean']; }),
  'a header of 4 GB': Buffer.concat([headerLength(2 ** 32), Buffer.from('{}')]),
  'empty': Buffer.alloc(0),
  'an image': good,
};

for (const [what, bytes] of Object.entries(MODELS)) {
  test(`model: ${what}`, async () => {
    assert.equal(await uploadModel(page, 'bad.safetensors', Buffer.from(bytes)), 'error');
    await assertOneSentence();
    assert.match(await page.textContent('lens-models [data-name]'), /starter/i, 'the previous model is still in use');
    await assertStillWorks();
  });
}
