// Layout at common window sizes: image and top 5 are visible without scrolling, nothing is clipped, targets are large enough.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { open, start, upload } from './browser.js';
import { landscape } from './images.js';

const FOLDER = fileURLToPath(new URL('./screenshots/', import.meta.url));
const SIZES = [[1440, 900], [1024, 768], [1920, 1080], [390, 844]];
const NARROW = [320, 640];
/** Smallest width and height of a pointer target in CSS pixels (WCAG 2.2, 2.5.8). */
const TARGET = 24;
const VIEW = '#layer=layer2.1.relu_1&overlay=cam';
let site;
let share;
before(async () => {
  mkdirSync(FOLDER, { recursive: true });
  site = await start();
  share = site.sharePage(openAnswer);
});
after(() => site?.close());

/** Opens the page with a class map on an image. */
async function openAnswer(page) {
  await open(page, `${site.base}${VIEW}`);
  assert.equal(await upload(page, 'landscape.png', landscape()), 'ready');
}
/** Runs `run(page)` on the file's page, which shows a class map on an image. */
const withAnswer = (run, options) => share(run, options);

const resize = async (page, [width, height]) => {
  await page.setViewportSize({ width, height });
  // Two frames: layout and the drawings that depend on it.
  await page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)); }));
};

/** Waits until the engine has answered what the page asked for, and its drawings are shown. */
const drawn = (page) => page.evaluate(async () => {
  for (let round = 0; round < 2; round += 1) {
    await window.resnetLens.timings();
    await new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)); });
  }
});

/** The light page is in Korean and shows a sample photo. */
for (const colorScheme of ['dark', 'light']) {
  test(`image and top 5 are visible without scrolling, with an overlay: ${colorScheme}`, () => withAnswer(async (page) => {
    if (colorScheme === 'light') await open(page, `${site.base}?lang=ko&image=assets/samples/tabby-cat.jpg${VIEW}`);
    await page.locator('#predictions li').nth(4).waitFor();
    for (const size of SIZES) {
      await resize(page, size);
      const { hidden, image, overflow } = await page.evaluate(() => {
        const isVisible = (element) => {
          const { left, top, right, bottom } = element.getBoundingClientRect();
          // The middles of all edges are not covered by another element, such as the status line, and not scrolled out of their panel.
          const [x, y] = [(left + right) / 2, (top + bottom) / 2];
          return [[x, top + 2], [x, bottom - 2], [left + 2, y], [right - 2, y]].every((point) => element.contains(document.elementFromPoint(...point)));
        };
        const items = [...document.querySelectorAll('#predictions li')];
        return {
          hidden: [document.querySelector('lens-image'), ...items].filter((element) => !isVisible(element)).map((element) => element.textContent || 'image'),
          image: document.querySelector('lens-image').getBoundingClientRect().width,
          overflow: document.documentElement.scrollWidth - innerWidth,
        };
      });
      assert.deepEqual(hidden, [], `not visible at ${size.join('x')}`);
      assert.ok(overflow <= 0, `the page is ${overflow} px wider than the window at ${size.join('x')}`);
      if (size[0] >= 1440) assert.ok(image >= 400, `the image is ${image} px wide at ${size.join('x')}`);
      await drawn(page);
      await page.screenshot({ path: `${FOLDER}layout-${colorScheme}-${size.join('x')}.png` });
    }
    if (colorScheme === 'light') await openAnswer(page);
  }, { colorScheme }));
}

test('on a phone a tapped layer opens as a visible sheet, and closes', () => site.withPage(async (page) => {
  await openAnswer(page);
  await page.tap('lens-network-map [data-node="layer1.0.relu"]');
  const sheet = page.locator('lens-inspector.open');
  await sheet.waitFor();
  const { top, bottom } = await sheet.evaluate((element) => element.getBoundingClientRect().toJSON());
  assert.ok(top < 844 / 2 && bottom <= 844, `the sheet covers ${top} to ${bottom} of 844 px`);
  assert.equal(await page.textContent('lens-inspector.open lens-layer [data-name]'), 'layer1.0.conv1 → BN → ReLU');
  await page.locator('[data-statistics][data-loaded]').waitFor();
  await page.screenshot({ path: `${FOLDER}layout-sheet.png` });
  await page.tap('[data-close-inspector]');
  assert.equal(await sheet.count(), 0);
  await page.tap('lens-network-map [data-node="layer1.0.relu"]');
  await sheet.waitFor();
  await page.keyboard.press('Escape');
  assert.equal(await sheet.count(), 0);
}, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }));

