// Takes the README's screenshot: the page in Chromium, dark theme, with a classified image and a selected layer.
//   node tests/e2e/readme-screenshot.js MODEL.safetensors IMAGE [docs/screenshot.png]
// MODEL and IMAGE are files or URLs.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { open, settle, start } from './browser.js';

const [model, image, path = 'docs/screenshot.png'] = process.argv.slice(2);
if (!image) throw new Error('Expected two arguments: a model (.safetensors) and an image, each a file or a URL.');

const site = await start();
try {
  const page = await site.newPage({ colorScheme: 'dark', reducedMotion: 'reduce' });
  const query = new URLSearchParams({ model: urlOf(model) });
  await open(page, `${site.base}?${query}#layer=layer2.1.relu_1&overlay=cam&gamma=0.5`);
  await settle(page, () => page.evaluate((url) => { window.resnetLens.classify(url); }, urlOf(image)));
  await page.mouse.move(0, 0);
  // The statistics come last, together with the sorted tiles.
  await page.locator('[data-statistics][data-loaded]').waitFor();
  await page.waitForTimeout(1500);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, await reduceColours(await site.newPage(), await page.screenshot()));
} finally {
  await site.close();
}

/** The URL of a file, served next to the page; a URL is returned as it is. */
function urlOf(given) {
  if (!existsSync(given)) return given;
  site.put(basename(given), readFileSync(given));
  return `files/${encodeURIComponent(basename(given))}`;
}

/** Reduces a PNG to six bits per channel, which almost halves its size without a visible difference. */
async function reduceColours(blank, png) {
  await blank.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes]));
    const canvas = Object.assign(document.createElement('canvas'), { width: bitmap.width, height: bitmap.height });
    const pen = canvas.getContext('2d');
    pen.drawImage(bitmap, 0, 0);
    const image = pen.getImageData(0, 0, canvas.width, canvas.height);
    image.data.forEach((value, i, all) => { all[i] = (value & 0xfc) | (value >> 6); });
    pen.putImageData(image, 0, 0);
    canvas.style.display = 'block';
    document.body.style.margin = 0;
    document.body.append(canvas);
  }, png.toString('base64'));
  // A screenshot of the canvas, because the screenshot encoder compresses better than the canvas.
  return blank.screenshot();
}
