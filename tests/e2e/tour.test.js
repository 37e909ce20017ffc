// The guided tour: every step by link and by keyboard in both languages, its question answered right and wrong, leaving and returning.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { assertAccessible } from './accessible.js';
import { open, reopen, start, upload } from './browser.js';
import { landscape, png } from './images.js';
import { STEPS } from '../../www/tour/steps.js';

const TEXTS = Object.fromEntries(['en', 'ko'].map((lang) => [lang, JSON.parse(readFileSync(new URL(`../../www/i18n/${lang}.json`, import.meta.url), 'utf8'))]));
const image = landscape();

/** @type {Awaited<ReturnType<typeof start>>} */
let site;
/** @type {ReturnType<typeof site.sharePage>} */
let share;
before(async () => {
  site = await start();
  site.put('landscape.png', image, 'image/png');
  share = site.sharePage(async (page) => {
    await open(page, site.base);
    assert.equal(await upload(page, 'landscape.png', image), 'ready');
  });
});
after(() => site?.close());

const viewState = (page) => page.evaluate(() => Object.fromEntries(new URLSearchParams(location.hash.slice(1))));
const titleOf = (page) => page.textContent('#tour-title');
const verdictOf = (page) => page.getAttribute('.tour-verdict', 'data-verdict');
const isOpen = (page) => page.isVisible('.tour-panel');
const change = (page, changes) => page.evaluate((values) => {
  const params = new URLSearchParams(location.hash.slice(1));
  for (const [key, value] of Object.entries(values)) params.set(key, value);
  location.hash = params;
}, changes);

/** Opens a step by its link; waits until the page shows it with its values. */
async function openStep(page, id, lang) {
  await page.evaluate((step) => { location.hash = `tour=${step}`; }, id);
  await page.waitForFunction((title) => document.querySelector('#tour-title')?.textContent === title && document.querySelector('.tour-panel').checkVisibility(), TEXTS[lang][`tour.title.${id}`]);
  await shown(page);
}

/** Waits until the page shows all of the selection. */
const shown = (page) => page.waitForFunction(() => document.querySelector('[data-statistics]').hasAttribute('data-loaded')
  && document.documentElement.dataset.state === 'ready'
  && [...document.querySelectorAll('[aria-busy=true]')].every((element) => !element.checkVisibility()));

/** Runs `act`, which answers the question; resolves to the verdict, "right" or "wrong". */
async function judged(page, act) {
  await act();
  await page.waitForFunction(() => ['right', 'wrong'].includes(document.querySelector('.tour-verdict').dataset.verdict));
  await shown(page);
  const text = await page.textContent('.tour-verdict');
  assert.doesNotMatch(text, /[{}]|NaN|undefined/, text);
  assert.match(text, /\d/, 'the verdict names a measured figure');
  return verdictOf(page);
}

const check = (page) => judged(page, () => page.click('.tour-question .primary'));
const select = async (page, node) => {
  await change(page, { layer: node });
  await page.waitForFunction((name) => document.querySelector('lens-layer').dataset.node === name, node);
  await page.locator('.tour-question .primary:not(:disabled)').waitFor();
};

/** Verdicts of all options of a question, by option. */
async function verdictsOfOptions(page, options) {
  const verdicts = {};
  for (const option of options) verdicts[option] = await judged(page, () => page.click(`[data-option=${option}]`));
  return verdicts;
}

/** Right and wrong answers that are given in the page. @type {Record<string, (page: any) => Promise<[string, string]>>} */
const IN_PAGE = {
  async channels(page) {
    const means = await page.evaluate(async () => {
      const { shape: [, channels], data } = await window.resnetLens.featureMap('relu');
      const size = data.length / channels;
      return Array.from({ length: channels }, (_, c) => data.subarray(c * size, (c + 1) * size).reduce((a, b) => a + b) / size);
    });
    const order = means.map((_, i) => i).sort((a, b) => means[b] - means[a]);
    const verdicts = [];
    for (const channel of [order[0], order.at(-1)]) {
      await change(page, { channel });
      await page.waitForFunction((text) => document.querySelector('.tour-question .pick').textContent.includes(text), ` ${channel}`);
      verdicts.push(await check(page));
    }
    return verdicts;
  },
  bottleneck: (page) => ofNodes(page, 'layer1.1.relu_1', 'layer1.1.bn3'),
  projection: (page) => ofNodes(page, 'layer3.0.downsample.1', 'layer3.0.relu'),
  async shortcut(page) {
    const edit = 'branch:layer1.1:';
    await change(page, { edit: `${edit}0.5` });
    const wrong = await checkWithEdits(page);
    await change(page, { edit: `${edit}0` });
    return [await checkWithEdits(page), wrong];
  },
  async cutBranch(page) {
    await select(page, 'layer1.1.relu_2');
    await check(page);
    // The verdict of a wrong answer names the least harmful block and the most harmful one.
    const text = await page.textContent('.tour-verdict');
    const named = [...text.matchAll(/layer\d\.\d+/g)].map(([name]) => name);
    const [best, worst] = await verdictOf(page) === 'right' ? [named[0], named.at(-1)] : named.slice(-2);
    const verdicts = [];
    for (const block of [best, worst]) {
      await select(page, `${block}.relu_2`);
      verdicts.push(await check(page));
    }
    return verdicts;
  },
  async classMap(page) {
    const wrong = await check(page);
    await page.click('#predictions > :nth-child(2) button');
    const name = await page.textContent('#predictions > :nth-child(2) .label');
    await page.waitForFunction((text) => document.querySelector('.tour-question .pick').textContent.includes(text), name);
    return [await check(page), wrong];
  },
  async yourTurn(page) {
    await change(page, { edit: 'branch:layer4.2:1.05' });
    const wrong = await checkWithEdits(page);
    await change(page, { edit: [1, 2, 3, 4].map((stage) => `branch:layer${stage}.0:0`).join() });
    return [await checkWithEdits(page), wrong];
  },
};

