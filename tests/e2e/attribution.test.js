// The maps of what a logit depends on and how far they can be trusted: Integrated Gradients, randomised layers, deletion and insertion.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { areasOf } from '../../www/gradient/deletion-curves.js';
import { PASSING } from '../../www/gradient/randomised-layers.js';
import { agreementOf } from '../../www/gradient/rank-correlation.js';
import { value } from '../../www/lib/format.js';
import { assertAccessible } from './accessible.js';
import { open, pageStatus, predictions, start, upload, waitForState } from './browser.js';
import { landscape, png } from './images.js';

const PANEL = 'lens-gradient';
const LAST = 'layer4.2.relu_2';
/** Steps instead of the page's own, because 64 gradients take a minute on a software adapter. */
const STEPS = 2;
let site;
let share;
before(async () => {
  site = await start();
  share = site.sharePage(async (page) => {
    await shorten(page);
    await open(page, `${site.base}#gradient=1`);
    assert.equal(await upload(page, 'landscape.png', landscape()), 'ready');
  });
});
after(() => site?.close());

/** Keeps the engine's calls that measure gradients in `window.calls`, with their arguments; with `window.steps` in place of their steps. */
const shorten = (page) => page.addInitScript((steps) => {
  const { postMessage } = Worker.prototype;
  const stepsAt = { integratedGradients: 2, deletionCurves: 3 };
  window.calls = [];
  window.steps = steps;
  Worker.prototype.postMessage = function post(message, ...rest) {
    const { method, args } = message;
    if (/^(grad|integrated|deletion)/.test(method)) window.calls.push([method, ...args.map((one) => (one?.data ? 'map' : one))]);
    const at = stepsAt[method];
    return postMessage.call(this, at && window.steps ? { ...message, args: args.with(at, window.steps) } : message, ...rest);
  };
}, STEPS);
const calls = (page) => page.evaluate(() => window.calls.splice(0));
const named = (list, name) => list.filter(([method]) => method === name);

/** Waits until nothing is being measured and everything that is always measured belongs to the present view. */
const measured = (page) => page.waitForFunction((selector) => {
  const panel = document.querySelector(selector);
  const text = panel.querySelector('[data-message]').textContent;
  return text === '' && !panel.classList.contains('outdated') && [...panel.querySelectorAll('progress')].every(({ hidden }) => hidden)
    && [...panel.querySelectorAll('[data-correlation]')].every((one) => one.hidden || !one.textContent.startsWith('Measuring'));
}, PANEL);
const slide = async (page, to) => {
  await page.locator(`${PANEL} [data-random]`).evaluate((slider, at) => {
    slider.value = String(at);
    for (const name of ['input', 'change']) slider.dispatchEvent(new Event(name, { bubbles: true }));
  }, to);
};

/** Runs `run(page)` with the maps of the most probable class of the network without edits, and no random layers. */
const withPanel = (run, options) => share(async (page) => {
  await page.evaluate(() => { location.hash = 'gradient=1'; });
  await page.waitForFunction(() => document.querySelector('lens-edited').dataset.edits === '');
  await waitForState(page, 'ready');
  await slide(page, 0);
  await measured(page);
  await calls(page);
  await run(page);
  assert.equal((await pageStatus(page)).alert, null);
}, options);

const engine = (page, call, ...args) => page.evaluate(async ([name, given]) => {
  const plain = (one) => (one?.data ? { ...one, data: [...one.data] } : one);
  const result = await window.resnetLens[name](...given);
  return result.map?.data ? { ...result, map: plain(result.map) } : plain(result);
}, [call, args]);
const part = (page, method, name) => page.locator(`${PANEL} [data-method=${method}] ${name}`);
const figures = (page, method) => part(page, method, 'figure').count();
const correlation = (n) => n.toFixed(2).replace('-0.00', '0.00').replace('-', '−');
const measureIntegrated = async (page) => {
  const button = part(page, 'integrated', 'button');
  if (await button.isVisible()) await button.click();
  await measured(page);
};

test('Integrated Gradients are measured at request, with their completeness', () => withPanel(async (page) => {
  assert.equal(await figures(page, 'integrated'), 0);
  const [{ index }] = await predictions(page);
  await measureIntegrated(page);
  const [[, , ...args], ...others] = named(await calls(page), 'integratedGradients');
  assert.deepEqual([args, others], [[index, 64, []], []]);
  assert.equal(await figures(page, 'integrated'), 1);
  assert.equal(await part(page, 'integrated', 'lens-legend.signed').count(), 1);

  const { map, sum, output, baseline, gap } = await engine(page, 'integratedGradients', index, STEPS);
  assert.ok(Math.abs(map.data.reduce((total, one) => total + one, 0) - sum) < 1e-3 * Math.abs(sum));
  assert.ok(Math.abs(gap - Math.abs(sum - (output - baseline)) / Math.abs(output - baseline)) < 1e-4);
  const text = await part(page, 'integrated', '[data-text]').textContent();
  assert.ok(text.startsWith(`The attributions sum to ${value(sum)}. The logit ${output < baseline ? 'falls' : 'rises'} from ${value(baseline)} (black image) to ${value(output)}: a gap of `), text);
  assert.equal(await part(page, 'integrated', 'button').isVisible(), false, 'there is nothing more to measure');
}));

