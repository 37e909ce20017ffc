// The section of untrained networks in the panel of gradients: curves, factors and tables, on request and by a link, without an image.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { value } from '../../www/lib/format.js';
import { assertAccessible } from './accessible.js';
import { open, pageStatus, start } from './browser.js';
import { viewState } from './lens-page.js';

const SECTION = 'lens-seeded-norms';
let site;
let share;
before(async () => {
  site = await start();
  share = site.sharePage(async (page) => {
    await countCalls(page);
    await open(page, `${site.base}#gradient=1`);
  });
});
after(() => site?.close());

/** Keeps the networks that are measured in `window.networks`. The call fails while `window.failing` is set. */
const countCalls = (page) => page.addInitScript(() => {
  const { postMessage } = Worker.prototype;
  window.networks = [];
  Worker.prototype.postMessage = function post(message, ...rest) {
    if (message.method === 'seededNorms') window.networks.push(...message.args);
    return postMessage.call(this, message.method === 'seededNorms' && window.failing ? { ...message, method: 'missing' } : message, ...rest);
  };
});
/** The networks measured since the last time. */
const measuredNetworks = (page) => page.evaluate(() => window.networks.splice(0).map(({ depth, normalised, seed, shortcuts }) => `${depth} ${normalised} ${seed} ${shortcuts}`));
/** Waits until the curves are those of the choice. */
const measured = (page) => page.waitForFunction((selector) => {
  const section = document.querySelector(selector);
  return !section.classList.contains('outdated') && section.querySelector('polyline') && section.querySelector('[data-message]').textContent === '';
}, SECTION);
const norms = (page, network) => page.evaluate((given) => window.resnetLens.seededNorms(given), network);
const factorOf = (list) => list.at(0).gradient / list.at(-1).gradient;
const cells = (page, selector) => page.locator(`${SECTION} ${selector}`).allTextContents();

/** Runs `run(page)` with measured curves. */
const withCurves = (run) => share(async (page) => {
  await page.evaluate(() => { location.hash = 'gradient=1&seeded=20-norm'; });
  await measured(page);
  await measuredNetworks(page);
  await run(page);
});

async function choose(page, depth, normalised) {
  await page.selectOption(`${SECTION} [data-depth]`, String(depth));
  await page.setChecked(`${SECTION} [data-normalised]`, normalised);
}

test('nothing is measured until it is asked for; then both curves, their factors and the table are the engine’s', () => share(async (page) => {
  assert.equal(await page.isVisible(`${SECTION} [data-begin]`), true, 'without an image');
  assert.equal(await page.isVisible(`${SECTION} svg`), false);
  await choose(page, 20, true);
  assert.deepEqual(await measuredNetworks(page), []);
  await page.click(`${SECTION} [data-begin]`);
  assert.match(await page.textContent(`${SECTION} [data-message]`), /^Measuring networks of 20 layers/);
  await measured(page);
  assert.deepEqual(await measuredNetworks(page), ['20 true 1 false', '20 true 1 true']);
  assert.equal((await viewState(page)).seeded, '20-norm-1');

  const network = { depth: 20, normalised: true, seed: 1 };
  const plain = await norms(page, { ...network, shortcuts: false });
  const residual = await norms(page, { ...network, shortcuts: true });
  assert.equal(plain.length, 19, 'a convolution per layer but the last');
  assert.deepEqual(plain.map(({ node }) => node), residual.map(({ node }) => node));
  for (const curve of ['gradient', 'without']) assert.equal(await page.locator(`${SECTION} .point.${curve}`).count(), 19);
  assert.ok((await page.textContent(`${SECTION} [data-sentence]`)).endsWith(`changes by a factor of ${value(factorOf(plain))} in the plain network and by a factor of ${value(factorOf(residual))} in the residual network.`));
  assert.ok(factorOf(plain) > 2 * factorOf(residual) && factorOf(residual) > 1, 'batch norm makes the gradient grow, less with shortcuts');

  await page.click(`${SECTION} summary`);
  assert.deepEqual(await cells(page, '.sortable td:nth-child(2)'), plain.map(({ gradient }) => value(gradient)));
  assert.deepEqual(await cells(page, '.sortable td:nth-child(3)'), residual.map(({ gradient }) => value(gradient)));
  await page.click(`${SECTION} .sortable tbody button >> nth=4`);
  assert.ok((await page.textContent(`${SECTION} [data-numbers]`)).startsWith(`${plain[4].node}: residual ${value(residual[4].gradient)} · plain `));
  await page.focus(`${SECTION} svg`);
  await page.keyboard.press('ArrowRight');
  assert.equal(await page.getAttribute(`${SECTION} tr[aria-current=true]`, 'data-row'), plain[5].node);
}));

