// A tour of all features by keyboard only, by pointer only and on a phone, with assertions and screenshots for review by eye
// (tests/e2e/screenshots/).

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { CAMERA, open, start, pageStatus, upload } from './browser.js';
import { landscape } from './images.js';
import { frames } from './live-frames.js';
import { data, skip } from './references.js';

const FOLDER = fileURLToPath(new URL('./screenshots/', import.meta.url));
const NODE = 'layer2.1.relu_1';
let site;
before(async () => {
  mkdirSync(FOLDER, { recursive: true });
  site = await start({ args: CAMERA });
});
after(() => site?.close());

/** Opens a page with an image and runs `run(page, screenshot)`; `screenshot(name)` waits until everything is drawn. */
async function withTour(name, { address = '', ...options }, run) {
  let number = 0;
  await site.withPage(async (page) => {
    const screenshot = async (what) => {
      await settled(page);
      await page.screenshot({ path: `${FOLDER}${name}-${number += 1}-${what}.png` });
    };
    await open(page, `${site.base}${address}`);
    assert.equal(await upload(page, 'landscape.png', landscape()), 'ready');
    await page.locator('[data-statistics][data-loaded]').waitFor();
    await run(page, screenshot);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `the page is ${overflow} px wider than the window`);
    assert.equal((await pageStatus(page)).alert, null);
  }, { permissions: ['camera'], ...options });
}

/** Waits until everything is drawn: two frames after the engine has answered its last request. */
const settled = (page) => page.evaluate(async () => {
  for (let round = 0; round < 2; round += 1) {
    await window.resnetLens.timings();
    await new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)); });
  }
});

const text = async (page, selector) => (await page.textContent(selector)).trim();
const viewState = (page) => page.evaluate(() => Object.fromEntries(new URLSearchParams(location.hash.slice(1))));
const nodeShown = (page, node) => page.waitForFunction((name) => document.querySelector('lens-layer').dataset.node === name
  && document.querySelector('[data-statistics][data-loaded]'), node);
