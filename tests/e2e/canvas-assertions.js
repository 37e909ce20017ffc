// Compares the pixels of the page's canvases with the values of the feature map, in any browser.

import assert from 'node:assert/strict';
import { TIMEOUT, settle } from './browser.js';
import { png } from './images.js';

const NODE = 'layer2.1.relu_1';
/** Largest difference between a drawn and the expected colour, of 255. */
const LEVEL = 2;

/** Selects a layer of the starter model in grey, classifies an image and compares channel, tiles, map and class map. */
export async function assertDrawn(page) {
  await page.evaluate((hash) => { location.hash = hash; }, `layer=${NODE}&channel=5&sort=index&colormap=grey&overlay=cam`);
  assert.equal(await settle(page, () => page.setInputFiles('#image-file', { name: 'drawn.png', mimeType: '', buffer: png(320, 200) })), 'ready');
  await page.evaluate(waitForElement, ['[data-statistics][data-loaded]', TIMEOUT]);
  const { shape: [, channels, rows, columns], data } = await page.evaluate(async (node) => {
    const { shape, data: values } = await window.resnetLens.featureMap(node);
    return { shape, data: [...values] };
  }, NODE);
  let [low, high] = [0, 0];
  for (const value of data) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const assertTile = ({ at }, channel, { left, top, side }) => {
    for (let y = 0; y < rows; y += 1) {
      for (let x = 0; x < columns; x += 1) {
        const expected = ((data[(channel * rows + y) * columns + x] - low) / (high - low)) * 255;
        const found = at(Math.floor(left + ((x + 0.5) / columns) * side), Math.floor(top + ((y + 0.5) / rows) * side));
        assert.ok(Math.abs(found[0] - expected) <= LEVEL && found[3] === 255, `channel ${channel}, row ${y}, column ${x}: ${found}, expected ${expected}`);
      }
    }
  };
  await eventually(async () => {
    const channel = await shown(page, '[data-plot] canvas');
    assertTile(channel, 5, { left: 0, top: 0, side: channel.width });
  });
  const pitch = await page.evaluate(() => (document.querySelector('lens-channels [role=option]').getBoundingClientRect().width + 2) * devicePixelRatio);
  await eventually(async () => {
    const grid = await shown(page, 'lens-channels canvas');
    const across = Math.round(grid.width / pitch);
    for (const rank of [0, 1, across, across + 1]) {
      assert.ok(rank < channels);
      // Tiles start and end at whole pixels.
      const [left, top] = [(rank % across) * pitch, Math.floor(rank / across) * pitch].map(Math.round);
      assertTile(grid, rank, { left, top, side: pitch - 2 });
    }
  });
  await eventually(async () => assert.ok(colours(await shown(page, '[data-thumbnails]')) > 40, 'the map has its thumbnails'));
  await eventually(async () => {
    const cam = await shown(page, '[data-overlay]');
    assert.ok(colours(cam) > 40, 'the class map is drawn');
    assert.ok(cam.data.some((part, i) => i % 4 === 3 && part < 255), 'the image is visible through it');
  });
}

/** The number of different colours. */
const colours = ({ data }) => new Set(Array.from({ length: data.length / 4 }, (_, i) => data.readUInt32LE(i * 4))).size;

/** Drawings appear in one of the next frames: repeats a failing check until it passes or the time is up. */
async function eventually(check) {
  const end = performance.now() + TIMEOUT / 4;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > end) throw error;
    }
    await new Promise((resolve) => { setTimeout(resolve, 200); });
  }
}

/** The pixels of a canvas: `{ width, height, data, at(x, y) }`. */
async function shown(page, selector) {
  const { width, height, letters } = await page.evaluate((name) => {
    const canvas = document.querySelector(name);
    const copy = new OffscreenCanvas(canvas.width, canvas.height);
    const pen = copy.getContext('2d');
    pen.drawImage(canvas, 0, 0);
    const pixels = pen.getImageData(0, 0, copy.width, copy.height).data;
    // As text, because arrays of numbers are transferred slowly.
    let binary = '';
    for (let from = 0; from < pixels.length; from += 0x8000) binary += String.fromCharCode(...pixels.subarray(from, from + 0x8000));
    return { width: copy.width, height: copy.height, letters: btoa(binary) };
  }, selector);
  const data = Buffer.from(letters, 'base64');
  return { width, height, data, at: (x, y) => [...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)] };
}

/** Runs in the page: waits for an element. */
function waitForElement([selector, timeout]) {
  return new Promise((resolve, reject) => {
    const end = performance.now() + timeout;
    const check = () => {
      if (document.querySelector(selector)) resolve();
      else if (performance.now() > end) reject(new Error(`There is no ${selector} after ${timeout / 1000} s.`));
      else setTimeout(check, 50);
    };
    check();
  });
}