test('a measurement is cancelled by the button and by another image, and its result does not appear', () => withPanel(async (page) => {
  await page.evaluate(() => { window.steps = null; });
  const running = async () => {
    await page.waitForFunction(() => document.querySelector('lens-attribution progress').value > 0);
    assert.equal(await part(page, 'integrated', 'button').textContent(), 'Cancel measuring');
  };
  await page.selectOption(`${PANEL} [data-class]`, { index: 1 });
  await measured(page);
  assert.match(await part(page, 'integrated', '[data-text]').textContent(), /^This belongs to an earlier image, class, layer or edit\./);
  assert.equal(await part(page, 'integrated', 'figure.outdated').count(), 1);
  await part(page, 'integrated', 'button').click();
  await running();
  await part(page, 'integrated', 'button').click();
  await page.waitForFunction(() => document.querySelector('lens-attribution progress').hidden);
  await engine(page, 'timings');
  assert.equal(await part(page, 'integrated', 'figure.outdated').count(), 1, 'that of the other class stays');
  assert.equal(await part(page, 'integrated', 'button').textContent(), 'Measure (64 gradients)');

  await part(page, 'integrated', 'button').click();
  await running();
  assert.equal(await upload(page, 'checks.png', png(320, 200)), 'ready');
  await measured(page);
  assert.equal(await part(page, 'integrated', 'figure:not(.outdated)').count(), 0);
  await page.evaluate((steps) => { window.steps = steps; }, STEPS);
  assert.equal(await upload(page, 'landscape.png', landscape()), 'ready');
}));

