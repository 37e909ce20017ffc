// The page's main functions: it opens with the starter model and classifies images from every source.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { TIMEOUT, open, predictions, settle, start, pageStatus, upload, waitForState } from './browser.js';
import { grey, png, tiff, withOrientation } from './images.js';

const avif = readFileSync(new URL('./fixtures/stripes.avif', import.meta.url));
let site;
let share;
before(async () => {
  site = await start();
  share = site.sharePage((page) => open(page, site.base));
});
after(() => site?.close());

/** Runs `run(page)` on the file's page. */
const withPage = (run) => share(run);
/** Runs `run(page)` on a page of its own, for tests of the first image and of the history. */
const withNewPage = (run) => site.withPage(async (page) => {
  await open(page, site.base);
  await run(page);
});

async function assertPredictions(page, count = 5) {
  const shown = await predictions(page);
  assert.equal(shown.length, count);
  const probabilities = shown.map(({ probability }) => probability);
  assert.deepEqual(probabilities, probabilities.toSorted((a, b) => b - a), 'best first');
  assert.ok(probabilities.every((p) => p >= 0 && p <= 1) && probabilities[0] > 0, `probabilities ${probabilities}`);
  assert.ok(shown.every(({ index, label }) => Number.isInteger(index) && label.length > 0));
  return shown;
}

const caption = (page) => page.textContent('[data-caption]');

test('opens with the starter model and names the adapter', () => withNewPage(async (page) => {
  assert.match(await page.textContent('lens-models [data-name]'), /starter/i);
  assert.match(await page.textContent('.facts'), /ResNet-50.*107/s);
  const adapter = await page.evaluate(() => window.resnetLens.adapter());
  assert.ok(adapter.name.length > 0, 'the adapter has a name');
  assert.equal(await page.textContent('lens-adapter [data-name]'), adapter.name);
  const warned = await page.isVisible('lens-timings [data-software]');
  assert.equal(warned, adapter.software, 'the page warns of a software adapter only');
  assert.equal(await page.isVisible('[data-empty-state]'), true);
}));

test('an image from the file chooser', () => withPage(async (page) => {
  assert.equal(await upload(page, 'checks.png', png(320, 200)), 'ready');
  await assertPredictions(page);
  assert.match(await caption(page), /checks\.png · 320 × 200 px/);
  assert.match(await page.getAttribute('lens-image canvas', 'aria-label'), /checks\.png, 320 by 200 pixels/);
}));

test('the number of displayed classes can be changed', () => withPage(async (page) => {
  await upload(page, 'checks.png', png(64, 64));
  await page.selectOption('lens-predictions select', '10');
  await assertPredictions(page, 10);
  await page.selectOption('lens-predictions select', '3');
  await assertPredictions(page, 3);
  // The choice stays for later images, which other tests give to this page.
  await page.selectOption('lens-predictions select', '5');
  await assertPredictions(page);
}));

test('profile() times every dispatch and leaves the result unchanged', () => withPage(async (page) => {
  await upload(page, 'checks.png', png(64, 64));
  const { before, after, dispatches, times } = await page.evaluate(async () => {
    const { resnetLens: lens } = window;
    const logits = async () => [...(await lens.featureMap('fc')).data];
    return { before: await logits(), times: await lens.profile(), dispatches: (await lens.model()).dispatches, after: await logits() };
  });
  assert.equal(times.length, dispatches);
  assert.deepEqual([times[0].nodes[0], times.at(-1).nodes.at(-1)], ['conv1', 'fc']);
  assert.ok(times.every(({ kernel, ms, gflops }) => kernel.length > 0 && ms > 0 && gflops >= 0), JSON.stringify(times));
  assert.deepEqual(after, before, 'profiling changed the result of the last run');
}));

test('the first run and later runs are shown separately', () => withNewPage(async (page) => {
  await upload(page, 'checks.png', png(64, 64));
  assert.match(await page.textContent('[data-time=first]'), /\d/);
  assert.equal(await page.textContent('[data-time=infer]'), '–', 'the first run is not a later run');
  assert.equal(await settle(page, () => page.click('[data-run-again]')), 'ready');
  assert.match(await page.textContent('[data-time=infer]'), /\d/);
  assert.match(await page.textContent('[data-time=load]'), /\d/);
}));