async function ofNodes(page, right, wrong) {
  const verdicts = [];
  for (const node of [right, wrong]) {
    await select(page, node);
    verdicts.push(await check(page));
  }
  return verdicts;
}

async function checkWithEdits(page) {
  await page.locator('.tour-question .primary:not(:disabled)').waitFor();
  await page.waitForFunction(() => document.querySelector('.tour-verdict').dataset.verdict === 'none');
  return check(page);
}

for (const lang of ['en', 'ko']) {
  test(`every step by link, answered right and wrong: ${lang}`, () => share(async (page) => {
    if (await page.evaluate(() => document.documentElement.lang) !== lang) await page.click('lens-language button');
    for (const [i, { id, question: { options }, sources }] of STEPS.entries()) {
      await openStep(page, id, lang);
      assert.equal(await page.evaluate(() => document.activeElement.id), 'tour-title', 'the heading has the focus');
      assert.match(await page.textContent('.tour-panel .quiet'), new RegExp(`^${i + 1}\\D+${STEPS.length}$`));
      // Answers are kept while the image stays.
      if (lang === 'en') assert.equal(await verdictOf(page), 'none', id);
      const links = await page.locator('.tour-sources a').evaluateAll((all) => all.map(({ href, target, rel }) => ({ href, target, rel })));
      assert.equal(links.length, sources.length);
      for (const { href, ...link } of links) {
        assert.match(href, /^https:\/\/(arxiv\.org\/abs|distill\.pub)\//);
        assert.deepEqual(link, { target: '_blank', rel: 'noopener' });
      }
      if (options) {
        const verdicts = await verdictsOfOptions(page, options);
        assert.equal(Object.values(verdicts).filter((verdict) => verdict === 'right').length, 1, `${id}: ${JSON.stringify(verdicts)}`);
      } else assert.deepEqual(await IN_PAGE[id](page), ['right', 'wrong'], id);
      assert.ok(await isOpen(page), `${id}: answering does not leave the tour`);
    }
  }));
}

test('the share of zeros is that of the feature map', () => share(async (page) => {
  await page.evaluate(() => { history.replaceState(history.state, '', location.pathname); });
  await openStep(page, 'relu', 'en');
  const verdicts = await verdictsOfOptions(page, ['few', 'half', 'most']);
  const { layer } = await viewState(page);
  const zeros = await page.evaluate(async (node) => {
    const { data } = await window.resnetLens.featureMap(node);
    return data.filter((value) => value === 0).length / data.length;
  }, layer);
  const expected = zeros <= 0.25 ? 'few' : zeros <= 0.75 ? 'half' : 'most';
  assert.equal(verdicts[expected], 'right');
  assert.match(await page.textContent('.tour-verdict'), new RegExp((zeros * 100).toFixed(1)));
}));

test('attribution maps are judged by the check that the panel shows', () => share(async (page) => {
  await openStep(page, 'trust', await page.evaluate(() => document.documentElement.lang));
  await verdictsOfOptions(page, ['alike']);
  assert.equal((await viewState(page)).randomise, 'layer4.0.conv1');
  const verdict = await page.textContent('.tour-verdict');
  for (const method of ['cam', 'saliency']) {
    const selector = `lens-attribution [data-method=${method}] [data-correlation]`;
    await page.waitForFunction((one) => /\d\.\d\d/.test(document.querySelector(one)?.textContent), selector);
    const [, mean] = /(−?\d\.\d\d)/.exec(await page.textContent(selector));
    assert.ok(verdict.includes(mean), `${method}: ${mean} in ${verdict}`);
  }
  // The slider stays in use.
  await change(page, { randomise: 'fc' });
  assert.ok(await isOpen(page));
}));

test('every step by keyboard; Escape closes the panel and returns the focus', () => share(async (page) => {
  await page.evaluate(() => { history.replaceState(history.state, '', location.pathname); dispatchEvent(new PopStateEvent('popstate')); });
  await page.locator('.tour-panel').waitFor({ state: 'hidden' });
  const opener = page.locator('header [data-tour]');
  await openFirst(page, opener);
  for (let number = 1; number <= STEPS.length; number += 1) {
    await page.waitForFunction((expected) => document.querySelector('.tour-panel .quiet').textContent.startsWith(`${expected} `), number);
    assert.equal(await page.evaluate(() => document.activeElement.id), 'tour-title');
    // From the heading through question and sources to the last button.
    for (let stops = 0; stops < 20 && !await isFocused(page, '.tour-steps button:last-child'); stops += 1) await page.keyboard.press('Tab');
    assert.ok(await isFocused(page, '.tour-steps button:last-child'), `step ${number}`);
    if (number < STEPS.length) await page.keyboard.press('Enter');
  }
  await page.keyboard.press('Escape');
  assert.equal(await isOpen(page), false);
  assert.ok(await isFocused(page, 'header [data-tour]'));
  assert.equal((await viewState(page)).tour, undefined);
}));

const isFocused = (page, selector) => page.evaluate((one) => document.activeElement.matches(one), selector);

/** Opens the tour with the keyboard at its first step. */
async function openFirst(page, opener) {
  await opener.focus();
  await page.keyboard.press('Enter');
  await page.locator('.tour-panel').waitFor();
  await page.evaluate((id) => { location.hash = `tour=${id}`; }, STEPS[0].id);
}

test('a touch leaves the tour, and the chip returns to the step', () => share(async (page) => {
  const lang = await page.evaluate(() => document.documentElement.lang);
  await openStep(page, 'relu', lang);
  const { layer, tap } = await viewState(page);
  // Settings and channels do not leave it.
  await page.keyboard.press('.');
  await page.check('[name=sort][value=max]', { force: true });
  assert.ok(await isOpen(page));
  await page.click('lens-network-map [data-node="layer3.2.relu"]');
  await page.locator('.tour-chip').waitFor();
  assert.equal(await isOpen(page), false);
  assert.equal((await viewState(page)).tour, undefined);
  assert.match(await page.textContent('.tour-chip'), /4/);
  await page.click('.tour-chip .pill');
  await page.locator('.tour-panel').waitFor();
  const state = await viewState(page);
  assert.deepEqual([state.tour, state.layer, state.tap], ['relu', layer, tap]);
  await page.goBack();
  await page.locator('.tour-panel').waitFor({ state: 'hidden' });
  await page.goForward();
  await page.locator('.tour-panel').waitFor();
  await shown(page);
  // Another image is a touch as well.
  await upload(page, 'checks.png', png(320, 200));
  await page.locator('.tour-chip').waitFor();
  await page.click('.tour-chip .plain');
  assert.equal(await page.isVisible('.tour-chip'), false);
}));

test('without an image the step waits for one; a link opens its step in either language', () => site.withPage(async (page) => {
  await open(page, `${site.base}?lang=ko#tour=relu`);
  await page.locator('.tour-obstacle').waitFor();
  assert.equal(await page.isVisible('.tour-question'), false);
  assert.equal(await titleOf(page), TEXTS.ko['tour.title.relu']);
  await upload(page, 'landscape.png', image);
  await page.locator('.tour-question').waitFor();
  assert.equal(await isOpen(page), true, 'the first image does not leave the step');
  await page.evaluate(() => { history.replaceState(null, '', '?image=files/landscape.png&lang=en#tour=projection'); });
  await reopen(page);
  await page.locator('.tour-question').waitFor();
  assert.equal(await titleOf(page), TEXTS.en['tour.title.projection']);
  await page.evaluate(() => { location.hash = 'tour=nothing'; });
  await page.locator('.tour-panel').waitFor({ state: 'hidden' });
}));

for (const viewport of [{ width: 1440, height: 900 }, { width: 390, height: 844 }, { width: 320, height: 568 }]) {
  test(`accessible in both colour schemes: ${viewport.width} px`, () => share(async (page) => {
    await openStep(page, 'bottleneck', await page.evaluate(() => document.documentElement.lang));
    // The answer of an earlier test is kept while the image stays.
    if (await page.locator('.tour-question .primary:not(:disabled)').count() > 0) await check(page);
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme });
      await assertAccessible(page, `a step of the tour, ${colorScheme}`, { colours: colorScheme === 'dark' });
    }
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page is not wider than the window');
    const { y, height } = await page.locator('.tour-panel').boundingBox();
    assert.ok(y >= 0 && y + height <= viewport.height, 'the panel is inside of the window');
    await openStep(page, 'relu', 'en');
    await change(page, { layer: 'layer3.2.relu' });
    await page.locator('.tour-chip').waitFor();
    await assertAccessible(page, 'the chip of the tour');
  }, { viewport }));
}
