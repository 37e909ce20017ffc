// Invalid files: the page shows one alert with one sentence and keeps the previous image and model.

import assert from 'node:assert/strict';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { open, predictions, settle, start, pageStatus, upload, uploadModel, waitForState } from './browser.js';
import { png } from './images.js';
import { headerLength, otherNetwork, starter, withHeader, withHugeOutputs, withNan } from './weight-files.js';

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

/** Bytes of the engine's memory, which never shrinks. */
const memory = () => page.workers()[0].evaluate(async () => {
  const { default: module } = await import(new URL('../pkg/resnet_lens.js', self.location.href));
  return (await module()).memory.buffer.byteLength;
});

for (const [what, start, sentence] of [
  ['an archive', 'PK\x03\x04', /^The image file has no supported format: .*found 3221225472 bytes starting with 50 4b 03 04/],
  ['a PNG', '\x89PNG\r\n\x1a\n', /^The image file is too large: expected at most 576 MiB, found 3072 MiB\.$/],
]) {
  test(`image: ${what} of 3 GiB is not copied to the engine’s memory`, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'resnet-lens-'));
    try {
      const path = join(folder, 'large.png');
      await writeFile(path, Buffer.from(start, 'latin1'));
      await truncate(path, 3 * 2 ** 30);
      const before = await memory();
      assert.equal(await settle(page, () => page.setInputFiles('#image-file', path)), 'error');
      assert.match(await assertOneSentence(), sentence);
      assert.ok(await memory() - before < 10e6, 'its bytes were copied');
      await assertStillWorks();
    } finally {
      await rm(folder, { recursive: true });
    }
  });
}

/** Runs `run(path)` with a file on disk. */
async function withFile(name, bytes, run) {
  const folder = await mkdtemp(join(tmpdir(), 'resnet-lens-'));
  try {
    const path = join(folder, name);
    await writeFile(path, bytes);
    await run(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

for (const [what, bytes, call] of [['image', good, 'classify'], ['model', starter, 'loadModel']]) {
  test(`${what}: a file that is deleted before it is read`, () => withFile('chosen.bin', bytes, async (path) => {
    await page.evaluate(() => document.body.append(Object.assign(document.createElement('input'), { type: 'file', id: 'chosen' })));
    await page.setInputFiles('#chosen', path);
    await rm(path);
    const name = await page.evaluate((method) => {
      const input = document.querySelector('#chosen');
      return window.resnetLens[method](input.files[0]).then(() => 'none', (error) => error.name).finally(() => input.remove());
    }, call);
    assert.match(name, /^(Image|Model)Error$/);
    assert.match(await assertOneSentence(), /^The file “chosen\.bin” can no longer be read \(Not\w+Error\): .*; choose it again\.$/);
    await assertStillWorks();
  }));
}

test('image: a file that is deleted afterwards is classified again', () => withFile('chosen.png', good, async (path) => {
  assert.equal(await settle(page, () => page.setInputFiles('#image-file', path)), 'ready');
  await rm(path);
  assert.equal(await settle(page, () => page.click('[data-run-again]')), 'ready');
  assert.deepEqual((await predictions(page)).map(({ index }) => index), answer.map(({ index }) => index));
}));

test('a large image is decoded once, by the engine', async () => {
  await page.workers()[0].evaluate(() => {
    const { createImageBitmap } = self;
    self.decoded = 0;
    self.createImageBitmap = (source, ...rest) => {
      if (source instanceof Blob) self.decoded += 1;
      return createImageBitmap(source, ...rest);
    };
  });
  const decoded = () => page.workers()[0].evaluate(() => self.decoded);
  assert.equal(await upload(page, 'large.png', png(8000, 4100, { type: 'grey' })), 'ready');
  assert.equal(await decoded(), 0);
  assert.match(await page.textContent('[data-caption]'), /^large\.png · 8,000 × 4,100 px/);
  assert.equal(await page.isVisible('[data-undecodable]'), false, 'and shown');
  assert.equal(await upload(page, 'good.png', good), 'ready');
  assert.equal(await decoded(), 1, 'the counter works');
});

test('previews that are not in view any more are freed', async () => {
  await page.evaluate(() => {
    window.previews = { freed: 0 };
    const { close } = ImageBitmap.prototype;
    ImageBitmap.prototype.close = function counted() {
      window.previews.freed += 1;
      close.call(this);
    };
  });
  const images = [1, 2, 3].map((size) => ({ name: `${size}.png`, buffer: [...png(64 * size, 64)] }));
  await page.evaluate((all) => Promise.allSettled(all.map(({ buffer }) => window.resnetLens.classify(new Blob([new Uint8Array(buffer)])))), images);
  await waitForState(page, 'ready');
  const { freed } = await page.evaluate(() => window.previews);
  assert.equal(freed, 3, 'the former image and two that were replaced before they were shown');
  assert.equal(await upload(page, 'good.png', good), 'ready');
});

test('outputs that are not finite are one sentence, and another model works', async () => {
  assert.equal(await uploadModel(page, 'huge.safetensors', withHugeOutputs()), 'error');
  assert.match(await assertOneSentence(), /^The network's outputs: expected 107 finite numbers, found \d+ that are infinite or not numbers/);
  assert.equal(await upload(page, 'good.png', good), 'error');
  await assertOneSentence();
  await page.click('lens-models [data-open]');
  assert.equal(await settle(page, () => page.click('lens-models [data-id=starter]')), 'ready');
  assert.equal(await upload(page, 'good.png', good), 'ready');
  assert.deepEqual((await predictions(page)).map(({ index }) => index), answer.map(({ index }) => index));
  assert.deepEqual(page.errors, []);
});
