// The network map: drawn from the model's own description, gone through by keyboard and by pointer, kept in the address.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { open, start, told, uploadModel } from './browser.js';

const golden = (name) => readFileSync(new URL(`../golden/resnet/${name}.safetensors`, import.meta.url));
let site;
before(async () => { site = await start(); });
after(() => site?.close());

const withPage = (...of) => site.withPage(...of);

/** What the map shows: its options with their boxes, and what is marked. */
const shown = (page) => page.evaluate(() => {
  const options = [...document.querySelectorAll('lens-network-map [role=option]')];
  const map = document.querySelector('lens-network-map svg');
  const frame = map.getBoundingClientRect();
  return {
    places: options.map((option) => {
      const { x, y, width, height } = option.querySelector('.box').getBoundingClientRect();
      const projection = option.classList.contains('projection');
      return { node: option.dataset.node, label: option.ariaLabel, x: x - frame.x, y: y - frame.y, width, height, projection };
    }),
    selected: options.filter((option) => option.ariaSelected === 'true').map((option) => option.dataset.node),
    active: document.getElementById(map.getAttribute('aria-activedescendant'))?.dataset.node,
    arcs: map.querySelectorAll('.arc').length,
    projected: map.querySelectorAll('.arc.projected').length,
    sums: map.querySelectorAll('.sum').length,
    strides: map.querySelectorAll('.stride').length,
    facts: document.querySelector('lens-network-map [data-facts]').textContent,
  };
});

const layerInAddress = (page) => new URLSearchParams(new URL(page.url()).hash.slice(1)).get('layer');

test('every block with its boxes, its arc and its addition, to scale', () => withPage(async (page) => {
  await open(page, site.base);
  const layers = await page.evaluate(() => window.resnetLens.layers());
  const { places, arcs, projected, sums, strides } = await shown(page);
  const count = (op) => layers.filter((layer) => layer.op === op).length;
  assert.equal(places.length, count('Conv2d') + count('Add') + count('MaxPool2d') + count('AdaptiveAvgPool2d') + count('Linear'));
  assert.deepEqual([arcs, sums], [count('Add'), count('Add')]);
  // A projection is a convolution that reads what the block's first convolution reads too.
  const readTwice = layers.filter(({ op, inputs }, i) => op === 'Conv2d'
    && layers.slice(0, i).some((before) => before.op === 'Conv2d' && before.inputs[0] === inputs[0]));
  assert.equal(projected, readTwice.length);
  assert.equal(places.filter(({ projection }) => projection).length, readTwice.length);
  const strided = (all) => all.filter(({ detail }) => /stride 2/.test(detail)).length;
  assert.equal(strides, strided(layers) - strided(readTwice), 'each but a projection’s, which is its neighbour’s too');
  const boxOf = new Map(places.map((place) => [place.node, place]));
  const plain = layers.filter(({ name, shape }) => boxOf.has(name) && !boxOf.get(name).projection && shape[2] > 1);
  for (const a of plain) {
    for (const b of plain) {
      const [first, second] = [boxOf.get(a.name), boxOf.get(b.name)];
      if (a.shape[2] > b.shape[2]) assert.ok(first.height > second.height, `${a.name} is taller than ${b.name}`);
      if (a.shape[1] > b.shape[1]) assert.ok(first.width > second.width, `${a.name} is wider than ${b.name}`);
      if (layers.indexOf(a) < layers.indexOf(b)) assert.ok(first.x + first.width <= second.x, `${a.name} is left of ${b.name}`);
    }
  }
}));

test('another network draws itself: two convolutions a block, other widths', () => withPage(async (page) => {
  await open(page, site.base);
  for (const [name, inBlock] of [['basic', 2], ['bottleneck', 3]]) {
    assert.equal(await uploadModel(page, `${name}.safetensors`, golden(name)), 'ready', (await told(page)).alert);
    const layers = await page.evaluate(() => window.resnetLens.layers());
    const { places, arcs } = await shown(page);
    const blocks = [...new Set(layers.map(({ block }) => block).filter(Boolean))];
    assert.equal(arcs, blocks.length);
    for (const block of blocks) {
      const inside = places.filter(({ node, projection }) => node.startsWith(`${block}.`) && !projection);
      assert.equal(inside.length, inBlock + 1, `${name}, ${block}: its convolutions and the addition`);
    }
  }
}));

test('by keyboard: along the network, from block to block, up to the projection', () => withPage(async (page) => {
  await open(page, site.base);
  const { places, selected } = await shown(page);
  const way = places.filter(({ projection }) => !projection).map(({ node }) => node);
  assert.deepEqual(selected, [way[0]], 'it begins at the first place');
  await page.keyboard.press('m');
  const go = async (key) => {
    await page.keyboard.press(key);
    const now = await shown(page);
    assert.equal(now.selected.length, 1);
    assert.equal(now.active, now.selected[0], 'screen readers hear of it');
    assert.equal(layerInAddress(page), now.selected[0]);
    assert.ok(now.facts.startsWith(`${now.selected[0]} · `), now.facts);
    return now.selected[0];
  };
  assert.equal(await go('ArrowRight'), way[1]);
  assert.equal(await go('ArrowRight'), way[2]);
  assert.equal(await go('ArrowLeft'), way[1]);
  assert.equal(await go('End'), way.at(-1));
  assert.equal(await go('ArrowRight'), way.at(-1), 'it stops at the end');
  assert.equal(await go('Home'), way[0]);
  const first = await go('PageDown');
  const projection = await go('ArrowUp');
  assert.ok(places.find(({ node }) => node === projection).projection, `${projection} is the projection`);
  assert.equal(await go('ArrowDown'), first);
  const next = await go('PageDown');
  assert.notEqual(next.split('.')[1], first.split('.')[1], 'the next block');
  assert.equal(await go('PageUp'), first);
  await page.locator('body').press(']');
  assert.equal((await shown(page)).selected[0], way[way.indexOf(first) + 1]);
}));

