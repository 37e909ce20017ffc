// The lens: tiles, channel, views, overlays, probe, saved files, URL state and profile, by keyboard and pointer.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { TIMEOUT, open, settle, start, pageStatus, upload } from './browser.js';
import { png } from './images.js';

const image = png(320, 200);
/** Largest difference between a drawn and the expected colour, of 255. */
const LEVEL = 2;
let site;
before(async () => {
  site = await start();
  site.put('checks.png', image, 'image/png');
});
after(() => site?.close());

/** Runs `run(page)` on a page with an image and the view state `state`. */
async function withLens(state, run, options) {
  const page = await site.newPage(options);
  try {
    await open(page, `${site.base}#${new URLSearchParams(state)}`);
    assert.equal(await upload(page, 'checks.png', image), 'ready');
    await statisticsShown(page);
    await run(page);
    assert.equal((await pageStatus(page)).alert, null);
    assert.deepEqual(page.errors, [], 'the page threw or logged an error');
  } finally {
    await page.context().close();
  }
}

/** Waits for the statistics of the selected layer, which are shown last. */
const statisticsShown = (page) => page.waitForFunction(() => document.querySelector('[data-statistics]').hasAttribute('data-loaded')
  && !document.querySelector('[data-histogram]').hasAttribute('hidden'));

const viewState = (page) => Object.fromEntries(new URLSearchParams(new URL(page.url()).hash.slice(1)));
const text = async (page, selector) => (await page.textContent(selector)).trim();
const channelShown = async (page) => Number(/\d+/.exec(await text(page, 'lens-channel [data-name]'))[0]);
const option = (page) => page.evaluate(() => {
  const { ariaPosInSet, ariaSetSize, ariaLabel, dataset, hidden } = document.querySelector('lens-channels [role=option]');
  return { position: Number(ariaPosInSet), size: Number(ariaSetSize), label: ariaLabel, channel: Number(dataset.channel), hidden };
});
const feature = (page, node) => page.evaluate(async (name) => {
  const { shape, data } = await window.resnetLens.featureMap(name);
  return { shape, data: [...data] };
}, node);

/** The file that the page saves when `selector` is clicked: `{ name, bytes }`. */
async function saved(page, selector) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(selector)]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

/** The pixels of a PNG, decoded in the page: `{ width, height, at(x, y) }`. */
async function pixels(page, bytes) {
  const { width, height, data } = await page.evaluate(async (base64) => {
    const blob = new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], { type: 'image/png' });
    const bitmap = await createImageBitmap(blob);
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const pen = canvas.getContext('2d');
    pen.drawImage(bitmap, 0, 0);
    return { width: bitmap.width, height: bitmap.height, data: [...pen.getImageData(0, 0, bitmap.width, bitmap.height).data] };
  }, bytes.toString('base64'));
  return { width, height, at: (x, y) => data.slice((y * width + x) * 4, (y * width + x) * 4 + 4) };
}

/** Channel means and maxima of a feature map, and its smallest and largest value. */
function statisticsOf({ shape: [, channels, height, width], data }) {
  const size = height * width;
  const parts = Array.from({ length: channels }, (_, c) => data.slice(c * size, (c + 1) * size));
  return {
    means: parts.map((part) => part.reduce((a, b) => a + b) / size),
    most: parts.map((part) => Math.max(...part)),
    low: Math.min(...parts.map((part) => Math.min(...part))),
    high: Math.max(...parts.map((part) => Math.max(...part))),
  };
}

/** Parses a number as the page formats it. */
const number = (formatted) => Number(formatted.replaceAll('−', '-'));

const NODE = 'layer2.1.relu_1';

