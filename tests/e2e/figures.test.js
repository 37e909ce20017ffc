// Figures: large, labelled, on a light ground whatever the page's theme, and named by what they show.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { NODE, drawingsOf, feature, pixels, savedFigure, startLens, statisticsOf, text, textsOf, withLens } from './lens-page.js';

const FOLDER = fileURLToPath(new URL('./screenshots/', import.meta.url));
/** Least length of a figure's longer side in pixels. */
const LEAST = 1000;
let site;
before(async () => {
  mkdirSync(FOLDER, { recursive: true });
  site = await startLens({ device: 'gpu' });
});
after(() => site?.close());

/** Saves a figure as PNG and SVG; asserts size and ground; resolves to its texts, its drawings and the pixels of the PNG. */
async function figureOf(page, opener, what) {
  const png = await savedFigure(page, opener, { format: 'png' });
  const svg = await savedFigure(page, opener, { format: 'svg' });
  writeFileSync(`${FOLDER}figure-${what}.png`, png.bytes);
  writeFileSync(`${FOLDER}figure-${what}.svg`, svg.bytes);
  assert.equal(png.name.replace(/png$/, 'svg'), svg.name);
  const image = await pixels(page, png.bytes);
  assert.ok(Math.max(image.width, image.height) >= LEAST, `${what}: ${image.width} x ${image.height} px`);
  assert.deepEqual(image.at(2, 2), [255, 255, 255, 255], `${what}: a white ground`);
  const size = /<svg [^>]*width="(\d+)" height="(\d+)"/.exec(svg.bytes.toString()).slice(1).map(Number);
  assert.deepEqual([image.width, image.height], size.map((length) => 2 * length), 'the PNG file has two pixels per unit of the SVG file');
  return { name: png.name, image, texts: textsOf(svg).map((one) => one.text), drawings: drawingsOf(svg), svg: svg.bytes.toString() };
}

const includes = (texts, wanted) => assert.ok(texts.some((one) => (wanted instanceof RegExp ? wanted.test(one) : one.includes(wanted))), `${wanted} in ${JSON.stringify(texts)}`);
const short = (value) => value.toPrecision(3);

for (const colorScheme of ['dark', 'light']) {
  test(`a layer's figure has title, model, image, channel numbers and a scale: ${colorScheme}`, () => withLens({ layer: NODE, sort: 'index' }, async (page) => {
    const { high } = statisticsOf(await feature(page, NODE));
    const { name, texts, drawings, image } = await figureOf(page, 'lens-layer [data-save=grid]', `layer-${colorScheme}`);
    assert.equal(name, `starter-resnet-50-quarter-width_${NODE}_channels.png`);
    for (const wanted of ['layer2.1.conv2 → BN → ReLU', 'Starter ResNet-50, quarter width · checks.png', /1 to 32 of 32 channels by number/, '16 × 16 values']) includes(texts, wanted);
    for (let channel = 0; channel < 32; channel += 1) assert.ok(texts.includes(String(channel)), `channel ${channel}`);
    assert.ok(texts.includes('0') && texts.includes(short(high)) && texts.includes(short(high / 2)), `the numbers of the scale to ${high}`);
    assert.equal(drawings.length, 1);
    const colours = new Set();
    for (let y = 200; y < 900; y += 7) for (let x = 50; x < image.width; x += 7) colours.add(image.at(x, y).join());
    assert.ok(colours.size > 20, 'the drawing is part of the PNG file');
  }, { colorScheme }));
}

test('an overlay’s figure blends the image with the map and names class, probability and scale', () => withLens({ layer: NODE, overlay: 'cam' }, async (page) => {
  const best = await text(page, '#predictions li:first-child .label');
  const percent = await text(page, '#predictions li:first-child .percent');
  const { name, texts, drawings, svg, image } = await figureOf(page, 'lens-overlay [data-save]', 'overlay');
  assert.match(name, /^starter-resnet-50-quarter-width_class-map-[\w-]+\.png$/);
  includes(texts, `Class activation map of “${best}”`);
  includes(texts, `Evidence for “${best}”, probability ${percent}`);
  includes(texts, /checks\.png$/);
  includes(texts, /^Input, 128 × 128 px$/);
  assert.equal(drawings.length, 3, 'the input, and the input below its map');
  assert.match(svg, /stop-opacity="0\.6"/, 'the scale fades as the map does');
  // Left the input, right the blend: where the map is strong they differ.
  const [left, right] = [48 + 344, image.width - 48 - 344];
  let most = 0;
  for (let y = 300; y < 900; y += 20) {
    for (let x = -300; x < 300; x += 20) {
      const [input, blend] = [image.at(left + x, y), image.at(right + x, y)];
      most = Math.max(most, ...input.map((part, i) => Math.abs(part - blend[i])));
    }
  }
  assert.ok(most > 40, `the largest difference is ${most} levels`);
}));

test('a channel’s figure has its number, its scale and its statistics', () => withLens({ layer: NODE, channel: 5, scale: 'channel', gamma: 0.5 }, async (page) => {
  const map = await feature(page, NODE);
  const { most } = statisticsOf(map);
  const { name, texts } = await figureOf(page, 'lens-channel [data-save]', 'channel');
  assert.match(name, new RegExp(`_${NODE}_channel-5\\.png$`));
  includes(texts, /channel 5 · 16 × 16 values/);
  includes(texts, /gamma 0\.500$/);
  includes(texts, /^min 0, max /);
  assert.ok(texts.includes(short(most[5])), `the channel's own scale ends at ${most[5]}`);
}));

test('the figure of the network’s end has the terms of the logit', () => withLens({ layer: 'fc' }, async (page) => {
  const best = await text(page, '#predictions li:first-child .label');
  const { name, texts, drawings } = await figureOf(page, 'lens-layer [data-save=grid]', 'classifier');
  assert.match(name, /_fc_logit-[\w-]+\.png$/);
  for (const wanted of [`What adds up to the logit of “${best}”`, 'Classes by logit', '500 other channels', 'bias', '= logit', await text(page, 'lens-ending [data-logit]')]) includes(texts, wanted);
  assert.equal(drawings.length, 1);
}));
