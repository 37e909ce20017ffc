// A browser that runs WebGPU but cannot composite its canvases: drawings are read back to the CPU.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, start } from './browser.js';
import { assertDrawn } from './canvas-assertions.js';
import { pixels, savedFigure } from './lens-page.js';

let site;
before(async () => { site = await start({ device: 'gpu', canvases: false }); });
after(() => site?.close());

test('drawings are read back, and the page says that this is slower', async () => {
  const page = await site.newPage();
  await open(page, site.base);
  assert.equal((await page.evaluate(() => window.resnetLens.adapter())).canvases, false, 'expected a browser that cannot composite WebGPU canvases');
  await assertDrawn(page);
  assert.equal(await page.isVisible('lens-layer [data-readback]'), true);
  for (const [opener, ending] of [['lens-layer [data-save=grid]', /_channels\.png$/], ['lens-channel [data-save]', /_channel-5\.png$/], ['lens-overlay [data-save]', /_class-map-[\w-]+\.png$/]]) {
    const { name, bytes } = await savedFigure(page, opener, { format: 'png' });
    assert.match(name, ending);
    const { width, height, at } = await pixels(page, bytes);
    assert.ok(Math.max(width, height) >= 1000, `${name}: ${width} x ${height} px`);
    assert.deepEqual(at(4, 4), [255, 255, 255, 255], 'the ground is white');
  }
  assert.deepEqual(page.errors, []);
  await page.context().close();
});
