// Images in the forms that people have them: drawings, formats that are only named, an image dragged from another page, a file that
// lacks its end.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { open, pageStatus, predictions, settle, start, upload } from './browser.js';
import { png } from './images.js';

let site;
let page;
before(async () => {
  site = await start();
  page = await site.newPage();
  await open(page, site.base);
});
after(async () => {
  assert.deepEqual(page.errors, []);
  await site.close();
});

const caption = () => page.textContent('[data-caption]');
const SVG = '<?xml version="1.0"?>\n<!-- a drawing -->\n<svg xmlns="http://www.w3.org/2000/svg" width="60" height="30"><rect width="60" height="30" fill="teal"/></svg>';

test('an SVG drawing is drawn and classified', async () => {
  assert.equal(await upload(page, 'drawing.svg', Buffer.from(SVG)), 'ready');
  assert.match(await caption(), /^drawing\.svg · 1,?024 × 512 px/);
  assert.equal((await predictions(page)).length, 5);
});

test('an SVG drawing that is broken is one sentence', async () => {
  assert.equal(await upload(page, 'broken.svg', Buffer.from(SVG.slice(0, -10))), 'error');
  assert.match((await pageStatus(page)).alert, /^The SVG drawing cannot be shown: expected a complete drawing/);
});

for (const [name, bytes, format] of [
  ['photo.heic', '\0\0\0\x24ftypheic\0\0\0\0mif1heic', 'a HEIC image'],
  ['photo.jxl', '\xff\x0a\x10\x10', 'a JPEG XL image'],
  ['photo.cr3', '\0\0\0\x18ftypcrx \0\0\0\x01', 'a raw image (Canon CR3)'],
]) {
  test(`${format} is named`, async () => {
    assert.equal(await upload(page, name, Buffer.from(bytes, 'latin1')), 'error');
    const { alert } = await pageStatus(page);
    assert.ok(alert.includes(`expected PNG, JPEG, WebP, GIF, BMP or TIFF, found ${format}`), alert);
  });
}

test('a JPEG that lacks only its end marker is classified with a notice', async () => {
  const jpeg = readFileSync(new URL('../golden/preprocess/decode/odd-420.jpg', import.meta.url));
  assert.equal(await upload(page, 'cut.jpg', jpeg.subarray(0, -2)), 'ready');
  assert.match((await pageStatus(page)).alert, /^The JPEG image lacks its end marker; all of its pixels are there\.$/);
});

/** Drops what a browser transfers for a linked image of another page. */
const dropFromPage = (html) => page.evaluate((markup) => {
  const transfer = new DataTransfer();
  transfer.setData('text/uri-list', 'https://example.org/article');
  transfer.setData('text/html', markup);
  document.body.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: transfer }));
}, html);

test('an image dragged from another page is its source, not its link', async () => {
  site.put('dragged.png', png(52, 44), 'image/png');
  const html = `<a href="https://example.org/article"><img alt="" src="${site.other}files/dragged.png"></a>`;
  assert.equal(await settle(page, () => dropFromPage(html)), 'ready');
  assert.match(await caption(), /^dragged\.png · 52 × 44 px/);
});

test('an image dragged from another page can be a data: URL', async () => {
  const html = `<img src="data:image/png;base64,${png(36, 28).toString('base64')}">`;
  assert.equal(await settle(page, () => dropFromPage(html)), 'ready');
  assert.match(await caption(), /36 × 28 px/);
});