test('random layers: each map beside the intact one, the rank correlation of three seeds, and the verdict', () => withPanel(async (page) => {
  const [{ index }] = await predictions(page);
  await measureIntegrated(page);
  await calls(page);
  await slide(page, 1);
  assert.equal(await page.textContent(`${PANEL} [data-random-text]`), 'fc');
  await measured(page);
  assert.deepEqual((await calls(page)).map(([method, ...args]) => [method, args.at(-1)]), [
    ...['gradCam', 'gradient'].flatMap((method) => [1, 2, 3].map((seed) => [method, [`randomise:fc:${seed}`]])), ['integratedGradients', ['randomise:fc:1']],
  ]);
  for (const method of ['cam', 'saliency', 'integrated']) {
    assert.equal(await figures(page, method), 2, method);
    assert.match(await part(page, method, '[data-hint]').textContent(), /^The verdict follows when the whole last stage is random\./);
    assert.equal(await part(page, method, '[data-verdict]').isVisible(), false);
  }
  assert.match(await part(page, 'cam', '[data-hint]').textContent(), /The channels of layer4\.2 block output are still those of trained weights/);

  await slide(page, 4);
  assert.equal(await page.textContent(`${PANEL} [data-random-text]`), 'layer4.0 to fc');
  await measured(page);
  const intact = await engine(page, 'gradCam', index, LAST);
  const agreements = [];
  for (const seed of [1, 2, 3]) agreements.push(agreementOf(intact.data, (await engine(page, 'gradCam', index, LAST, [`randomise:layer4.0.conv1:${seed}`])).data));
  const mean = agreements.reduce((sum, one) => sum + one, 0) / 3;
  assert.equal(await part(page, 'cam', '[data-correlation]').textContent(), `Rank correlation of both maps: ${correlation(mean)} (mean of the seeds: ${agreements.map(correlation).join(', ')}).`);
  assert.match(await part(page, 'cam', '[data-hint]').textContent(), /^With only 16 cells, the rank correlation of unrelated maps deviates from 0 by about 0\.26 per seed\.$/);
  assert.equal(await part(page, 'saliency', '[data-hint]').isVisible(), false);
  for (const method of ['cam', 'saliency', 'integrated']) {
    const [, found] = /: (−?\d\.\d\d) \(/.exec(await part(page, method, '[data-correlation]').textContent());
    const passes = Number(found.replace('−', '-')) <= PASSING;
    assert.match(await part(page, method, '[data-verdict]').textContent(), passes ? /^The map changes with the weights of layer4\.0 to fc: .* passes/ : /^Much of the map stays although the weights of layer4\.0 to fc are random: it fails/);
    assert.equal(await part(page, method, '[data-verdict]').getAttribute('data-verdict'), passes ? 'passes' : 'fails');
  }
  await slide(page, 0);
  assert.equal(await figures(page, 'cam'), 1);
}));

test('a link names the first random node, which the slider writes; an unknown one is ignored', () => withPanel(async (page) => {
  const follow = async (fragment, stop, text) => {
    await page.evaluate((hash) => { location.hash = hash; }, fragment);
    await page.waitForFunction(([selector, expected]) => document.querySelector(`${selector} [data-random-text]`).textContent === expected, [PANEL, text]);
    assert.equal(await page.inputValue(`${PANEL} [data-random]`), stop);
  };
  await follow('gradient=1&randomise=layer4.0.conv1', '4', 'layer4.0 to fc');
  await follow('gradient=1&randomise=fc', '1', 'fc');
  await measured(page);
  assert.equal(await figures(page, 'cam'), 2);
  await follow('gradient=1&randomise=nothing', '0', 'none');
  await slide(page, 1);
  assert.equal(await page.evaluate(() => location.hash), '#gradient=1&randomise=fc');
  await slide(page, 0);
  assert.equal(await page.evaluate(() => location.hash), '#gradient=1');
  assert.equal(await figures(page, 'cam'), 1);
}));

test('deletion and insertion curves of the chosen map beside those of a random order', () => withPanel(async (page) => {
  await page.click(`${PANEL} [data-measure-curves] button`);
  await measured(page);
  const measuredCurves = named(await calls(page), 'deletionCurves');
  const [{ index }] = await predictions(page);
  assert.deepEqual(measuredCurves.map(([, , ...args]) => args), [['map', index, 32], ['map', index, 32]]);
  const lines = await page.locator(`${PANEL} lens-deletion .curve`).evaluateAll((all) => all.map((line) => [line.getAttribute('class'), line.getAttribute('points').split(' ').length]));
  assert.deepEqual(lines, ['deletion random', 'insertion random', 'deletion', 'insertion'].map((name) => [`curve ${name}`, STEPS + 1]));

  const curves = await page.evaluate(async ([layer, best, steps]) => {
    const { gradCam, deletionCurves } = window.resnetLens;
    return deletionCurves(await gradCam(best, layer), best, steps);
  }, [LAST, index, STEPS]);
  const { deletion, insertion } = areasOf(curves);
  const text = await page.textContent(`${PANEL} [data-areas]`);
  assert.ok(text.includes(`deletion ${value(deletion)} (lower is better), insertion ${value(insertion)} (higher is better). With a random order: `), text);

  await page.selectOption(`${PANEL} [data-curves-of]`, 'saliency');
  assert.match(await page.textContent(`${PANEL} [data-areas]`), /^This belongs to an earlier/);
  await calls(page);
  await page.click(`${PANEL} [data-measure-curves] button`);
  await measured(page);
  assert.equal(named(await calls(page), 'deletionCurves').length, 1, 'the random order is known');
  assert.notEqual(await page.textContent(`${PANEL} [data-areas]`), text);
}));

test('accessible in both colour schemes, with random layers and curves', () => withPanel(async (page) => {
  await slide(page, 4);
  await measured(page);
  for (const [width, height] of [[1440, 900], [390, 844]]) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ['dark', 'light']) {
      await page.emulateMedia({ colorScheme });
      await assertAccessible(page, `attribution (${width} px, ${colorScheme})`, { colours: colorScheme === 'light' });
    }
  }
  await page.setViewportSize({ width: 320, height: 568 });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'no horizontal scroll bar');
}));

test('a closed panel measures nothing, and a link with random weights says so', () => withPanel(async (page) => {
  await page.click(`${PANEL} [data-close]`);
  await page.evaluate(() => { location.hash = 'edit=randomise:layer4.0.conv1:1'; });
  await page.waitForFunction(() => document.querySelector('lens-edited').dataset.edits === 'randomise:layer4.0.conv1:1');
  await waitForState(page, 'ready');
  await engine(page, 'timings');
  assert.deepEqual(await calls(page), []);
  await page.click('[data-open-surgery]');
  assert.deepEqual(await page.locator('lens-surgery .chip > span').allTextContents(), ['random weights from layer4.0.conv1 to the end (seed 1)']);
  await page.click('lens-surgery [data-close]');
  await page.click('[data-open-gradient]');
  await measured(page);
  assert.equal(await page.isDisabled(`${PANEL} [data-random]`), true);
  assert.match(await page.textContent(`${PANEL} [data-random-hint]`), /the edits randomise weights already/);
  assert.deepEqual(named(await calls(page), 'gradCam').map(([, , , edits]) => edits), [['randomise:layer4.0.conv1:1']]);
}));