test('another choice is measured on request and another seed at once; what was measured is kept', () => withCurves(async (page) => {
  await choose(page, 20, false);
  assert.ok(await page.evaluate((selector) => document.querySelector(selector).classList.contains('outdated'), SECTION));
  await page.click(`${SECTION} [data-begin]`);
  await measured(page);
  assert.match(await page.textContent(`${SECTION} [data-sentence]`), /^20 layers without batch norm, seed 1: /);
  assert.deepEqual(await page.locator(`${SECTION} [data-why] > :visible`).evaluateAll((all) => all.map(({ dataset }) => dataset.kind)), ['none']);
  await page.click(`${SECTION} [data-another]`);
  await measured(page);
  assert.deepEqual(await measuredNetworks(page), ['20 false 1 false', '20 false 1 true', '20 false 2 false', '20 false 2 true']);
  assert.equal((await viewState(page)).seeded, '20-none-2');
  const rows = await page.locator(`${SECTION} [data-factors] tr`).evaluateAll((all) => all.map((row) => [...row.children].slice(0, 3).map(({ textContent }) => textContent).join(' ')));
  assert.deepEqual(rows, ['20 no 1', '20 no 2', '20 yes 1']);
  const factors = await cells(page, '[data-factors] td:nth-child(4)');
  assert.notEqual(factors[0], factors[1], 'the factor depends on the seed');

  await page.evaluate(() => { location.hash = 'gradient=1&seeded=20-norm'; });
  await measured(page);
  assert.deepEqual(await measuredNetworks(page), [], 'nothing is measured twice');
  assert.match(await page.textContent(`${SECTION} [data-sentence]`), /^20 layers with batch norm, seed 1: /);
}));

test('a failure is one sentence, and the next measurement works', () => withCurves(async (page) => {
  await page.evaluate(() => { window.failing = true; });
  await page.click(`${SECTION} [data-another]`);
  await page.waitForFunction((selector) => /^Measuring failed: ./.test(document.querySelector(`${selector} [data-message]`).textContent), SECTION);
  assert.ok(await page.locator(`${SECTION} polyline`).count() > 0, 'the former curves stay');
  await page.evaluate(() => { window.failing = false; });
  await page.click(`${SECTION} [data-begin]`);
  await measured(page);
  assert.equal((await pageStatus(page)).alert, null);
}));

test('accessible in both colour schemes, and nothing is clipped', () => withCurves(async (page) => {
  await page.click(`${SECTION} summary`);
  await assertAccessible(page, 'untrained networks');
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await assertAccessible(page, 'untrained networks, narrow and dark');
  await page.setViewportSize({ width: 320, height: 568 });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'no horizontal scroll bar');
}));

test('a link measures its choice in Korean and shows it', () => site.withPage(async (page) => {
  await open(page, `${site.base}?lang=ko#gradient=1&seeded=32-none-5`);
  await measured(page);
  assert.match(await page.textContent(`${SECTION} [data-sentence]`), /^32층, 배치 정규화 없음, 시드 5: /);
  assert.equal(await page.inputValue(`${SECTION} [data-depth]`), '32');
  await page.waitForFunction((selector) => {
    const { top } = document.querySelector(`${selector} h3`).getBoundingClientRect();
    return top >= 0 && top < innerHeight / 2;
  }, SECTION);
  assert.doesNotMatch((await page.textContent(SECTION)).replaceAll(/CIFAR|Yang|Balduzzi|\bHe\b|conv\d|layer\d[\w.]*|\de[+−]\d+/g, ''), /[A-Za-z]{2}/, 'no English word is left');
}));
