// Accessibility and main-thread work. With ACCESSIBLE=all in the environment also screenshots for review by eye, tests/e2e/screenshots/.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { CHECKED, EVERYTHING, assertAccessible } from './accessible.js';
import { open, predictions, start, upload, waitForState } from './browser.js';
import { leastWork, traceStyle, traceTasks, workOfImages } from './main-thread.js';
import { landscape, png } from './images.js';

const FOLDER = fileURLToPath(new URL('./screenshots/', import.meta.url));
const LONGEST_TASK = 200;
/** Limits per image, as counts, because times depend on the machine. Measured: 3 layouts, 3 style recalculations. */
const MOST = { layouts: 5, styles: 6 };
/** Limits of their sizes per image. Measured: 17 elements, 141 layout objects. 307 elements where rules for boxes of the map named an attribute of the root. */
const MOST_OF = { elements: 50, objects: 220 };

let site;
before(async () => {
  if (EVERYTHING) mkdirSync(FOLDER, { recursive: true });
  site = await start();
});
after(() => site?.close());

for (const { device, viewport, hasTouch, language } of CHECKED) {
  test(`accessible in both colour schemes: ${device}, ${language}`, async () => {
    const page = await site.newPage({ viewport, hasTouch });
    const check = async (what) => {
      for (const colorScheme of ['dark', 'light']) {
        await page.emulateMedia({ colorScheme });
        if (EVERYTHING) await page.screenshot({ path: `${FOLDER}${device}-${language}-${colorScheme}-${what}.png` });
        await assertAccessible(page, `${what} (${device}, ${language}, ${colorScheme})`, { colours: colorScheme === 'light' });
      }
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${what}: the page is ${overflow} px wider than the window`);
    };
    await open(page, `${site.base}?lang=${language}`);
    await check('open');
    assert.equal(await upload(page, 'landscape.png', landscape()), 'ready');
    await check('answer');
    await page.click('lens-link [data-open]');
    await page.locator('[data-offer]').waitFor();
    await check('link');
    await page.click('lens-link [data-close]');
    await page.evaluate(() => document.querySelector('lens-layer [data-save=grid]').click());
    await page.locator('lens-figure [data-format=png]:not(:disabled)').waitFor();
    await check('figure');
    await page.click('lens-figure [data-close]');
    for (const [layer, part] of [['avgpool', 'pooled'], ['fc', 'sum']]) {
      await page.evaluate((name) => { location.hash = `layer=${name}`; }, layer);
      await page.locator(`lens-ending [data-${part}] button`).first().waitFor();
      await page.locator('lens-ending').scrollIntoViewIfNeeded();
      await check(layer);
    }
    await page.evaluate(() => scrollTo(0, 0));
    await page.click('lens-models [data-open]');
    await check('models');
    await page.click('lens-models [data-close]');
    await page.keyboard.press('/');
    await check('search');
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await check('help');
    await page.keyboard.press('Escape');
    await upload(page, 'notes.jpg', Buffer.from('no image'));
    await check('error');
    // The last button dismisses the message, in every language.
    await page.click('lens-alert button:last-of-type');
    await upload(page, 'strip.png', png(20000, 50));
    await check('strip');
    await page.click('lens-node-table summary');
    await page.locator('lens-node-table').scrollIntoViewIfNeeded();
    await check('network');
    await page.context().close();
  });
}

test('no task of the page takes more than 200 ms while classifying', async () => {
  const page = await site.newPage();
  await open(page, site.base);
  const endTrace = await traceTasks(page, site.base);
  const large = png(3000, 2000);
  for (let run = 0; run < 3; run += 1) assert.equal(await upload(page, 'large.png', large), 'ready');
  const tasks = await endTrace();
  // CPU time, so that other processes do not count.
  const longest = Math.max(...tasks);
  assert.ok(tasks.length > 0, 'the page ran scripts');
  assert.ok(longest <= LONGEST_TASK, `a task of the page took ${longest} ms, more than ${LONGEST_TASK} ms`);
  await page.context().close();
});

test('an image causes only a few layouts', async (t) => {
  site.put('landscape.png', landscape());
  site.put('checks.png', png(320, 200));
  const addresses = ['files/landscape.png', 'files/checks.png'];
  const page = await site.newPage();
  await open(page, site.base);
  // Warm-up: the first images create the drawings.
  await workOfImages(page, addresses, addresses.length);
  const works = await workOfImages(page, addresses, 7);
  // Last, because a page in the background is drawn less often.
  const word = await leastWork(await page.context().newPage());
  const median = (kind) => works.map((work) => work[kind]).toSorted((a, b) => a - b)[works.length >> 1];
  t.diagnostic(`CPU time of the page's thread: ${median('total').toFixed(2)} ms for an image, ${word.total.toFixed(2)} ms for a word`);
  for (const [kind, most] of Object.entries(MOST)) {
    t.diagnostic(`${kind}: ${median(kind)}`);
    // Zero would mean that the result was not shown.
    assert.ok(median(kind) > 0 && median(kind) <= most, `${kind}: expected at most ${most}, found ${works.map((work) => work[kind])}`);
  }
  await page.bringToFront();
  const endTrace = await traceStyle(page);
  await workOfImages(page, addresses, 4);
  for (const [kind, sum] of Object.entries(await endTrace())) {
    t.diagnostic(`${kind}: ${sum / 4}`);
    assert.ok(sum > 0 && sum / 4 <= MOST_OF[kind], `${kind}: expected at most ${MOST_OF[kind]} per image, found ${sum / 4}`);
  }
  await page.context().close();
});

test('keyboard: the first tab stops, and a dialog that restores the focus', async () => {
  const page = await site.newPage();
  // The listener has to exist before the key press, or the browser opens its own file chooser.
  const chooser = page.waitForEvent('filechooser');
  await open(page, site.base);
  const focused = () => page.evaluate(() => document.activeElement.textContent.trim().replace(/\s+/g, ' '));
  await page.keyboard.press('Tab');
  assert.match(await focused(), /^Skip to/);
  await page.keyboard.press('Tab');
  assert.match(await focused(), /^Model/);
  const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
  assert.equal(outline, 'solid', 'the focus is visible');
  await page.keyboard.press('Enter');
  assert.equal(await page.isVisible('lens-models dialog'), true);
  await page.keyboard.press('Escape');
  assert.equal(await page.isVisible('lens-models dialog'), false);
  assert.match(await focused(), /^Model/, 'the focus is back where it was');
  for (const stop of [/^Copy link/, /^한국어$/, /^Tour$/, /^\?$/, /^Camera/, /^Choose a photo/]) {
    await page.keyboard.press('Tab');
    assert.match(await focused(), stop);
  }
  await page.keyboard.press('Enter');
  await (await chooser).setFiles({ name: 'keys.png', mimeType: '', buffer: png(64, 64) });
  await page.locator('#predictions > *').first().waitFor();
  await waitForState(page, 'ready');
  assert.equal((await predictions(page)).length, 5);
  await page.context().close();
});
