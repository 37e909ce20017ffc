// The link to a view: what it holds, and a local image that is embedded in it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { open, pageStatus, predictions, start, upload, uploadModel, waitForState } from './browser.js';
import { landscape, png } from './images.js';
import { NODE, channelShown, statisticsShown, text } from './lens-page.js';

/** Longest link in characters: the embedded image and the rest. */
const LONGEST = 14_000;
const OPTIONS = { permissions: ['clipboard-read', 'clipboard-write'] };
let site;
before(async () => {
  site = await start();
  site.put('checks.png', png(320, 200), 'image/png');
});
after(() => site?.close());

/** Opens the dialog; resolves to the copied link. */
async function copyLink(page, { embed = false } = {}) {
  await page.click('lens-link [data-open]');
  if (embed) {
    await page.locator('[data-offer]').waitFor();
    await page.check('[data-embed]');
  }
  await page.waitForFunction(async () => document.querySelector('lens-link [data-message]').textContent === 'Copied to the clipboard.'
    && await navigator.clipboard.readText() === document.querySelector('[data-address]').value);
  return page.evaluate(() => navigator.clipboard.readText());
}

test('a local image is embedded, and the receiver sees the same image, layer and channel', () => site.withPage(async (page) => {
  await open(page, `${site.base}#layer=${NODE}`);
  assert.equal(await upload(page, 'landscape.png', landscape()), 'ready');
  await statisticsShown(page);
  const [before, channel] = [await predictions(page), await channelShown(page)];
  const bare = await copyLink(page);
  assert.equal(new URL(bare).searchParams.get('image'), null);
  assert.match(await text(page, '[data-contents]'), /^The link holds the model \(Starter ResNet-50, quarter width\), the layer \(layer2\.1\.conv2 → BN → ReLU\), channel \d+ and the colours\.$/);
  assert.equal(await text(page, '[data-missing]'), 'It does not contain the image landscape.png, which is only on this device.');
  await page.click('lens-link [data-close]');
  const link = await copyLink(page, { embed: true });
  assert.match(await text(page, '[data-contents]'), /and a small copy of the image\.$/);
  assert.equal(await page.isVisible('[data-missing]'), false);
  assert.ok(link.length < LONGEST, `${link.length} characters`);
  assert.equal(await page.evaluate(() => location.hash.includes('data%3A')), false, 'the page’s own URL stays short');

  await site.withPage(async (receiver) => {
    await open(receiver, link);
    await statisticsShown(receiver);
    const after = await predictions(receiver);
    assert.equal(after[0].index, before[0].index);
    assert.ok(Math.abs(after[0].probability - before[0].probability) < 0.05, `${after[0].probability} instead of ${before[0].probability}`);
    assert.equal(await channelShown(receiver), channel);
    assert.match(await text(receiver, '[data-caption]'), /^embedded image · 146 × 146 px · the network sees the outlined 128 × 128 px$/);
    assert.equal(await upload(receiver, 'checks.png', png(64, 64)), 'ready');
    assert.equal(await receiver.evaluate(() => location.hash.includes('image=')), false, 'another image replaces the embedded one');
  });
}, OPTIONS));

test('the address of an image and a model of the catalog are held, a file of one’s own is named as missing', () => site.withPage(async (page) => {
  await open(page, `${site.base}?image=files/checks.png`);
  await statisticsShown(page);
  const link = new URL(await copyLink(page));
  assert.equal(link.searchParams.get('image'), 'files/checks.png');
  assert.match(await text(page, '[data-contents]'), /the address of the image \(checks\.png\)\.$/);
  assert.equal(await page.isVisible('[data-offer]'), false);
  await page.click('lens-link [data-close]');
  const golden = readFileSync(new URL('../golden/resnet/basic.safetensors', import.meta.url));
  assert.equal(await uploadModel(page, 'own.safetensors', golden), 'ready');
  await page.click('lens-link [data-open]');
  assert.match(await text(page, '[data-missing]'), /^It does not contain the model file own\.safetensors/);
}, OPTIONS));

test('an invalid embedded image is named', async () => {
  const page = await site.newPage();
  await page.goto(`${site.base}#image=${encodeURIComponent('data:text/html;base64,AAAA')}`);
  await waitForState(page, 'error');
  assert.match((await pageStatus(page)).alert, /[Ii]mage: expected a WebP, JPEG or PNG image as a data: URL/);
  await page.context().close();
});
