// Several images: the tray, the queue and its export, and the history of the images.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { open, pageStatus, predictions, settle, start, upload, waitForState } from './browser.js';
import { grey, landscape, png } from './images.js';
import { saved } from './lens-page.js';

let site;
let shareTray;
before(async () => {
  site = await start();
  shareTray = site.sharePage(async (page) => {
    await open(page, `${site.base}#layer=layer2.1.relu_1&overlay=cam`);
    await page.setInputFiles('#image-file', [FILES[0], FILES[3]]);
    await queueEnds(page, 2);
  });
});
after(() => site?.close());

const FILES = [
  ['checks.png', png(320, 200)], ['notes.jpg', Buffer.from('no image')], ['grey.png', png(64, 64, { paint: grey })], ['landscape.png', landscape()],
].map(([name, buffer]) => ({ name, mimeType: '', buffer }));

/** The tiles of the tray: `[{ name, state, label, selected }]`. */
const tiles = (page) => page.evaluate(() => [...document.querySelectorAll('lens-tray [role=option]')].map((tile) => ({
  name: tile.dataset.name, state: tile.dataset.outcome, label: tile.ariaLabel, selected: tile.ariaSelected === 'true',
})));
const caption = (page) => page.textContent('[data-caption]');
/** Waits until `count` images were classified or failed, and the queue is empty. */
async function queueEnds(page, count) {
  await page.waitForFunction((wanted) => document.querySelector('lens-tray .queue').hidden
    && document.querySelectorAll('lens-tray [role=option]:not([data-outcome=waiting])').length === wanted, count);
  await waitForState(page, 'ready', 'error');
}
/** Waits until the image of this name is in view with its result. */
const inView = (page, name) => page.waitForFunction((wanted) => document.documentElement.dataset.state === 'ready'
  && document.querySelector('lens-tray [aria-selected=true]')?.dataset.name === wanted
  && document.querySelector('[data-caption]').textContent.startsWith(`${wanted} ·`), name);
const withPage = (run) => site.withPage(async (page) => {
  await open(page, site.base);
  await run(page);
});

test('one image needs no tray; two are thumbnails with their first class', () => withPage(async (page) => {
  await upload(page, 'one.png', png(80, 60));
  assert.equal(await page.isVisible('lens-tray'), false);
  await upload(page, 'two.png', landscape());
  await inView(page, 'two.png');
  const [one, two] = await tiles(page);
  assert.deepEqual([one.name, one.selected, two.name, two.selected], ['one.png', false, 'two.png', true]);
  const [best] = await predictions(page);
  assert.match(two.label, new RegExp(`^two\\.png, ${best.label} ${(best.probability * 100).toFixed(1)} %`));
  const colours = await page.evaluate(() => [...document.querySelectorAll('lens-tray canvas')].map((canvas) => {
    const { width, height } = canvas;
    return new Set(new Uint32Array(canvas.getContext('2d').getImageData(0, 0, width, height).data.buffer)).size;
  }));
  assert.ok(colours.every((count) => count > 1), `the thumbnails show something: ${colours}`);
}));

