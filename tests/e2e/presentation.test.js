// Presentation mode, and the accessibility of tray, comparisons and presentation.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CHECKED, assertAccessible } from './accessible.js';
import { CAMERA, open, start, upload, waitForState } from './browser.js';
import { landscape, png } from './images.js';
import { channelShown, text } from './lens-page.js';

/** Smallest text that a room can read, in CSS pixels. */
const LEAST_TEXT = 28;
/** Smallest button in CSS pixels. */
const LEAST_TARGET = 44;
const NODE = 'layer2.1.relu_1';
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true };

let site;
before(async () => { site = await start({ args: CAMERA }); });
after(() => site?.close());

const withImage = (run, { language = 'en', ...options } = {}) => site.withPage(async (page) => {
  await open(page, `${site.base}?lang=${language}#layer=${NODE}&channel=3`);
  assert.equal(await upload(page, 'landscape.png', landscape()), 'ready');
  await run(page);
}, options);
const presented = (page) => page.evaluate(() => document.documentElement.dataset.presenting ?? null);
const value = (page) => text(page, 'lens-presentation .value');
const selectedLayer = (page) => page.getAttribute('lens-layer', 'data-node');
/** Waits until the channel's map is that of the selection. */
const drawn = (page) => page.waitForFunction(() => {
  const plot = document.querySelector('lens-channel .plot');
  const { node } = document.querySelector('lens-layer').dataset;
  const channel = /\d+/.exec(document.querySelector('lens-channel [data-name]').textContent)[0];
  return plot.dataset.drawn === `${node} channel ${channel}` && plot.getAttribute('aria-busy') === 'false';
});

for (const [name, options] of [['desktop', {}], ['phone', PHONE]]) {
  test(`a channel fills the window, with text that a room can read: ${name}`, () => withImage(async (page) => {
    await page.keyboard.press('p');
    assert.equal(await presented(page), 'channel');
    const { plot, window, texts, buttons, inside } = await page.evaluate(() => {
      const box = (element) => element.getBoundingClientRect();
      const info = document.querySelector('lens-presentation');
      const { width, left, top, bottom } = box(document.querySelector('lens-channel .plot'));
      return {
        plot: width,
        window: Math.min(innerWidth, innerHeight),
        inside: left >= 0 && top >= 0 && bottom <= innerHeight && info.scrollWidth <= info.clientWidth,
        texts: [...info.querySelectorAll('h2, p')].map((element) => parseFloat(getComputedStyle(element).fontSize)),
        buttons: [...info.querySelectorAll('button')].map((button) => Math.min(box(button).width, box(button).height)),
      };
    });
    assert.ok(plot >= window * 0.85, `the map has ${plot} of ${window} px`);
    assert.ok(inside, 'nothing is outside of the window');
    assert.ok(texts.every((size) => size >= LEAST_TEXT), String(texts));
    assert.ok(buttons.every((size) => size >= LEAST_TARGET), String(buttons));
    assert.match(await text(page, 'lens-presentation h2'), /^layer2\.1\.conv2 → BN → ReLU$/);
    assert.equal(await text(page, 'lens-presentation h2 + p'), 'Channel 3');
    assert.equal(await text(page, 'lens-presentation .class'), `${await text(page, '#predictions .label')}, ${await text(page, '#predictions .percent')}`);
    assert.equal(await page.isVisible('lens-predictions'), false, 'the rest of the page is not reachable');
    await page.keyboard.press('Escape');
    assert.equal(await presented(page), null);
    assert.equal(await page.isVisible('lens-predictions'), true);
  }, options));
}

test('arrow keys and buttons step channels and layers; Escape leaves', () => withImage(async (page) => {
  await page.click('[data-present]');
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(() => document.querySelector('lens-presentation h2 + p').textContent !== 'Channel 3');
  await page.keyboard.press('ArrowLeft');
  await page.waitForFunction(() => document.querySelector('lens-presentation h2 + p').textContent === 'Channel 3');
  await page.keyboard.press('ArrowDown');
  await page.waitForFunction((before) => document.querySelector('lens-layer').dataset.node !== before, NODE);
  const next = await selectedLayer(page);
  await drawn(page);
  await page.click('lens-presentation [aria-keyshortcuts=ArrowUp]');
  await page.waitForFunction((wanted) => document.querySelector('lens-layer').dataset.node === wanted, NODE);
  assert.notEqual(next, NODE);
  await page.click('lens-presentation button:text-is("Layer")');
  assert.equal(await presented(page), 'layer');
  const { width, height } = await page.locator('lens-channels').boundingBox();
  assert.ok(width * height > 0.5 * 1440 * 900, `the tiles have ${width} x ${height} px`);
  await page.keyboard.press('?');
  assert.equal(await page.isVisible('lens-help dialog'), true, 'dialogs are visible');
  await page.keyboard.press('Escape');
  assert.equal(await presented(page), 'layer', 'the first Escape closes the dialog');
  await page.keyboard.press('Escape');
  assert.equal(await presented(page), null);
  assert.equal(await page.evaluate(() => document.activeElement.hasAttribute('data-present')), true, 'the focus is back where it was');
  assert.equal(await page.evaluate(() => document.fullscreenElement), null);
}));

