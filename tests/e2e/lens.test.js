// The lens: tiles, channel, views, overlays and probe, by keyboard and pointer.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LEVEL, NODE, channelShown, feature, number, option, drawingsOf, pixels, savedFigure, startLens, statisticsOf, statisticsShown, text, textsOf, viewState, withLens } from './lens-page.js';

let site;
before(async () => { site = await startLens({ device: 'gpu' }); });
after(() => site?.close());

test('a channel is drawn with the values of the feature map on the scale of the legend', () => withLens(
  { layer: NODE, colormap: 'grey', sort: 'index', channel: 5 },
  async (page) => {
    const map = await feature(page, NODE);
    const { low, high } = statisticsOf(map);
    const [, , rows, columns] = map.shape;
    const ends = await page.locator('lens-channel lens-legend span:not(.colormap)').allTextContents();
    assert.ok(Math.abs(number(ends[0]) - low) <= 0.01 * high && Math.abs(number(ends[1]) - high) <= 0.01 * high, `${ends} for ${low} to ${high}`);
    const figure = await savedFigure(page, 'lens-channel [data-save]');
    assert.match(figure.name, new RegExp(`_${NODE}_channel-5\\.svg$`));
    const image = await pixels(page, drawingsOf(figure).at(-1));
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
    assert.equal((await viewState(page)).sort ?? 'mean', sort);
    const order = by.map((_, i) => i).sort((a, b) => by[b] - by[a]);
    const figure = await savedFigure(page, 'lens-layer [data-save=grid]', { channels: String(count) });
    const grid = await pixels(page, drawingsOf(figure)[0]);
    const [, left, top, width] = /<image x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"/.exec(figure.bytes).map(Number);
    const density = grid.width / width;
    // The numbers below the tiles; each is centred.
    const labels = textsOf(figure).filter(({ text, y }) => /^\d+$/.test(text) && y > top && y < top + grid.height / density);
    assert.deepEqual(labels.map(({ text }) => Number(text)), order, `sorted by ${sort}`);
    const side = 2 * (labels[0].x - left);
    labels.forEach(({ x, y, text: channel }, rank) => {
      for (const at of [0, rows * columns - 1 - (rank % (rows * columns))]) {
        const value = map.data[Number(channel) * rows * columns + at];
        const [row, column] = [Math.floor(at / columns) + 0.5, (at % columns) + 0.5];
        const found = grid.at(Math.floor((x - left - side / 2 + (column / columns) * side) * density), Math.floor((y - 10 - side - top + (row / rows) * side) * density));
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
    const image = await pixels(page, drawingsOf(await savedFigure(page, 'lens-channel [data-save]')).at(-1));
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
  assert.equal((await viewState(page)).scale, 'network');
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
    assert.equal(Number((await viewState(page)).channel), channel);
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
    assert.equal((await viewState(page)).tap ?? NODE, node);
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
  assert.deepEqual([(await viewState(page)).overlay, (await viewState(page)).class], ['cam', String(classes[2])]);
  const third = drawingsOf(await savedFigure(page, 'lens-overlay [data-save]')).at(-1);
  await page.locator('#predictions button').nth(0).focus();
  await page.keyboard.press('Enter');
  const figure = await savedFigure(page, 'lens-overlay [data-save]');
  assert.match(figure.name, /_class-map-[\w-]+\.svg$/);
  const first = drawingsOf(figure).at(-1);
  assert.notDeepEqual(first, third, 'the maps of two classes differ');
  const { at, width, height } = await pixels(page, first);
  assert.ok(at(width >> 1, height >> 1)[3] < 255, 'the image is visible through it');
  await page.keyboard.press('c');
  assert.equal(await hidden(), true);
  await page.check('lens-overlay [value=channel]', { force: true });
  assert.equal((await viewState(page)).overlay, 'channel');
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