test('a channel is drawn with the values of the feature map on the scale of the legend', () => withLens(
  { layer: NODE, colormap: 'grey', sort: 'index', channel: 5 },
  async (page) => {
    const map = await feature(page, NODE);
    const { low, high } = statisticsOf(map);
    const [, , rows, columns] = map.shape;
    const ends = await page.locator('lens-channel lens-legend span:not(.colormap)').allTextContents();
    assert.ok(Math.abs(number(ends[0]) - low) <= 0.01 * high && Math.abs(number(ends[1]) - high) <= 0.01 * high, `${ends} for ${low} to ${high}`);
    const { name, bytes } = await saved(page, 'lens-channel [data-save]');
    assert.equal(name, `${NODE}-5.png`);
    const image = await pixels(page, bytes);
    for (let y = 0; y < rows; y += 1) {
      for (let x = 0; x < columns; x += 1) {
        const value = map.data[(5 * rows + y) * columns + x];
        const expected = ((value - low) / (high - low)) * 255;
        const found = image.at(Math.floor(((x + 0.5) / columns) * image.width), Math.floor(((y + 0.5) / rows) * image.height));
        assert.ok(Math.abs(found[0] - expected) <= LEVEL, `row ${y}, column ${x}: ${found} for ${value}, expected ${expected}`);
        assert.equal(found[3], 255);
      }
    }
  },
));

test('the tiles are sorted as selected, and each shows its channel', () => withLens({ layer: NODE, colormap: 'grey' }, async (page) => {
  const map = await feature(page, NODE);
  const [, count, rows, columns] = map.shape;
  const { means, most, low, high } = statisticsOf(map);
  for (const [sort, by] of [['mean', means], ['max', most], ['index', means.map((_, i) => -i)]]) {
    await page.check(`lens-layer [name=sort][value=${sort}]`, { force: true });
    assert.equal(viewState(page).sort ?? 'mean', sort);
    const order = by.map((_, i) => i).sort((a, b) => by[b] - by[a]);
    const { bytes } = await saved(page, 'lens-layer [data-save=grid]');
    const grid = await pixels(page, bytes);
    // The sheet contains all channels: nearly square, a whole number of pixels per cell, two pixels between tiles.
    const across = Math.ceil(Math.sqrt(count));
    const side = (grid.width + 2) / across - 2;
    const cell = side / columns;
    assert.ok(Number.isInteger(cell) && grid.height === Math.ceil(count / across) * (side + 2) - 2, `${grid.width} x ${grid.height}`);
    order.forEach((channel, rank) => {
      const [left, top] = [(rank % across) * (side + 2), Math.floor(rank / across) * (side + 2)];
      for (const at of [0, rows * columns - 1 - (rank % (rows * columns))]) {
        const value = map.data[channel * rows * columns + at];
        const found = grid.at(left + (at % columns) * cell, top + Math.floor(at / columns) * cell);
        assert.ok(Math.abs(found[0] - ((value - low) / (high - low)) * 255) <= LEVEL, `${sort}, rank ${rank}: ${found} for ${value}`);
      }
    });
  }
}));

test('drawings use the colormap of the legend, and the scale "network" is the same for all layers', () => withLens({ layer: NODE, sort: 'index', channel: 5 }, async (page) => {
  const { shape: [, , rows, columns], data } = await feature(page, NODE);
  const { high, low } = statisticsOf({ shape: [1, 1, 1, data.length], data });
  /** The colours of the legend's gradient. */
  const legend = () => page.evaluate(() => {
    const { backgroundImage } = getComputedStyle(document.querySelector('lens-channel lens-legend .colormap'));
    return [...backgroundImage.matchAll(/rgb\(([\d.]+), ([\d.]+), ([\d.]+)\)/g)].map((parts) => parts.slice(1).map(Number));
  });
  const blend = (colours, t) => {
    const below = Math.min(colours.length - 2, Math.floor(t * (colours.length - 1)));
    const share = t * (colours.length - 1) - below;
    return colours[below].map((part, i) => part + share * (colours[below + 1][i] - part));
  };
  const assertLegend = async (end) => {
    const colours = await legend();
    const image = await pixels(page, (await saved(page, 'lens-channel [data-save]')).bytes);
    for (let at = 0; at < rows * columns; at += 1) {
      const [y, x] = [Math.floor(at / columns), at % columns];
      const found = image.at(Math.floor(((x + 0.5) / columns) * image.width), Math.floor(((y + 0.5) / rows) * image.height));
      const expected = blend(colours, (data[5 * rows * columns + at] - low) / (end - low));
      expected.forEach((part, i) => assert.ok(Math.abs(found[i] - part) <= LEVEL, `cell ${at}: ${found}, in the legend ${expected}`));
    }
    return colours.join();
  };
  await page.focus('[name=colormap]');
  const seen = new Set();
  for (const colormap of ['magma', 'viridis', 'cividis', 'grey']) {
    assert.equal(await page.inputValue('[name=colormap]'), colormap);
    await page.locator(`lens-channel lens-legend .colormap.${colormap}`).waitFor();
    seen.add(await assertLegend(high));
    await page.focus('[name=colormap]');
    await page.keyboard.press('ArrowDown');
  }
  assert.equal(seen.size, 4);
  const end = () => page.locator('lens-channel lens-legend span').last().textContent().then(number);
  const before = await end();
  await page.focus('[name=scale]:checked');
  await page.keyboard.press('ArrowRight');
  assert.equal(viewState(page).scale, 'network');
  await page.waitForFunction((text) => document.querySelector('lens-channel lens-legend span:last-child').textContent !== text, String(before));
  const network = await end();
  assert.ok(network > high, `the network's largest ${network}, this layer's ${high}`);
  await assertLegend(network);
  await page.keyboard.press('[');
  await page.waitForFunction((node) => document.querySelector('lens-layer').dataset.node !== node, NODE);
  await statisticsShown(page);
  assert.equal(await end(), network, 'the scale is the same in another layer');
}));