test('a click pins a cell, and its value stays through channels', () => withImage(async (page) => {
  await page.keyboard.press('p');
  const { x, y, width, height } = await page.locator('lens-channel .plot').boundingBox();
  await page.mouse.click(x + width * 0.4, y + height * 0.7);
  await page.waitForFunction(() => document.querySelector('lens-presentation .value').textContent !== '');
  const first = await value(page);
  const cell = /Row \d+, column \d+/.exec(first)[0];
  await page.mouse.move(x + width + 200, y + 20);
  assert.equal(await value(page), first, 'the pointer has left');
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(() => document.querySelector('lens-presentation h2 + p').textContent !== 'Channel 3');
  await page.waitForFunction((wanted) => document.querySelector('lens-presentation .value').textContent.startsWith(wanted), cell);
  const [node, channel] = [await selectedLayer(page), await channelShown(page)];
  const [row, column] = cell.match(/\d+/g).map(Number);
  const expected = await page.evaluate(async ([name, c, r, k]) => {
    const { shape: [, , h, w], data } = await window.resnetLens.featureMap(name);
    return data[(c * h + r) * w + k];
  }, [node, channel, row, column]);
  const found = Number(/: (\S+)$/.exec(await value(page))[1].replace('−', '-'));
  assert.ok(Math.abs(found - expected) <= Math.abs(expected) * 0.01 + 1e-3, `${found} is not ${expected}`);
}));

test('presentation works in the live view', () => site.withPage(async (page) => {
  await open(page, `${site.base}#layer=${NODE}&channel=3`);
  await page.click('[data-camera]');
  await page.locator('#predictions > *').first().waitFor();
  await page.keyboard.press('p');
  const { x, y, width, height } = await page.locator('lens-channel .plot').boundingBox();
  await page.mouse.click(x + width / 2, y + height / 2);
  await page.waitForFunction(() => document.querySelector('lens-presentation .value').textContent !== '');
  assert.match(await text(page, 'lens-presentation .class'), / %$/);
  // The value and the class follow the frames.
  const changes = await page.evaluate(() => new Promise((resolve) => {
    const values = new Set();
    const element = document.querySelector('lens-presentation .value');
    new MutationObserver(() => {
      values.add(element.textContent);
      if (values.size > 2) resolve(values.size);
    }).observe(element, { childList: true, characterData: true, subtree: true });
    setTimeout(() => resolve(values.size), 60_000);
  }));
  assert.ok(changes > 0, 'the value is updated');
  await page.keyboard.press('f');
  await page.locator('[data-freeze][aria-pressed=true]').waitFor({ state: 'attached' });
  await page.keyboard.press('Escape');
  assert.equal(await presented(page), null);
}));

for (const { device, viewport, hasTouch, language } of CHECKED) {
  test(`tray, comparisons and presentation are accessible in both colour schemes: ${device}, ${language}`, () => withImage(async (page) => {
    const check = async (what) => {
      for (const colorScheme of ['dark', 'light']) {
        await page.emulateMedia({ colorScheme });
        await assertAccessible(page, `${what} (${colorScheme})`, { colours: colorScheme === 'light' });
      }
    };
    await page.setInputFiles('#image-file', [
      { name: 'checks.png', mimeType: '', buffer: png(320, 200) }, { name: 'notes.jpg', mimeType: '', buffer: Buffer.from('no image') },
    ]);
    await page.waitForFunction(() => document.querySelectorAll('lens-tray [role=option]').length === 3 && document.querySelector('lens-tray .queue').hidden);
    await waitForState(page, 'ready');
    await check('the tray');
    for (const [compare, layer] of [['images', NODE], ['sum', 'layer2.1.relu_2']]) {
      await page.evaluate((hash) => { location.hash = hash; }, `layer=${layer}&compare=${compare}`);
      await page.waitForFunction(() => document.querySelector('lens-compare [data-maps]').getAttribute('aria-busy') === 'false'
        && document.querySelector('lens-compare figure'));
      await check(`the comparison of ${compare}`);
    }
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `the page is ${overflow} px wider than the window`);
    await page.keyboard.press('p');
    await check('a presented channel');
    await page.click('lens-presentation button:text-is("Layer")');
    await check('a presented comparison');
  }, { viewport, hasTouch, language }));
}