/** Dispatches a drop or paste event with one file or a text. */
function dropOrPaste(page, kind, { name, bytes, text }) {
  return page.evaluate(([type, fileName, content, plainText]) => {
    const transfer = new DataTransfer();
    if (fileName) transfer.items.add(new File([new Uint8Array(content)], fileName, { type: 'image/png' }));
    else transfer.setData('text/plain', plainText);
    const init = { bubbles: true, cancelable: true };
    const event = type === 'drop'
      ? new DragEvent('drop', { ...init, dataTransfer: transfer })
      : new ClipboardEvent('paste', { ...init, clipboardData: transfer });
    document.body.dispatchEvent(event);
  }, [kind, name, bytes ? [...bytes] : null, text]);
}

for (const kind of ['drop', 'paste']) {
  test(`an image by ${kind}`, () => withPage(async (page) => {
    const bytes = png(48, 40);
    assert.equal(await settle(page, () => dropOrPaste(page, kind, { name: `${kind}.png`, bytes })), 'ready');
    await assertPredictions(page);
    assert.match(await caption(page), new RegExp(`${kind}\\.png · 48 × 40 px`));
  }));
}

test('a pasted URL', () => withPage(async (page) => {
  site.put('pasted.png', png(50, 60), 'image/png');
  assert.equal(await settle(page, () => dropOrPaste(page, 'paste', { text: `${site.other}files/pasted.png` })), 'ready');
  assert.match(await caption(page), /pasted\.png · 50 × 60 px/);
  const { searchParams } = new URL(await page.evaluate(() => location.href));
  assert.equal(searchParams.get('image'), `${site.other}files/pasted.png`);
}));

test('a typed URL, and history navigation', () => withNewPage(async (page) => {
  site.put('one.png', png(50, 60), 'image/png');
  site.put('two.png', png(70, 60), 'image/png');
  const load = (name) => settle(page, async () => {
    await page.fill('#image-address', `files/${name}`);
    await page.press('#image-address', 'Enter');
  });
  await load('one.png');
  await load('two.png');
  assert.match(await caption(page), /two\.png/);
  await settle(page, () => page.goBack());
  assert.match(await caption(page), /one\.png/);
  await page.goBack();
  await page.locator('[data-empty-state]').waitFor();
  assert.equal((await predictions(page)).length, 0);
}));

test('?image= is classified, and the fragment is preserved', () => withNewPage(async (page) => {
  site.put('linked.png', png(60, 30), 'image/png');
  const image = encodeURIComponent(`${site.other}files/linked.png`);
  await page.goto(`${site.base}?image=${image}#layer=layer1.0.conv1&channel=3`);
  await page.locator('#predictions > *').first().waitFor({ timeout: TIMEOUT });
  await waitForState(page, 'ready');
  await assertPredictions(page);
  assert.match(await caption(page), /linked\.png · 60 × 30 px/);
  await upload(page, 'other.png', png(32, 32));
  // `page.url()` is behind: the browser reports changes of the history later.
  const { hash, searchParams } = new URL(await page.evaluate(() => location.href));
  assert.equal(hash, '#layer=layer1.0.conv1&channel=3');
  assert.equal(searchParams.get('image'), null, 'a local file has no URL');
}));

test('grey, alpha and 16-bit images', () => withPage(async (page) => {
  for (const type of ['grey', 'greyAlpha', 'rgb', 'rgba']) {
    for (const bits of [8, 16]) {
      const name = `${type}-${bits}.png`;
      assert.equal(await upload(page, name, png(40, 30, { type, bits })), 'ready', name);
      await assertPredictions(page);
      assert.match(await caption(page), new RegExp(`${name} · 40 × 30 px`));
    }
  }
}));

test('a format that only the browser decodes', () => withPage(async (page) => {
  assert.equal(await upload(page, 'stripes.avif', avif), 'ready');
  await assertPredictions(page);
  assert.match(await caption(page), /stripes\.avif · 48 × 32 px/);
}));

test('a format that only the engine decodes', () => withPage(async (page) => {
  assert.equal(await upload(page, 'scan.tif', tiff(64, 48)), 'ready');
  await assertPredictions(page);
  assert.match(await caption(page), /scan\.tif · 64 × 48 px/);
  assert.equal(await page.isVisible('[data-undecodable]'), true, 'the page says that it cannot display it');
}));

test('EXIF orientation applies to image and crop', () => withPage(async (page) => {
  const jpeg = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(90, 40);
    canvas.getContext('2d').fillRect(0, 0, 45, 40);
    return [...new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg' })).arrayBuffer())];
  });
  assert.equal(await upload(page, 'turned.jpg', withOrientation(Buffer.from(jpeg), 6)), 'ready');
  assert.match(await caption(page), /turned\.jpg · 40 × 90 px/);
}));

