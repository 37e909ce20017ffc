// A browser that runs WebGPU and cannot show what it draws: its compositor works without a GPU. The lens is there all the same.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { WEBGPU, open, start } from './browser.js';
import { assertDrawn } from './drawn.js';

let site;
before(async () => { site = await start({ args: WEBGPU }); });
after(() => site?.close());

test('what is drawn is read back and shown, and the page says that this takes longer', async () => {
  const page = await site.newPage();
  await open(page, site.base);
  assert.equal((await page.evaluate(() => window.resnetLens.adapter())).canvases, false, 'this browser was to be one that cannot show it');
  await assertDrawn(page);
  assert.equal(await page.isVisible('lens-layer [data-readback]'), true);
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('lens-channel [data-save]')]);
  assert.match(download.suggestedFilename(), /-5\.png$/);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
