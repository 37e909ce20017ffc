// A browser that runs WebGPU but cannot composite its canvases: drawings are read back to the CPU.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { WEBGPU, open, start } from './browser.js';
import { assertDrawn } from './canvas-assertions.js';

let site;
before(async () => { site = await start({ args: WEBGPU }); });
after(() => site?.close());

test('drawings are read back, and the page says that this is slower', async () => {
  const page = await site.newPage();
  await open(page, site.base);
  assert.equal((await page.evaluate(() => window.resnetLens.adapter())).canvases, false, 'expected a browser that cannot composite WebGPU canvases');
  await assertDrawn(page);
  assert.equal(await page.isVisible('lens-layer [data-readback]'), true);
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('lens-channel [data-save]')]);
  assert.match(download.suggestedFilename(), /-5\.png$/);
  assert.deepEqual(page.errors, []);
  await page.context().close();
});