/** Distance between two tiles in device pixels. */
const pitch = (page) => page.evaluate(() => (document.querySelector('lens-channels [role=option]').getBoundingClientRect().width + 2) * devicePixelRatio);

test('the tiles are navigated by keyboard and by pointer', () => withLens({ layer: NODE, sort: 'index' }, async (page) => {
  const count = (await feature(page, NODE)).shape[1];
  await page.keyboard.press('g');
  assert.deepEqual([(await option(page)).position, (await option(page)).size], [1, count]);
  const go = async (key) => {
    await page.keyboard.press(key);
    const { channel, position, label } = await option(page);
    assert.equal(await channelShown(page), channel);
    assert.equal(Number(viewState(page).channel), channel);
    assert.equal(position, channel + 1);
    assert.match(label, new RegExp(`^Channel ${channel} · mean `));
    return channel;
  };
  assert.equal(await go('ArrowRight'), 1);
  const columns = await go('ArrowDown') - 1;
  assert.ok(columns > 1, 'ArrowDown moves by one row');
  assert.equal(await go('ArrowUp'), 1);
  assert.equal(await go('End'), count - 1);
  assert.equal(await go('Home'), 0);
  assert.equal(await go('.'), 1);
  assert.equal(await go(','), 0);
  await page.click('lens-channel [data-step="1"]');
  assert.equal(await channelShown(page), 1);
  const side = (await pitch(page));
  await page.click('lens-channels [data-sizer]', { position: { x: side * 2.5, y: side * 1.5 } });
  assert.equal(await channelShown(page), columns + 2);
  await page.hover('lens-channels [data-sizer]', { position: { x: side * 0.5, y: side * 0.5 } });
  assert.match(await text(page, '[data-hover]'), /^Channel 0 · mean /);
}));

test('the statistics of a channel match its values', () => withLens({ layer: NODE, channel: 3 }, async (page) => {
  const { shape: [, , rows, columns], data } = await feature(page, NODE);
  const size = rows * columns;
  const values = data.slice(3 * size, 4 * size);
  const mean = values.reduce((a, b) => a + b) / size;
  const expected = {
    min: Math.min(...values),
    max: Math.max(...values),
    mean,
    'std. dev.': Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (size - 1)),
    'zero values': values.filter((v) => v === 0).length / size,
  };
  const shown = Object.fromEntries(await page.locator('[data-statistics] div').evaluateAll(
    (rowsShown) => rowsShown.map((row) => [row.querySelector('dt').textContent, row.querySelector('dd').textContent]),
  ));
  for (const [name, value] of Object.entries(expected)) {
    const found = name === 'zero values' ? Number.parseFloat(shown[name]) / 100 : number(shown[name]);
    assert.ok(Math.abs(found - value) <= 0.006 * Math.max(0.1, Math.abs(value)), `${name}: ${shown[name]} for ${value}`);
  }
  assert.match(shown.rank, /^\d+ of \d+$/);
  assert.match(await page.getAttribute('[data-histogram]', 'aria-label'), new RegExp(`^Histogram of ${size} values`));
}));

