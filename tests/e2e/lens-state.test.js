// The lens: saved files, URL state, all nodes, other models, profile, thumbnails and content that matches the selection.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { TIMEOUT, open, settle } from './browser.js';
import { NODE, channelShown, feature, number, pixels, saved, startLens, statisticsShown, text, viewState, withLens, withOwnLens } from './lens-page.js';

let site;
before(async () => { site = await startLens(); });
after(() => site?.close());

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
  assert.deepEqual(await viewState(page), state, 'the URL is unchanged');
  await page.selectOption('[name=colormap]', 'magma');
  assert.equal('colormap' in await viewState(page), false, 'a default is not in the URL');
  await page.focus('[name=gamma]');
  await page.keyboard.press('ArrowRight');
  assert.equal((await viewState(page)).gamma, '0.59');
  assert.deepEqual(page.errors, []);
  await page.context().close();
});

// In a small window, because a software adapter draws every visible tile of every node.
test('all nodes of a ResNet-50 are found by the search and shown with statistics', () => withOwnLens({}, async (page) => {
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
}, { viewport: { width: 480, height: 320 } }));

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

test('the lens shows another model after a change', () => withOwnLens({ layer: NODE, overlay: 'cam' }, async (page) => {
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
  assert.equal((await viewState(page)).plan, 'inspected');
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
      window.recording = requestAnimationFrame(check);
    };
    window.recording = requestAnimationFrame(check);
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
  const { stale, frames } = await page.evaluate(() => {
    cancelAnimationFrame(window.recording);
    return { stale: window.stale, frames: window.frames };
  });
  assert.ok(frames > 10, `${frames} frames`);
  assert.deepEqual([...new Set(stale)], []);
}));
