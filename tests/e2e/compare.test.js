// Comparisons: x + F(x) of a residual block, and two images.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, pageStatus } from './browser.js';
import { landscape, png } from './images.js';
import { channelShown, feature, select, startLens, text, viewState, withLens } from './lens-page.js';

let site;
let shareImages;
before(async () => {
  site = await startLens();
  shareImages = site.sharePage(openImages);
});
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
  assert.equal((await viewState(page)).layer, 'layer2.0.relu_2', 'the sum is that of the block’s output');
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
  await page.keyboard.press('.');
  const next = await channelShown(page);
  await drawn(page, `channel ${next} `);
  await page.click('lens-network-map [data-node="layer1.2.relu_2"]');
  await drawn(page, 'layer1.2.add');
  await page.click('lens-network-map [data-node="layer1.2.relu"]');
  await page.locator('lens-channels').waitFor();
  await page.goBack();
  await drawn(page, 'layer1.2.add');
  await page.goBack();
  await drawn(page, 'layer1.1.add', `channel ${next} `);
  await page.goBack();
  await drawn(page, 'layer1.1.add', 'channel 0 ');
  await page.goForward();
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

const NODE = 'layer1.1.relu_2';
/** Runs `run(page)` on a page with three images: `checks.png`, `dark.png`, and `landscape.png` in view. It has to leave the images in the tray. */
const withImages = (state, run) => shareImages(async (page) => {
  if (await text(page, '[data-caption]').then((caption) => !caption.startsWith('landscape.png'))) await page.click('lens-tray [data-name="landscape.png"]');
  await imageShown(page);
  await select(page, state);
  await run(page);
  assert.equal((await pageStatus(page)).alert, null);
});
const imageShown = (page) => page.waitForFunction(() => document.querySelector('lens-tray [aria-selected=true]')?.dataset.name === 'landscape.png'
  && document.querySelector('lens-tray .queue').hidden && document.documentElement.dataset.state === 'ready');
async function openImages(page) {
  await open(page, site.base);
  await page.setInputFiles('#image-file', [
    { name: 'checks.png', mimeType: '', buffer: png(320, 200) },
    { name: 'dark.png', mimeType: '', buffer: png(90, 70, { paint: (x) => x / 300 }) },
    { name: 'landscape.png', mimeType: '', buffer: landscape() },
  ]);
  await imageShown(page);
}
const titles = async (page) => (await page.locator('lens-compare figcaption').allTextContents()).map((one) => one.trim());
const compared = (page, a, b) => page.waitForFunction(([one, two]) => {
  const [first, second] = [...document.querySelectorAll('lens-compare figcaption')].map(({ textContent }) => textContent);
  return first === `A ${one}` && second === `B ${two}` && document.querySelector('lens-compare [data-maps]').getAttribute('aria-busy') === 'false';
}, [a, b]);

test('two images: the same channel on one scale, the difference, both predictions', () => withImages({ layer: NODE, channel: 2 }, async (page) => {
  await page.locator('[name=compare][value=images]').waitFor();
  await page.check('[name=compare][value=images]', { force: true });
  await compared(page, 'landscape.png', 'dark.png');
  assert.deepEqual(await titles(page), ['A landscape.png', 'B dark.png', 'B − A difference']);
  await page.selectOption('lens-compare [data-other]', { label: 'checks.png' });
  await compared(page, 'landscape.png', 'checks.png');
  const answers = await page.locator('lens-compare [data-answers] > div').evaluateAll((lists) => lists.map((list) => ({
    title: list.querySelector('h4').textContent, best: list.querySelector('li').textContent, count: list.querySelectorAll('li').length,
  })));
  assert.deepEqual(answers.map(({ title, count }) => [title, count]), [['A: landscape.png', 5], ['B: checks.png', 5]]);
  assert.ok(answers[0].best.startsWith(await text(page, '#predictions li .label')), answers[0].best);

  // The engine still has the values of the image in view.
  const a = await feature(page, NODE);
  await page.click('lens-tray [data-name="checks.png"]');
  await page.waitForFunction(() => document.querySelector('lens-compare figcaption').textContent === 'A checks.png'
    && document.querySelector('lens-compare [data-maps]').getAttribute('aria-busy') === 'false');
  const b = await feature(page, NODE);
  assert.notDeepEqual(a.data, b.data);
  await page.goBack();
  await compared(page, 'landscape.png', 'checks.png');
  assert.deepEqual((await feature(page, NODE)).data, a.data);

  const [, , height, width] = a.shape;
  const channel = await channelShown(page);
  const cell = { x: 6, y: 9, size: width };
  const at = channel * height * width + cell.y * width + cell.x;
  await page.mouse.move(...await pointOf(page, 2, cell));
  const found = /(\S+) − (\S+) = (\S+)$/.exec(await numbers(page)).slice(1).map((one) => Number(one.replace(/[()]/g, '').replace('−', '-')));
  [b.data[at], a.data[at], b.data[at] - a.data[at]].forEach((value, i) => assert.ok(Math.abs(found[i] - value) < 0.06, `${found[i]} is not ${value}`));
  assert.equal(await page.locator('lens-compare lens-legend').count(), 2);
  await page.evaluate(() => { location.hash = 'layer=layer2.0.relu_2&compare=images'; });
  await drawn(page, ' layer2.0.relu_2 ');
  await page.setViewportSize({ width: 320, height: 640 });
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320, 'nothing is clipped at 320 px');
}));