test('the crop is outlined, and everything outside it is dimmed', () => withPage(async (page) => {
  await upload(page, 'grey.png', png(400, 200, { paint: grey }));
  const side = await page.evaluate(async () => {
    const { preprocess } = await window.resnetLens.model();
    return 200 * (preprocess.crop / preprocess.resize);
  });
  const seen = await page.evaluate((cropSide) => {
    const canvas = document.querySelector('lens-image canvas');
    const pen = canvas.getContext('2d');
    const scale = Math.min(canvas.width / 400, canvas.height / 200);
    const at = (x, y) => {
      const left = (canvas.width - 400 * scale) / 2;
      const top = (canvas.height - 200 * scale) / 2;
      return [...pen.getImageData(Math.floor(left + x * scale), Math.floor(top + y * scale), 1, 1).data];
    };
    const edge = (400 - cropSide) / 2;
    return { inside: at(200, 100), outside: at(edge / 2, 100), outline: at(edge, 60) };
  }, side);
  assert.deepEqual(seen.inside.slice(0, 3), [128, 128, 128], 'inside the crop the image is unchanged');
  assert.notDeepEqual(seen.outside, seen.inside, 'outside the crop it is dimmed');
  const [red, , blue] = seen.outline;
  assert.ok(red - blue > 80, `expected an amber outline at the edge of the crop, found ${seen.outline}`);
}));

test('the API uses the page’s session', () => withPage(async (page) => {
  const results = await page.evaluate(async (bytes) => {
    const lens = window.resnetLens;
    await lens.ready;
    const layers = await lens.layers();
    const node = layers.at(-1).name;
    await lens.observe([node]);
    const blob = new Blob([new Uint8Array(bytes)]);
    const [first, second] = await Promise.all([lens.classify(blob, 3), lens.classify(blob)]);
    const map = await lens.featureMap(node);
    return {
      counts: [first.predictions.length, second.predictions.length],
      same: first.predictions[0].index === second.predictions[0].index,
      classes: (await lens.model()).classes,
      shape: layers.at(-1).shape,
      mapShape: map.shape,
      values: map.data.length,
      timings: await lens.timings(),
    };
  }, [...png(64, 64)]);
  assert.deepEqual(results.counts, [3, 5]);
  assert.equal(results.same, true);
  assert.equal(results.classes, 107);
  assert.deepEqual(results.mapShape, results.shape);
  assert.equal(results.values, results.shape.reduce((a, b) => a * b));
  assert.ok(results.timings.load > 0 && results.timings.first > 0 && results.timings.infer > 0, JSON.stringify(results.timings));
  await assertPredictions(page);
}));

test('the node table is grouped by stage', () => withPage(async (page) => {
  await page.click('lens-node-table summary');
  const layers = await page.evaluate(() => window.resnetLens.layers());
  assert.equal(await page.locator('lens-node-table tbody th[scope=row]').count(), layers.length);
  const stages = [...new Set(layers.map(({ stage }) => stage).filter(Boolean))];
  assert.deepEqual(await page.locator('lens-node-table th[scope=rowgroup]').allTextContents(), stages);
}));

test('of several images in quick succession the newest is shown', () => withPage(async (page) => {
  await settle(page, async () => {
    for (const width of [40, 50, 60, 70]) {
      await page.setInputFiles('#image-file', { name: `w${width}.png`, mimeType: '', buffer: png(width, 40) });
    }
  });
  assert.match(await caption(page), /w70\.png · 70 × 40 px/);
  assert.equal((await pageStatus(page)).alert, null);
}));

test('two tabs that classify at once are answered in turn', async () => {
  const CALLS = 40;
  const one = await site.newPage();
  const pages = [one, await one.context().newPage()];
  await Promise.all(pages.map((page) => open(page, site.base)));
  const begin = Date.now() + 500;
  const ends = await Promise.all(pages.map((page) => page.evaluate(async ([bytes, calls, start]) => {
    const image = new Blob([new Uint8Array(bytes)]);
    await new Promise((resolve) => { setTimeout(resolve, start - Date.now()); });
    return Promise.all(Array.from({ length: calls }, () => window.resnetLens.classify(image, 1).then(() => Date.now())));
  }, [[...png(64, 64)], CALLS, begin])));
  for (const times of ends) assert.deepEqual(times, times.toSorted((a, b) => a - b), 'the calls of a tab are answered in their order');
  const [first, last] = ends.toSorted((a, b) => a.at(-1) - b.at(-1));
  const meanwhile = last.filter((time) => time <= first.at(-1)).length;
  assert.ok(meanwhile >= CALLS / 8, `when one tab had all of its answers, the other had ${meanwhile} of ${CALLS}`);
  await one.context().close();
});