const timed = (page) => page.waitForFunction(() => /dispatches: [^(]*$/.test(document.querySelector('lens-profile-strip [data-summary]').textContent));
const timesOutdated = (page) => page.waitForFunction(() => /measured before the plan changed/.test(document.querySelector('lens-profile-strip [data-summary]').textContent));
const probed = (page) => page.waitForFunction(() => /^Row \d+, column \d+: /.test(document.querySelector('[data-probe]').textContent)
  && !document.querySelector('[data-field]').hidden);
const download = async (page, act) => (await Promise.all([page.waitForEvent('download'), act()]))[0].suggestedFilename();
/** What the figure buttons save while a class map is shown. */
const FIGURES = [['grid', /_channels\.png$/], ['channel', /_channel-\d+\.png$/], ['overlay', /_class-map-[\w-]+\.png$/]];

test('tour by keyboard', () => withTour('keyboard', { viewport: { width: 1440, height: 900 }, colorScheme: 'dark' }, async (page, screenshot) => {
  const press = async (...keys) => { for (const key of keys) await page.keyboard.press(key); };
  const at = (selector) => page.focus(selector);

  await press('m', 'ArrowRight', 'ArrowRight', 'PageDown');
  assert.match(await text(page, 'lens-network-map [data-facts]'), /multiply-adds/);
  await screenshot('map');

  await press('/');
  await page.keyboard.type(NODE);
  await screenshot('search');
  await press('Enter');
  await nodeShown(page, NODE);
  await at('[name=sort]:checked');
  await press('ArrowRight');
  assert.equal((await viewState(page)).sort, 'max');
  await at('[name=scale]:checked');
  await press('ArrowLeft');
  assert.equal((await viewState(page)).scale, 'channel');
  await at('[name=colormap]');
  await press('ArrowDown');
  assert.equal((await viewState(page)).colormap, 'viridis');
  await at('[name=gamma]');
  await press('ArrowLeft', 'ArrowLeft');
  assert.ok(Number((await viewState(page)).gamma) < 1);
  await press('g', 'PageDown', 'ArrowRight');
  assert.ok(Number(await page.getAttribute('lens-channels [role=option]', 'aria-posinset')) > 2);
  await screenshot('layer');

  await at('[data-taps] input:checked');
  await press('ArrowLeft');
  await nodeShown(page, 'layer2.1.bn2');
  await page.locator('lens-layer lens-legend .diverging').waitFor();
  await screenshot('taps');

  await press('.', '.', ',');
  await at('[data-plot]');
  await press('ArrowDown', 'ArrowRight');
  await probed(page);
  await at('lens-overlay input:checked');
  await press('ArrowRight');
  assert.equal((await viewState(page)).overlay, 'channel');
  await at('[data-opacity]');
  await press('ArrowRight', 'ArrowRight');
  assert.equal(await page.inputValue('[data-opacity]'), '0.7');
  await at('[data-plot]');
  await press('ArrowDown');
  await probed(page);
  await screenshot('channel');
  await press('Escape');

  await press('c');
  assert.equal((await viewState(page)).overlay, 'cam');
  await page.locator('#predictions button').nth(1).focus();
  await press('Enter');
  assert.equal(await page.getAttribute('#predictions li:nth-child(2) button', 'aria-pressed'), 'true');
  await screenshot('class-map');

  await at('[data-measure]');
  await press('Enter');
  await timed(page);
  await screenshot('times');
  await at('[name=plan]:checked');
  await press('ArrowRight');
  assert.equal((await viewState(page)).plan, 'inspected');
  await timesOutdated(page);
  await press('ArrowLeft');

  await at('[data-save=npy]');
  assert.match(await download(page, () => press('Enter')), /\.npy$/);
  for (const [kind, ending] of FIGURES) {
    await at(`[data-save=${kind}]`);
    await press('Enter');
    await page.locator('lens-figure [data-format=png]:not(:disabled)').waitFor();
    await screenshot(`figure-${kind}`);
    await at('lens-figure [data-format=png]');
    assert.match(await download(page, () => press('Enter')), ending);
    await press('Escape');
  }

  await at('[data-camera]');
  await press('Enter');
  await frames(page, 2);
  await at('[data-plot]');
  await press('ArrowDown');
  await page.locator('[data-trace]:not([hidden])').waitFor();
  await frames(page, 2);
  await screenshot('live');
  await press('f');
  await page.locator('[data-statistics][data-loaded]').waitFor();
  const stepped = frames(page, 1);
  await press('n');
  await stepped;
  await at('[data-mirror]');
  await press('Space', 'f');
  assert.equal(await page.isChecked('[data-mirror]'), false);
  await frames(page, 1);
  await at('[data-stop]');
  await press('Enter');
  await page.locator('lens-live-controls').waitFor({ state: 'hidden' });

  await press('?');
  await screenshot('help');
  await press('Escape');
  assert.equal(await page.locator('dialog[open]').count(), 0);
}));

test('tour by pointer', () => withTour('pointer', { viewport: { width: 1024, height: 768 }, colorScheme: 'light' }, async (page, screenshot) => {
  /** Sets a slider to a fraction of its range. */
  const slide = async (selector, fraction) => {
    await page.locator(selector).scrollIntoViewIfNeeded();
    const { x, y, width, height } = await page.locator(selector).boundingBox();
    await page.mouse.click(x + 8 + (width - 16) * fraction, y + height / 2);
  };

  await page.hover('lens-network-map [data-node="layer3.2.relu"]');
  assert.match(await text(page, 'lens-network-map [data-facts]'), /^layer3\.2\.conv1 → BN → ReLU · layer \d+ of 50 · /);
  await page.click(`lens-network-map [data-node="${NODE}"]`);
  await nodeShown(page, NODE);
  await screenshot('map');

  await page.click('lens-layer label:has([value=max])');
  await page.click('lens-layer label:has([name=scale][value=network])');
  await page.selectOption('[name=colormap]', 'cividis');
  await slide('[name=gamma]', 0.25);
  await settled(page);
  const { sort, scale, colormap, gamma } = await viewState(page);
  assert.deepEqual([sort, scale, colormap, Number(gamma) < 1], ['max', 'network', 'cividis', true]);
  await page.hover('lens-channels [data-sizer]', { position: { x: 90, y: 60 } });
  assert.match(await text(page, '[data-hover]'), /^Channel \d+ · mean /);
  await page.click('lens-channels [data-sizer]', { position: { x: 90, y: 60 } });
  await screenshot('layer');

  await page.click('[data-taps] label:has-text("before BN")');
  await nodeShown(page, 'layer2.1.conv2');
  await screenshot('taps');

  await page.click('lens-channel [data-step="1"]');
  await page.click('lens-overlay label:has([value=channel])');
  await slide('[data-opacity]', 0.9);
  assert.ok(Number(await page.inputValue('[data-opacity]')) > 0.8);
  await page.locator('[data-plot]').hover({ position: { x: 60, y: 90 } });
  await probed(page);
  await screenshot('channel');

  await page.click('#predictions li:nth-child(3) button');
  assert.equal((await viewState(page)).overlay, 'cam');
  await screenshot('class-map');

  await page.click('[data-measure]');
  await timed(page);
  await page.hover('lens-profile-strip rect >> nth=12', { force: true });
  assert.match(await text(page, 'lens-profile-strip [data-summary]'), /ms · /);
  await screenshot('times');
  await page.click('lens-profile-strip label:has([value=inspected])');
  await timesOutdated(page);
  await page.click('lens-profile-strip label:has([value=fused])');

  assert.match(await download(page, () => page.click('[data-save=npy]')), /\.npy$/);
  for (const [kind, ending] of FIGURES) {
    await page.click(`[data-save=${kind}]`);
    assert.match(await download(page, () => page.click('lens-figure [data-format=png]')), ending);
    await page.click('lens-figure [data-close]');
  }

  await page.click('[data-camera]');
  await frames(page, 2);
  await page.locator('[data-plot]').hover({ position: { x: 60, y: 60 } });
  await page.locator('[data-trace]:not([hidden])').waitFor();
  await frames(page, 2);
  await screenshot('live');
  await page.click('[data-freeze]');
  await page.locator('[data-statistics][data-loaded]').waitFor();
  const stepped = frames(page, 1);
  await page.click('[data-step]');
  await stepped;
  await page.click('label:has([data-mirror])');
  assert.equal(await page.isChecked('[data-mirror]'), false);
  await page.click('[data-stop]');
  await page.locator('lens-live-controls').waitFor({ state: 'hidden' });

  await page.click('lens-help [data-open]');
  await screenshot('help');
  await page.click('lens-help [data-close]');
}));

test('tour on a phone by touch', () => withTour('phone', {
  viewport: { width: 390, height: 844 }, colorScheme: 'dark', hasTouch: true, isMobile: true, reducedMotion: 'reduce',
}, async (page, screenshot) => {
  await screenshot('image');
  await page.tap('lens-search [data-open]');
  await page.fill('lens-search input', 'layer4.2.relu_2');
  await page.tap('#found-layers [role=option]');
  await nodeShown(page, 'layer4.2.relu_2');
  await page.locator('lens-layer').scrollIntoViewIfNeeded();
  await page.tap('lens-channels [data-sizer]', { position: { x: 70, y: 90 } });
  await screenshot('layer');
  await page.locator('[data-plot]').scrollIntoViewIfNeeded();
  await page.tap('[data-plot]', { position: { x: 120, y: 120 } });
  await probed(page);
  await screenshot('channel');
  await page.tap('[data-close-inspector]');
  await page.locator('#predictions').scrollIntoViewIfNeeded();
  await page.tap('#predictions li:nth-child(2) button');
  assert.equal((await viewState(page)).overlay, 'cam');
  await screenshot('class-map');
  await page.tap('[data-camera]');
  await frames(page, 2);
  await page.locator('lens-image').scrollIntoViewIfNeeded();
  await screenshot('live');
  await page.tap('[data-stop]');
  await page.locator('lens-live-controls').waitFor({ state: 'hidden' });
  await page.setViewportSize({ width: 320, height: 640 });
  await screenshot('narrow');
}));

test('a layer of 2048 channels on a phone', { skip }, () => {
  site.put('resnet50.safetensors', data('weights/resnet50-imagenet.f16.safetensors'));
  return withTour('phone-2048', {
    address: '?model=files/resnet50.safetensors#layer=layer4.2.relu_2',
    viewport: { width: 390, height: 844 }, colorScheme: 'light', hasTouch: true, isMobile: true,
  }, async (page, screenshot) => {
    const option = page.locator('lens-channels [role=option]');
    assert.equal(await option.getAttribute('aria-setsize'), '2048');
    await page.locator('lens-layer').scrollIntoViewIfNeeded();
    await page.keyboard.press('g');
    await screenshot('first');
    await page.keyboard.press('End');
    assert.equal(await option.getAttribute('aria-posinset'), '2048');
    assert.equal(await text(page, '[data-statistics] div:last-child dd'), '2,048 of 2,048');
    await screenshot('last');
  });
});