test('by pointer, and back from the address', () => withPage(async (page) => {
  await open(page, site.base);
  const { places } = await shown(page);
  for (const { node } of [places[5], places.at(-1), places[30]]) {
    await page.click(`lens-network-map [data-node="${node}"]`);
    assert.deepEqual((await shown(page)).selected, [node]);
    assert.equal(layerInAddress(page), node);
  }
  const { node, label } = places[12];
  await page.hover(`lens-network-map [data-node="${node}"]`);
  const { facts } = await shown(page);
  assert.equal(facts, label, 'what is under the pointer tells its shape, parameters and work');
  await page.reload();
  await open(page, page.url());
  assert.deepEqual((await shown(page)).selected, [places[30].node]);
  await page.evaluate((layer) => { location.hash = `layer=${layer}`; }, places[3].node);
  await page.waitForFunction((layer) => document.querySelector('lens-network-map [aria-selected=true]')?.dataset.node === layer, places[3].node);
}));

test('a layer that the network does not have: a sentence, and the first one', () => withPage(async (page) => {
  await open(page, `${site.base}#layer=encoder.7`);
  assert.match((await told(page)).alert, /no layer called “encoder\.7”/);
  const { places, selected } = await shown(page);
  assert.deepEqual(selected, [places[0].node]);
}));

test('every node is found by its name, and sizes too', () => withPage(async (page) => {
  await open(page, site.base);
  const layers = await page.evaluate(() => window.resnetLens.layers());
  await page.keyboard.press('/');
  assert.equal(await page.locator('#found-layers [role=option]').count(), layers.length);
  for (const { name } of [layers[0], layers[40], layers.at(-2)]) {
    if (!await page.isVisible('lens-search dialog')) await page.keyboard.press('/');
    await page.fill('lens-search input', name);
    await page.keyboard.press('Enter');
    assert.equal(await page.isVisible('lens-search dialog'), false);
    assert.equal(layerInAddress(page), name);
  }
  await page.click('lens-search [data-open]');
  await page.fill('lens-search input', 'conv2d 3x3');
  const found = await page.locator('#found-layers [role=option]').allTextContents();
  assert.equal(found.length, layers.filter(({ op, detail }) => op === 'Conv2d' && detail.startsWith('3x3')).length);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  const third = await page.locator('#found-layers [role=option]').nth(2).getAttribute('data-node');
  await page.keyboard.press('Enter');
  assert.equal(layerInAddress(page), third);
  await page.click('lens-search [data-open]');
  await page.fill('lens-search input', 'transformer');
  assert.match(await page.textContent('lens-search [data-none]'), /No matching layers/);
}));

test('single keys are listed, rest while one types, and can be switched off', () => withPage(async (page) => {
  await open(page, site.base);
  await page.keyboard.press('?');
  assert.equal(await page.isVisible('lens-help dialog'), true);
  assert.match(await page.textContent('lens-help [data-keys]'), /Find a layer/);
  await page.keyboard.press('/');
  assert.equal(await page.isVisible('lens-search dialog'), false, 'one dialog at a time');
  await page.uncheck('[data-single-keys]');
  await page.keyboard.press('Escape');
  await page.keyboard.press('/');
  assert.equal(await page.isVisible('lens-search dialog'), false, 'switched off');
  await page.reload();
  await open(page, page.url());
  await page.click('lens-help [data-open]');
  assert.equal(await page.isChecked('[data-single-keys]'), false, 'and stays so');
  await page.check('[data-single-keys]');
  await page.click('lens-help [data-close]');
  await page.focus('#image-address');
  await page.keyboard.type('?/m');
  assert.equal(await page.inputValue('#image-address'), '?/m');
  assert.equal(await page.locator('dialog[open]').count(), 0);
}));

test('on a phone the map is scrolled, and goes along', () => withPage(async (page) => {
  await open(page, site.base);
  const before = await page.evaluate(() => {
    const { scrollWidth, clientWidth, scrollLeft } = document.querySelector('lens-network-map [data-frame]');
    return { scrollWidth, clientWidth, scrollLeft };
  });
  assert.ok(before.scrollWidth > before.clientWidth * 2, JSON.stringify(before));
  assert.equal(before.scrollLeft, 0);
  await page.focus('lens-network-map svg');
  await page.keyboard.press('End');
  await page.waitForFunction(() => {
    const { x, right } = document.querySelector('lens-network-map [aria-selected=true] .box').getBoundingClientRect();
    return x >= 0 && right <= innerWidth;
  });
}, { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true, reducedMotion: 'reduce' }));