test('views before BN, after BN, after ReLU and F(x), x, sum; the logits do not change', () => withLens({ layer: NODE }, async (page) => {
  const logits = async () => (await feature(page, 'fc')).data;
  const before = await logits();
  const labels = () => page.locator('[data-taps] label').allTextContents().then((all) => all.map((label) => label.trim()));
  assert.deepEqual(await labels(), ['before BN', 'after BN', 'after ReLU']);
  for (const label of ['before BN', 'after BN', 'after ReLU']) {
    await page.locator('[data-taps] label', { hasText: label }).click();
    await statisticsShown(page);
    const node = await page.getAttribute('lens-layer', 'data-node');
    assert.equal(viewState(page).tap ?? NODE, node);
    const signed = statisticsOf(await feature(page, node)).low < 0;
    await page.waitForFunction((diverging) => Boolean(document.querySelector('lens-layer lens-legend .diverging')) === diverging, signed);
  }
  await page.click('lens-network-map [data-node="layer2.1.relu_2"]');
  await page.locator('[data-taps] label', { hasText: 'F(x)' }).waitFor();
  assert.deepEqual(await labels(), ['F(x)', 'x', 'sum', 'after ReLU']);
  const sum = {};
  for (const label of ['F(x)', 'x', 'sum']) {
    await page.getByLabel(label, { exact: true }).click({ force: true });
    await statisticsShown(page);
    sum[label] = (await feature(page, await page.getAttribute('lens-layer', 'data-node'))).data;
  }
  sum.sum.forEach((value, i) => {
    assert.ok(Math.abs(value - sum['F(x)'][i] - sum.x[i]) <= 1e-4 * Math.max(1, Math.abs(value)), `value ${i} of the sum`);
  });
  const after = await logits();
  before.forEach((value, i) => assert.ok(Math.abs(value - after[i]) <= 1e-4 * Math.max(1, Math.abs(value)), `logit ${i}`));
}));

test('the selected view is kept when another layer is selected', () => withLens({ layer: NODE }, async (page) => {
  await page.focus('[data-taps] input:checked');
  await page.keyboard.press('ArrowUp');
  await page.waitForFunction(() => document.querySelector('[data-taps] input:checked').parentElement.textContent.includes('after BN'));
  await page.keyboard.press('[');
  await page.waitForFunction((node) => new URLSearchParams(location.hash.slice(1)).get('layer') !== node, NODE);
  await page.waitForFunction(() => document.querySelector('[data-taps] input:checked')?.parentElement.textContent.includes('after BN'));
}));

test('the class map by key, by the list of predictions and by the URL', () => withLens({ layer: NODE }, async (page) => {
  const hidden = () => page.evaluate(() => document.querySelector('[data-overlay]').hidden);
  const pressed = () => page.locator('#predictions [aria-pressed=true]').evaluateAll((all) => all.map((one) => Number(one.parentElement.dataset.classIndex)));
  assert.equal(await hidden(), true);
  await page.keyboard.press('c');
  assert.equal(await hidden(), false);
  const classes = await page.locator('#predictions > *').evaluateAll((all) => all.map(({ dataset }) => Number(dataset.classIndex)));
  assert.deepEqual(await pressed(), [classes[0]]);
  await page.locator('#predictions button').nth(2).click();
  assert.deepEqual(await pressed(), [classes[2]]);
  assert.deepEqual([viewState(page).overlay, viewState(page).class], ['cam', String(classes[2])]);
  const third = (await saved(page, 'lens-overlay [data-save]')).bytes;
  await page.locator('#predictions button').nth(0).focus();
  await page.keyboard.press('Enter');
  const { name, bytes: first } = await saved(page, 'lens-overlay [data-save]');
  assert.match(name, /overlay\.png$/);
  assert.notDeepEqual(first, third, 'the maps of two classes differ');
  const { at, width, height } = await pixels(page, first);
  assert.ok(at(width >> 1, height >> 1)[3] < 255, 'the image is visible through it');
  await page.keyboard.press('c');
  assert.equal(await hidden(), true);
  await page.check('lens-overlay [value=channel]', { force: true });
  assert.equal(viewState(page).overlay, 'channel');
  assert.equal(await hidden(), false);
}));