test('nothing is clipped at 320 px, and captions wrap', () => withAnswer(async (page) => {
  await resize(page, NARROW);
  await page.click('lens-node-table summary');
  const clipped = await page.evaluate(() => {
    const scrolls = (element) => ['auto', 'scroll'].some((value) => getComputedStyle(element).overflowX === value);
    const inScroller = (element) => element.closest('[data-frame], .scroll, [data-scroller], .visually-hidden, .skip-link');
    return [...document.querySelectorAll('body *')]
      .filter((element) => element.checkVisibility() && element.clientWidth !== 1 && !inScroller(element) && !(element instanceof SVGElement) && !scrolls(element))
      .filter((element) => {
        const { overflowX, textOverflow } = getComputedStyle(element);
        const beyond = element.getBoundingClientRect().right > innerWidth + 0.5;
        const cut = element.scrollWidth > element.clientWidth + 1 && (overflowX === 'hidden' || overflowX === 'clip' || textOverflow === 'ellipsis');
        return beyond || (cut && element.clientWidth > 0);
      })
      .map((element) => `${element.tagName.toLowerCase()}.${element.className} ${element.textContent.trim().slice(0, 40)}`);
  });
  assert.deepEqual(clipped, []);
  await page.screenshot({ path: `${FOLDER}layout-320.png`, fullPage: true });
}));

test('pointer targets are at least 24 px, and controls have distinct names', () => withAnswer(async (page) => {
  await page.click('lens-node-table summary');
  for (const size of [SIZES[0], SIZES[3], NARROW]) {
    await resize(page, size);
    const small = await page.evaluate((least) => [...document.querySelectorAll('button, select, summary, label:has(input), input:not([type=radio], [type=checkbox], [type=range])')]
      .filter((element) => element.checkVisibility())
      .map((element) => ({ element, box: element.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0 && (box.width < least || box.height < least))
      .map(({ element, box }) => `${element.tagName} “${element.ariaLabel ?? element.textContent.trim()}” ${box.width}x${box.height}`), TARGET - 0.5);
    assert.deepEqual(small, [], `too small at ${size.join('x')}`);
  }
  const names = await page.evaluate(() => [...document.querySelectorAll('main button, header button')]
    .filter((element) => element.checkVisibility() && !element.closest('lens-node-table, #predictions'))
    .map((element) => element.ariaLabel ?? element.textContent.trim()));
  assert.deepEqual(names.filter((name, i) => names.indexOf(name) !== i), [], 'two buttons have the same name');
}));

// On a page of its own, because the first press of Tab is meant.
test('keyboard: a skip link leads to the predictions', () => site.withPage(async (page) => {
  await openAnswer(page);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the predictions');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'predictions-title');
  assert.match(await page.evaluate(() => location.href), /#layer=layer2\.1\.relu_1&overlay=cam$/, 'the view state is unchanged');
  for (let stop = 1; stop <= 20; stop += 1) {
    await page.keyboard.press('Tab');
    if (await page.evaluate(() => Boolean(document.activeElement.closest('#predictions')))) return;
  }
  assert.fail('no prediction within 20 stops');
}));

for (const colorScheme of ['dark', 'light']) {
  test(`dialogs, inputs and selects have an opaque background: ${colorScheme}`, () => withAnswer(async (page) => {
    const backgrounds = await page.evaluate(() => [...document.querySelectorAll('dialog, input[type=url], input[type=search], select')]
      .map((element) => getComputedStyle(element).backgroundColor));
    assert.ok(backgrounds.length >= 3, String(backgrounds));
    for (const colour of backgrounds) assert.match(colour, /^rgb\(/);
  }, { colorScheme }));
}
