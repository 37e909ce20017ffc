// Comparisons: x + F(x) of a residual block.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { channelShown, feature, startLens, text, viewState, withLens } from './lens-page.js';

let site;
before(async () => { site = await startLens(); });
after(() => site?.close());

/** Waits until the maps are those of the selection, and of `parts` if given; resolves to their label. */
const drawn = (page, ...parts) => page.waitForFunction((wanted) => {
  const maps = document.querySelector('lens-compare [data-maps]');
  const label = maps.dataset.drawn ?? '';
  return maps.checkVisibility() && maps.getAttribute('aria-busy') === 'false' && wanted.every((part) => label.includes(part)) && label;
}, parts).then((handle) => handle.jsonValue());
/** RGB of every cell of every map. */
const colours = (page) => page.evaluate(() => [...document.querySelectorAll('lens-compare canvas')].map((canvas) => {
  const { width, height } = canvas;
  const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
  return Array.from({ length: width * height }, (_, i) => [...data.slice(i * 4, i * 4 + 3)].join());
}));
/** The plot of map `index` at a cell: `[x, y]` in the window. */
async function pointOf(page, index, { x, y, size }) {
  const box = await page.locator('lens-compare .plot').nth(index).boundingBox();
  return [box.x + ((x + 0.5) / size) * box.width, box.y + ((y + 0.5) / size) * box.height];
}
const numbers = (page) => text(page, 'lens-compare [data-numbers]');

test('x + F(x) = sum has four maps on one scale, with the arithmetic of a cell', () => withLens({ layer: 'layer2.0.conv2', channel: 3 }, async (page) => {
  await page.check('[name=compare][value=sum]', { force: true });
  await page.waitForFunction(() => location.hash.includes('compare=sum'));
  assert.equal(viewState(page).layer, 'layer2.0.relu_2', 'the sum is that of the block’s output');
  await drawn(page);
  const nodes = ['layer2.0.downsample.1', 'layer2.0.bn3', 'layer2.0.add', 'layer2.0.relu_2'];
  const captions = await page.locator('lens-compare figcaption').allTextContents();
  nodes.forEach((node, i) => assert.ok(captions[i].includes(node), captions[i]));
  assert.match(captions[0], /projected/);
  assert.equal(await page.locator('lens-compare lens-legend').count(), 1, 'one scale for all');
  assert.equal(await page.isVisible('lens-channels'), false);

  const channel = await channelShown(page);
  const [x, residual, sum, relu] = (await Promise.all(nodes.map((node) => feature(page, node))))
    .map(({ shape: [, , h, w], data }) => data.slice(channel * h * w, (channel + 1) * h * w));
  sum.forEach((value, i) => assert.ok(Math.abs(value - (x[i] + residual[i])) <= 1e-5 * Math.abs(value) + 1e-6, `cell ${i}`));
  relu.forEach((value, i) => assert.equal(value, Math.max(0, sum[i])));

  const size = Math.sqrt(sum.length);
  const cell = { x: 4, y: 2, size };
  await page.mouse.move(...await pointOf(page, 2, cell));
  const at = cell.y * size + cell.x;
  const found = /Row 2, column 4: (\S+) \+ (\S+) = (\S+) → ReLU (\S+)/.exec(await numbers(page));
  assert.ok(found, await numbers(page));
  const shown = found.slice(1).map((one) => Number(one.replace(/[()]/g, '').replace('−', '-')));
  [x[at], residual[at], sum[at], relu[at]].forEach((value, i) => assert.ok(Math.abs(shown[i] - value) < 0.06, `${shown[i]} is not ${value}`));
  assert.equal(await page.locator('lens-compare .cell:visible').count(), 4, 'the cell is marked in every map');

  // Equal values have equal colours in all maps: one scale.
  const [, , ofSum, ofRelu] = await colours(page);
  sum.forEach((value, i) => value > 0 && assert.equal(ofSum[i], ofRelu[i]));
  const largest = [x, residual, sum, relu].flat().reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const legend = (await page.locator('lens-compare lens-legend span:last-child').textContent()).replace('−', '-');
  assert.ok(Math.abs(Number(legend) - largest) <= largest / 100, `${legend} is not ${largest}`);
}));

test('the sum follows channels, blocks, back and forward; the channels return', () => withLens({ layer: 'layer1.1.relu_2', compare: 'sum', channel: 0 }, async (page) => {
  await drawn(page, 'layer1.1.add', 'channel 0');
  assert.match((await page.locator('lens-compare figcaption').allTextContents())[0], /identity: layer1\.0\.relu_2/);
  await page.keyboard.press('.');
  const next = await drawn(page, 'layer1.1.add').then(() => channelShown(page));
  await drawn(page, `channel ${next} `);
  await page.click('lens-network-map [data-node="layer1.2.relu_2"]');
  await drawn(page, 'layer1.2.add');
  await page.click('lens-network-map [data-node="layer1.2.relu"]');
  await page.locator('lens-channels').waitFor();
  await page.goBack();
  await drawn(page, 'layer1.2.add');
  await page.goBack();
  await drawn(page, 'layer1.1.add', `channel ${next} `);
  await page.goForward();
  await drawn(page, 'layer1.2.add');
  await page.check('[name=compare][value=none]', { force: true });
  await page.locator('lens-channels').waitFor();
  assert.equal(await page.isVisible('lens-compare'), false);
}));

test('the sum by keyboard', () => withLens({ layer: 'layer1.0.relu_2', compare: 'sum', channel: 0 }, async (page) => {
  await drawn(page);
  await page.focus('lens-compare [data-maps]');
  await page.keyboard.press('ArrowRight');
  const first = await numbers(page);
  await page.keyboard.press('ArrowDown');
  assert.notEqual(await numbers(page), first);
  await page.keyboard.press('Escape');
  assert.match(await numbers(page), /Point at a cell/);
  await page.focus('lens-compare [data-step="1"]');
  await page.keyboard.press('Enter');
  await drawn(page, `channel ${await channelShown(page)} `);
}));