test('the probe shows a cell’s value, receptive field and largest terms', () => withLens({ layer: 'layer2.1.conv1', channel: 2 }, async (page) => {
  const { shape: [, , rows, columns], data } = await feature(page, 'layer2.1.conv1');
  const box = await page.locator('[data-plot]').boundingBox();
  await page.mouse.move(box.x + (3.5 / columns) * box.width, box.y + (5.5 / rows) * box.height);
  await page.waitForFunction(() => /^Row 5, column 3: /.test(document.querySelector('[data-probe]').textContent));
  const value = () => text(page, '[data-probe]').then((words) => number(/: ([−\d.e]+) · /.exec(words)[1]));
  const near = (found, wanted) => assert.ok(Math.abs(found - wanted) <= 0.006 * Math.max(0.1, Math.abs(wanted)), `${found} for ${wanted}`);
  near(await value(), data[(2 * rows + 5) * columns + 3]);
  assert.match(await text(page, '[data-probe]'), /receptive field \d+ × \d+ px · largest terms: channel \d+ \([+−]/);
  assert.equal(await page.isVisible('[data-field]'), true, 'the receptive field is outlined on the image');
  await page.mouse.click(box.x + (3.5 / columns) * box.width, box.y + (5.5 / rows) * box.height);
  await page.mouse.move(2, 2);
  assert.match(await text(page, '[data-probe]'), /^Row 5, column 3: /, 'a click pins the cell');
  await page.focus('[data-plot]');
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(() => /^Row 5, column 4: /.test(document.querySelector('[data-probe]').textContent));
  near(await value(), data[(2 * rows + 5) * columns + 4]);
  await page.keyboard.press('Escape');
  await page.mouse.move(2, 2);
  await page.waitForFunction(() => document.querySelector('[data-field]').hidden && !document.querySelector('[data-probe]').textContent);
}));

test('the .npy file contains the feature map', () => withLens({ layer: NODE }, async (page) => {
  const { name, bytes } = await saved(page, '[data-save=npy]');
  assert.equal(name, `${NODE}.npy`);
  assert.deepEqual([...bytes.subarray(0, 8)], [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  const length = bytes.readUInt16LE(8);
  assert.equal((10 + length) % 64, 0, 'the values are aligned');
  const { shape, data } = await feature(page, NODE);
  assert.equal(bytes.subarray(10, 10 + length).toString('latin1').trimEnd(), `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`);
  const values = bytes.subarray(10 + length);
  assert.equal(values.length, data.length * 4);
  data.forEach((value, i) => assert.equal(values.readFloatLE(i * 4), value));
}));

test('the filters of the first layer are shown as colour images, of no other layer', () => withLens({ layer: 'relu', channel: 4 }, async (page) => {
  assert.equal(await page.isVisible('[data-filters]'), true);
  assert.match(await page.getAttribute('[data-filters] canvas', 'aria-label'), /channel 4 is outlined/);
  await page.click(`lens-network-map [data-node="${NODE}"]`);
  assert.equal(await page.isVisible('[data-filters]'), false);
}));

test('the URL restores the view', async () => {
  const state = { layer: NODE, tap: 'layer2.1.bn2', channel: '7', sort: 'max', scale: 'channel', colormap: 'cividis', gamma: '0.5', overlay: 'cam', class: '3' };
  const page = await site.newPage();
  await open(page, `${site.base}?image=files/checks.png#${new URLSearchParams(state)}`);
  await statisticsShown(page);
  assert.equal(await page.getAttribute('lens-layer', 'data-node'), state.tap);
  assert.equal(await channelShown(page), 7);
  const checked = (name) => page.locator(`[name=${name}]:checked`).getAttribute('value');
  assert.deepEqual([await checked('sort'), await checked('scale'), await checked('overlay')], ['max', 'channel', 'cam']);
  assert.equal(await page.inputValue('[name=colormap]'), 'cividis');
  assert.equal(await text(page, '[data-gamma]'), '0.500');
  assert.deepEqual(viewState(page), state, 'the URL is unchanged');
  await page.selectOption('[name=colormap]', 'magma');
  assert.equal('colormap' in viewState(page), false, 'a default is not in the URL');
  await page.focus('[name=gamma]');
  await page.keyboard.press('ArrowRight');
  assert.equal(viewState(page).gamma, '0.59');
  assert.deepEqual(page.errors, []);
  await page.context().close();
});

test('all nodes of a ResNet-50 are found by the search and shown with statistics', () => withLens({}, async (page) => {
  const layers = await page.evaluate(() => window.resnetLens.layers());
  assert.equal(layers.length, 175);
  // Observed all at once, so that the network does not run again for each.
  await page.evaluate((nodes) => window.resnetLens.observe(nodes), layers.map(({ name }) => name));
  await page.evaluate(() => window.resnetLens.classify('files/checks.png'));
  const shown = await page.evaluate(showAllNodes, [layers.map(({ name }) => name), TIMEOUT]);
  layers.forEach(({ name, shape }, i) => {
    const { size, facts, selected, rank, mean } = shown[i];
    assert.equal(size, shape[1], name);
    assert.ok(facts.includes(shape.slice(2).join(' × ')), `${name}: ${facts}`);
    assert.ok(selected, `${name} is selected on the map`);
    assert.match(rank, /^\d+ of \d+$/, name);
    assert.ok(Number.isFinite(number(mean)), `${name}: mean ${mean}`);
  });
  assert.ok(new Set(shown.map(({ mean }) => mean)).size > 80, 'the means differ');
}));

/** Runs in the page: selects every node with the search and returns what the page shows of it. */
async function showAllNodes([names, timeout]) {
  const one = (selector) => document.querySelector(selector);
  const input = one('lens-search input');
  const found = [];
  for (const name of names) {
    one('lens-search [data-open]').click();
    input.value = name;
    input.dispatchEvent(new Event('input', { bubbles: true }));
    input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
    const end = performance.now() + timeout;
    while (one('lens-layer').dataset.node !== name || !one('[data-statistics][data-loaded]')) {
      if (performance.now() > end) throw new Error(`${name} was not shown within ${timeout / 1000} s.`);
      await new Promise((resolve) => { setTimeout(resolve, 5); });
    }
    const texts = Object.fromEntries([...document.querySelectorAll('[data-statistics] div')].map((row) => [row.children[0].textContent, row.children[1].textContent]));
    found.push({
      size: Number(one('lens-channels [role=option]').ariaSetSize),
      facts: one('lens-layer [data-facts]').textContent,
      selected: one('lens-network-map [aria-selected=true]')?.dataset.node,
      rank: texts.rank,
      mean: texts.mean,
    });
  }
  return found;
}

test('the lens shows another model after a change', () => withLens({ layer: NODE, overlay: 'cam' }, async (page) => {
  const golden = readFileSync(new URL('../golden/resnet/basic.safetensors', import.meta.url));
  const files = { name: 'basic.safetensors', mimeType: '', buffer: golden };
  assert.equal(await settle(page, () => page.setInputFiles('#model-file', files)), 'ready');
  await statisticsShown(page);
  const layers = await page.evaluate(() => window.resnetLens.layers());
  const shown = await page.getAttribute('lens-layer', 'data-node');
  assert.ok(layers.some(({ name }) => name === shown), `${shown} is a node of the new network`);
  await page.click('lens-alert button:has-text("Dismiss")').catch(() => {});
}));

test('the profile shows times by stage; the inspected plan has more dispatches', () => withLens({ layer: NODE }, async (page) => {
  const measure = async () => {
    await page.click('[data-measure]');
    await page.waitForFunction(() => /dispatches: [^(]*$/.test(document.querySelector('lens-profile-strip [data-summary]').textContent));
    return Number(/in (\d+) dispatches/.exec(await text(page, 'lens-profile-strip [data-summary]'))[1]);
  };
  const fused = await measure();
  assert.match(await text(page, 'lens-network-map [data-facts]'), / m?s · [<\d. ]+ %/);
  assert.equal(await page.locator('lens-profile-strip rect').count(), fused);
  const shares = [...(await text(page, 'lens-profile-strip [data-summary]')).matchAll(/(\w+) (\d+) %/g)];
  assert.deepEqual(shares.map(([, stage]) => stage), ['stem', 'layer1', 'layer2', 'layer3', 'layer4', 'head']);
  assert.equal(shares.reduce((sum, [, , percent]) => sum + Number(percent), 0), 100, 'the shares sum to 100 %');
  await page.hover('lens-profile-strip rect >> nth=3', { force: true });
  assert.match(await text(page, 'lens-profile-strip [data-summary]'), /^[\w., ]+ · [\w ]+ · [\d.]+ m?s · /);
  await page.check('[name=plan][value=inspected]', { force: true });
  assert.equal(viewState(page).plan, 'inspected');
  await page.waitForFunction(() => /^Fused: .*\(measured before the plan changed\)$/.test(document.querySelector('lens-profile-strip [data-summary]').textContent));
  assert.ok(await measure() > fused, 'without fusion there are more dispatches');
}));

test('the map shows a thumbnail of every layer', () => withLens({ layer: NODE, scale: 'network' }, async (page) => {
  const frame = page.locator('lens-network-map [data-frame]');
  const drawnBoxes = async () => {
    await page.waitForTimeout(300);
    const image = await pixels(page, await frame.screenshot());
    const boxes = await page.evaluate(() => {
      const { left, top } = document.querySelector('lens-network-map [data-frame]').getBoundingClientRect();
      return [...document.querySelectorAll('lens-network-map .box')].map((box) => {
        const { x, y, width, height } = box.getBoundingClientRect();
        return { x: x - left, y: y - top, width, height };
      });
    });
    // The thumbnail is the square in the middle of the box.
    return boxes.map(({ x, y, width, height }) => {
      const side = Math.min(width, height);
      const [left, top] = [x + (width - side) / 2, y + (height - side) / 2];
      return new Set(Array.from({ length: 24 }, (_, i) =>
        image.at(Math.round(left + side * (0.1 + 0.8 * ((i * 7) % 24) / 24)), Math.round(top + side * (0.1 + 0.8 * i / 24))).join())).size;
    });
  };
  const colours = await drawnBoxes();
  const flat = colours.filter((count) => count < 2).length;
  assert.ok(flat <= colours.length / 6, `${flat} of ${colours.length} boxes show one colour only`);
  const tiles = await page.evaluate(() => document.querySelector('lens-network-map').request.tiles);
  assert.deepEqual(tiles.filter(({ width, height }) => width !== height), [], 'thumbnails keep the shape of their maps');
  await page.hover('lens-network-map [data-node="layer1.0.relu"]');
  const enlarged = page.locator('[data-enlarged]:popover-open');
  await enlarged.waitFor();
  assert.equal((await enlarged.boundingBox()).width, 128);
  await page.mouse.move(2, 2);
  await enlarged.waitFor({ state: 'hidden' });
}));

test('drawn content and title agree in every frame after a change of layer, view, channel or class', () => withLens({ layer: NODE, overlay: 'cam' }, async (page) => {
  // Records, in every frame, whether a view that is not marked as busy shows something else than the selection.
  await page.evaluate(() => {
    window.frames = 0;
    window.stale = [];
    const one = (selector) => document.querySelector(selector);
    const check = () => {
      const node = one('lens-layer').dataset.node;
      const channel = Number(/\d+/.exec(one('lens-channel [data-name]').textContent)?.[0]);
      const pressed = one('#predictions [aria-pressed=true]')?.closest('li').dataset.classIndex;
      const label = `${node} channel ${channel}`;
      const overlay = { none: null, channel: label, cam: `class ${pressed}` }[one('[name=overlay]:checked').value];
      for (const [selector, expected] of Object.entries({ 'lens-channels': node, '[data-plot]': label, '[data-histogram]': label, '[data-overlay]': overlay })) {
        const { ariaBusy, dataset: { drawn } } = one(selector);
        if (expected && ariaBusy !== 'true' && drawn !== expected) window.stale.push(`${selector}: ${drawn}, expected ${expected}`);
      }
      window.frames += 1;
      requestAnimationFrame(check);
    };
    requestAnimationFrame(check);
  });
  const settled = () => page.waitForFunction(() => !document.querySelector('[aria-busy=true]:is(lens-channels, [data-plot], [data-histogram], [data-overlay])'));
  await settled();
  await page.click('lens-network-map [data-node="layer3.1.relu"]');
  await settled();
  await page.locator('[data-taps] label').first().click();
  await settled();
  for (const key of ['.', '.', ',', ']', '[']) await page.keyboard.press(key);
  await settled();
  await page.locator('#predictions button').nth(2).click();
  await settled();
  await page.check('lens-overlay [value=channel]', { force: true });
  await settled();
  const { stale, frames } = await page.evaluate(() => ({ stale: window.stale, frames: window.frames }));
  assert.ok(frames > 10, `${frames} frames`);
  assert.deepEqual([...new Set(stale)], []);
}));