test('two images follow layer and channel, and nothing stale is shown', () => withImages({ layer: NODE, compare: 'images' }, async (page) => {
  await compared(page, 'landscape.png', 'dark.png');
  await page.evaluate(() => {
    const [maps, title] = [document.querySelector('lens-compare [data-maps]'), document.querySelector('lens-compare [data-title]')];
    window.stale = [];
    window.frames = 0;
    const check = () => {
      window.frames += 1;
      const [layer, channel] = [document.querySelector('lens-layer').dataset.node, /\d+$/.exec(title.textContent)[0]];
      const isRight = maps.dataset.drawn.includes(` ${layer} channel ${channel} `);
      if (!isRight && maps.getAttribute('aria-busy') !== 'true') window.stale.push(`${maps.dataset.drawn} under ${title.textContent}`);
      window.recording = requestAnimationFrame(check);
    };
    window.recording = requestAnimationFrame(check);
  });
  for (const node of ['layer3.0.conv1', 'layer2.0.relu_2']) {
    await page.evaluate((name) => { location.hash = `layer=${name}&compare=images`; }, node);
    await drawn(page, ` ${node} `);
  }
  await page.keyboard.press('.');
  await drawn(page, `channel ${await channelShown(page)} `);
  const { stale, frames } = await page.evaluate(() => {
    cancelAnimationFrame(window.recording);
    return { stale: window.stale, frames: window.frames };
  });
  assert.deepEqual(stale, []);
  assert.ok(frames > 3);
}));

test('without a second image the comparison says what is missing', () => withLens({ layer: NODE, compare: 'images' }, async (page) => {
  assert.match(await text(page, 'lens-compare [data-message]'), /Add a second photo/);
  await page.check('[name=compare][value=none]', { force: true });
  assert.equal(await page.isVisible('[name=compare][value=images]'), false, 'it is offered with two images only');
}));

/** The maps A, B and B − A are those of the engine: the values of two networks at a cell. */
async function assertCell(page, a, b, { x, y }) {
  const [, , height, width] = a.shape;
  const at = await channelShown(page) * height * width + y * width + x;
  await page.mouse.move(...await pointOf(page, 2, { x, y, size: width }));
  const found = /(\S+) − (\S+) = (\S+)$/.exec(await numbers(page)).slice(1).map((one) => Number(one.replace(/[()]/g, '').replace('−', '-')));
  [b.data[at], a.data[at], b.data[at] - a.data[at]].forEach((value, i) => assert.ok(Math.abs(found[i] - value) < 0.06, `${found[i]} is not ${value}`));
}
const bestOf = (page) => page.locator('lens-compare [data-answers] > div').evaluateAll((lists) => lists.map((list) => list.querySelector('li').textContent));

test('the network before and after edits: the same channel, the difference, both predictions', () => withLens({ layer: NODE, channel: 2 }, async (page) => {
  assert.equal(await page.isVisible('[name=compare][value=intact]'), false, 'it is offered for an edited network only');
  const before = await feature(page, NODE);
  const best = await text(page, '#predictions li .percent');
  await select(page, { layer: NODE, channel: 2, edit: 'branch:layer1.0:0' });
  const after = await feature(page, NODE);
  assert.notDeepEqual(after.data, before.data);
  await page.check('[name=compare][value=intact]', { force: true });
  await drawn(page, `intact ${NODE}`);
  assert.deepEqual(await titles(page), ['A without edits', 'B with the edits', 'B − A difference']);
  await assertCell(page, before, after, { x: 6, y: 9 });
  const [intact, edited] = await bestOf(page);
  assert.ok(intact.endsWith(best), `${intact} is not ${best}`);
  assert.ok(edited.endsWith(await text(page, '#predictions li .percent')), edited);
  assert.deepEqual((await feature(page, NODE)).data, after.data, 'the engine still has the values of the edited network');
  await page.evaluate((hash) => { location.hash = hash; }, `layer=${NODE}&compare=intact`);
  await page.waitForFunction(() => /Edit the network/.test(document.querySelector('lens-compare [data-message]').textContent));
}));

test('two models: the one in use and another of the catalog, chosen in the page or by the link', () => withLens({ layer: NODE, channel: 2, edit: 'branch:layer1.0:0' }, async (page) => {
  const edited = await feature(page, NODE);
  await page.check('[name=compare][value=model]', { force: true });
  await page.waitForFunction(() => /Choose a second model/.test(document.querySelector('lens-compare [data-message]').textContent));
  await page.locator('lens-compare [data-model] option[value=starter]').waitFor({ state: 'attached' });
  await page.selectOption('lens-compare [data-model]', 'starter');
  await drawn(page, 'model ', NODE);
  assert.equal((await viewState(page)).with, 'starter');
  assert.deepEqual((await titles(page)).map((one) => one.slice(0, 14)), ['A model in use', 'B Starter ResN', 'B − A differen']);
  const [used, other] = await bestOf(page);
  assert.ok(used.endsWith(await text(page, '#predictions li .percent')), used);
  await select(page, { layer: NODE, channel: 2, compare: 'model', with: 'starter' });
  await drawn(page, 'model ', NODE);
  const intact = await feature(page, NODE);
  assert.deepEqual(await bestOf(page), [other, other], 'without edits it is the same network');
  // Without a comparison of models the second one is freed, and loaded again when it is needed.
  await select(page, { layer: NODE, channel: 2 });
  await select(page, { layer: NODE, channel: 2, compare: 'model', with: 'starter', edit: 'branch:layer1.0:0' });
  await drawn(page, 'model ', 'branch:layer1.0:0');
  await assertCell(page, edited, intact, { x: 6, y: 9 });
}));