test('a queue goes on after a failure, and its results are exported', () => withPage(async (page) => {
  await page.setInputFiles('#image-file', FILES);
  await queueEnds(page, 4);
  assert.equal((await pageStatus(page)).alert, null, 'a failure is shown at its thumbnail');
  const shown = await tiles(page);
  assert.deepEqual(shown.map(({ name, state }) => `${name} ${state}`), ['checks.png classified', 'notes.jpg failed', 'grey.png classified', 'landscape.png classified']);
  assert.match(shown[1].label, /no supported format/);
  assert.match(await page.textContent('lens-tray .failure'), /^notes\.jpg: .*no supported format/);

  const { name, bytes } = await saved(page, 'lens-tray [data-export=csv]');
  assert.equal(name, 'results.csv');
  const lines = bytes.toString().split('\r\n');
  assert.equal(lines.length, 6);
  assert.match(lines[2], /^notes\.jpg,+"?The image file has no supported format/);
  const [best] = await predictions(page);
  assert.ok(lines[4].startsWith(`landscape.png,${best.label},${best.probability}`), lines[4]);

  const json = JSON.parse((await saved(page, 'lens-tray [data-export=json]')).bytes.toString());
  assert.deepEqual(json.map(({ image, error }) => [image, typeof error]), [
    ['checks.png', 'undefined'], ['notes.jpg', 'string'], ['grey.png', 'undefined'], ['landscape.png', 'undefined'],
  ]);
  assert.deepEqual(Object.keys(json[0]), ['image', 'predictions', 'adapter', 'weights', 'products', 'ms']);
  assert.equal(json[3].predictions.length, 5);
  assert.equal(json[3].predictions[0].probability, best.probability);
}));

test('a queue is cancelled', () => withPage(async (page) => {
  const many = Array.from({ length: 12 }, (_, i) => ({ name: `${i}.png`, mimeType: '', buffer: png(64 + i, 64) }));
  await page.evaluate(() => {
    // Pressed as soon as the second image is being classified.
    const text = document.querySelector('lens-tray .queue span');
    new MutationObserver(() => {
      if (text.textContent.startsWith('2 of 12')) document.querySelector('lens-tray .queue button').click();
    }).observe(text, { childList: true, characterData: true, subtree: true });
  });
  await page.setInputFiles('#image-file', many);
  await page.waitForFunction(() => document.querySelector('lens-tray .queue').hidden && document.querySelectorAll('lens-tray [role=option]').length > 1);
  await waitForState(page, 'ready');
  assert.deepEqual((await tiles(page)).map(({ name }) => name), ['0.png', '1.png']);
}));

test('click, arrow keys, back and forward switch between images of the tray', () => withPage(async (page) => {
  await page.setInputFiles('#image-file', [FILES[0], FILES[2], FILES[3]]);
  await queueEnds(page, 3);
  await inView(page, 'landscape.png');
  await page.click('lens-tray [data-name="checks.png"]');
  await inView(page, 'checks.png');
  assert.match(await caption(page), /320 × 200 px/);
  await page.focus('lens-tray .images');
  await page.keyboard.press('ArrowRight');
  await inView(page, 'grey.png');
  await page.goBack();
  await inView(page, 'checks.png');
  await page.goBack();
  await inView(page, 'landscape.png');
  await page.goForward();
  await inView(page, 'checks.png');
  assert.equal((await tiles(page)).length, 3, 'an image that is shown again has no second thumbnail');
  const [best] = await predictions(page);
  assert.ok((await tiles(page))[0].label.includes(best.label));
  await page.click('lens-tray [data-pin]');
  assert.match((await tiles(page))[0].label, /pinned/);
  await page.click('lens-tray [data-remove]');
  assert.deepEqual((await tiles(page)).map(({ name }) => name), ['grey.png', 'landscape.png']);
}));

test('links, dropped files and another model', () => withPage(async (page) => {
  site.put('linked.png', png(70, 50), 'image/png');
  await settle(page, async () => {
    await page.fill('#image-address', 'files/linked.png');
    await page.press('#image-address', 'Enter');
  });
  await page.evaluate(([one, two]) => {
    const data = new DataTransfer();
    for (const [name, bytes] of [one, two]) data.items.add(new File([Uint8Array.from(bytes)], name, { type: 'image/png' }));
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  }, [['a.png', [...png(30, 30)]], ['b.png', [...png(40, 30)]]]);
  await queueEnds(page, 3);
  assert.deepEqual((await tiles(page)).map(({ name }) => name), ['linked.png', 'a.png', 'b.png']);
  const image = () => page.evaluate(() => new URL(location.href).searchParams.get('image'));
  assert.equal(await image(), null);
  await settle(page, () => page.goBack());
  await inView(page, 'linked.png');
  assert.equal(await image(), 'files/linked.png');
  await page.evaluate(async () => window.resnetLens.loadModel(await (await fetch('assets/starter.safetensors')).blob()).catch((error) => { throw error; }));
  await waitForState(page, 'ready');
  await page.waitForFunction(() => document.querySelector('lens-tray [data-name="linked.png"]').dataset.outcome === 'classified');
  assert.deepEqual((await tiles(page)).map(({ state }) => state), ['classified', 'waiting', 'waiting'], 'results of the other model are gone');
}));

test('a dropped folder becomes a queue of its images, named by their paths', () => withPage(async (page) => {
  const folder = mkdtempSync(join(tmpdir(), 'tray-'));
  try {
    mkdirSync(join(folder, 'inner'));
    writeFileSync(join(folder, 'b.png'), png(32, 32));
    writeFileSync(join(folder, 'readme.txt'), 'text');
    writeFileSync(join(folder, 'inner', 'a.png'), png(40, 32));
    const cdp = await page.context().newCDPSession(page);
    const data = { items: [], files: [folder], dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver', 'drop']) await cdp.send('Input.dispatchDragEvent', { type, x: 300, y: 400, data });
    await queueEnds(page, 2);
    const found = (await tiles(page)).map(({ name }) => name);
    assert.equal(found.length, 2);
    assert.match(found[0], /^tray-\w+\/b\.png$/);
    assert.match(found[1], /^tray-\w+\/inner\/a\.png$/);
  } finally {
    rmSync(folder, { recursive: true });
  }
}));

for (const [width, height] of [[1440, 900], [1024, 768], [1920, 1080], [390, 844]]) {
  test(`the five predictions stay in view with a tray: ${width}x${height}`, () => shareTray(async (page) => {
    await page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)); }));
    const hidden = await page.evaluate(() => [...document.querySelectorAll('lens-image, lens-tray, #predictions li')].filter((element) => {
      const { left, top, right, bottom } = element.getBoundingClientRect();
      return ![top + 2, bottom - 2].every((y) => element.contains(document.elementFromPoint((left + right) / 2, y)));
    }).map((element) => element.textContent));
    assert.deepEqual(hidden, []);
  }, { viewport: { width, height } }));
}
