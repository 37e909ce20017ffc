// The panel of gradients: the curves over the layers, Grad-CAM and the saliency, and when they are measured.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { value } from '../../www/lib/format.js';
import { assertAccessible } from './accessible.js';
import { CAMERA, open, pageStatus, predictions, start, upload, waitForState } from './browser.js';
import { landscape, png } from './images.js';
import { viewState } from './lens-page.js';

const PANEL = 'lens-gradient';
const OPENER = '[data-open-gradient]';
const LAST = 'layer4.2.relu_2';
const FIRST_EDIT = 'branch:layer3.1:0.5';
let site;
let share;
before(async () => {
  site = await start({ args: CAMERA });
  site.put('landscape.png', landscape());
  share = site.sharePage(async (page) => {
    await countCalls(page);
    await open(page, site.base);
    assert.equal(await upload(page, 'landscape.png', landscape()), 'ready');
  }, { permissions: ['camera'] });
});
after(() => site?.close());

/** Keeps the names of the engine's calls in `window.calls`. The call that `window.failing` names fails. */
const countCalls = (page) => page.addInitScript(() => {
  const { postMessage } = Worker.prototype;
  window.calls = [];
  Worker.prototype.postMessage = function post(message, ...rest) {
    window.calls.push(message.method);
    return postMessage.call(this, message.method === window.failing ? { ...message, method: 'missing' } : message, ...rest);
  };
});
/** The calls that measure gradients since the last time. */
const gradientCalls = (page) => page.evaluate(() => window.calls.splice(0).filter((call) => /^grad/.test(call)));

/** Waits until everything in the panel belongs to the present view. */
const measured = (page) => page.waitForFunction((selector) => {
  const panel = document.querySelector(selector);
  return !panel.hidden && !panel.classList.contains('outdated') && panel.querySelectorAll('figure').length === 2 && panel.querySelector('[data-message]').textContent === '';
}, PANEL);

/** Runs `run(page)` with the panel open, measured for the most probable class of the network without edits. */
const withPanel = (run, options) => share(async (page) => {
  if (!(await page.isVisible(PANEL))) await page.click(OPENER);
  await page.evaluate(() => { location.hash = 'gradient=1'; });
  await page.waitForFunction(() => document.querySelector('lens-edited').dataset.edits === '');
  await waitForState(page, 'ready');
  await measured(page);
  await gradientCalls(page);
  await run(page);
  assert.equal((await pageStatus(page)).alert, null);
}, options);

const engine = (page, call, ...args) => page.evaluate(async ([name, given]) => {
  const result = await window.resnetLens[name](...given);
  return result.data ? { ...result, data: [...result.data] } : result;
}, [call, args]);
const sentence = (page) => page.textContent(`${PANEL} [data-sentence]`);
const points = (page, curve) => page.locator(`${PANEL} .point.${curve}`).count();
const shortcutsOff = async (page) => {
  const blocks = new Set((await engine(page, 'layers')).filter(({ role }) => role === 'add').map(({ block }) => block));
  return [...blocks].map((block) => `shortcut:${block}:0`);
};
const indexOfLargest = (values) => values.indexOf(Math.max(...values));
/** The quotient of the first convolution's norm and that of the last on the main path. */
function factorOf(norms) {
  const path = norms.filter(({ node }) => !node.includes('downsample'));
  return path.at(0).gradient / path.at(-1).gradient;
}

test('the panel is closed at first and measures nothing; a button opens and closes it', () => share(async (page) => {
  assert.equal(await page.isVisible(PANEL), false);
  assert.deepEqual(await gradientCalls(page), []);
  await page.click(OPENER);
  assert.equal(await page.isVisible(PANEL), true);
  assert.equal(await page.getAttribute(OPENER, 'aria-expanded'), 'true');
  assert.equal((await viewState(page)).gradient, '1');
  await measured(page);
  assert.deepEqual(await gradientCalls(page), ['gradientNorms', 'gradientNorms', 'gradCam', 'gradient']);
  await page.click(`${PANEL} [data-close]`);
  assert.equal(await page.isVisible(PANEL), false);
  assert.equal((await viewState(page)).gradient, undefined);
  assert.equal(await page.evaluate(() => document.activeElement.hasAttribute('data-open-gradient')), true);
}));

test('the curves have a point per layer with a gradient, and the sentence has the engine’s factors', () => withPanel(async (page) => {
  const [{ index }] = await predictions(page);
  const own = await engine(page, 'gradientNorms', index, []);
  const off = await engine(page, 'gradientNorms', index, await shortcutsOff(page));
  assert.ok(own.length > 50 && off.length > 40 && off.length < own.length);
  assert.equal(await points(page, 'gradient'), own.length);
  assert.equal(await points(page, 'without'), off.length);
  assert.equal(await page.locator(`${PANEL} .curve.without`).evaluate((line) => getComputedStyle(line).strokeDasharray !== 'none'), true, 'the second line is dashed');
  assert.equal(await sentence(page), 'From the last convolution (layer4.2.conv3) to the first (conv1), the norm of the gradient changes by a factor of '
    + `${value(factorOf(own))}; without shortcuts by a factor of ${value(factorOf(off))}.`);
  assert.ok(factorOf(off) < 1e-3 * factorOf(own), 'without shortcuts the gradient vanishes');

  await page.click(`${PANEL} summary`);
  const cells = (column) => page.locator(`${PANEL} tbody td:nth-child(${column})`).allTextContents();
  assert.deepEqual(await cells(2), own.map(({ gradient }) => value(gradient)));
  assert.deepEqual(await cells(4), own.map((one) => value(one.value)));
  await page.click(`${PANEL} [data-column=gradient] button`);
  assert.equal(await page.getAttribute(`${PANEL} [data-column=gradient]`, 'aria-sort'), 'descending');
  assert.equal((await cells(2))[0], value(Math.max(...own.map(({ gradient }) => gradient))));
}));

test('a layer is selected in the chart with pointer and keys, and in the table', () => withPanel(async (page) => {
  const shown = (node) => page.waitForFunction((name) => document.querySelector('lens-gradient [data-numbers]').textContent.startsWith(`${name}: `)
    && document.querySelector('lens-gradient [aria-selected=true]')?.ariaLabel.startsWith(`${name}: `), node);
  await page.locator(`${PANEL} [role=option][aria-label^="layer2.1.conv1: "]`).click();
  await shown('layer2.1.conv1');
  assert.equal((await viewState(page)).layer, 'layer2.1.relu');
  await page.focus(`${PANEL} svg[role=listbox]`);
  await page.mouse.move(0, 0);
  await page.keyboard.press('ArrowRight');
  await shown('layer2.1.conv2');
  await page.keyboard.press('Home');
  await shown('conv1');
  await page.click(`${PANEL} summary`);
  await page.click(`${PANEL} tbody tr:has-text("layer4.1.conv3") button`);
  await shown('layer4.1.conv3');
  assert.equal(await page.getAttribute(`${PANEL} tr[aria-current=true]`, 'data-row'), 'layer4.1.conv3');
  assert.deepEqual(await gradientCalls(page), [], 'nothing is measured again');
}));

test('Grad-CAM of the last block is the class activation map, and the saliency the gradient’s largest magnitude', () => withPanel(async (page) => {
  const [{ index }] = await predictions(page);
  const logits = (await engine(page, 'layers')).at(-1).name;
  const cam = await engine(page, 'gradCam', index, LAST);
  // The gradient with respect to the pooled values is the classifier's row of weights.
  const weights = (await engine(page, 'gradient', logits, index, 'avgpool')).data;
  const { shape: [, channels, rows, columns], data } = await engine(page, 'featureMap', LAST);
  const size = rows * columns;
  const map = Array.from({ length: size }, (_, i) => Math.max(0, weights.reduce((sum, weight, c) => sum + weight * data[c * size + i], 0)));
  assert.equal(weights.length, channels);
  assert.deepEqual(cam.shape, [1, 1, rows, columns]);
  const scale = Math.max(...cam.data) / Math.max(...map);
  for (const [i, one] of cam.data.entries()) assert.ok(Math.abs(one - map[i] * scale) < 1e-3 * Math.max(...cam.data), `cell ${i}: ${one}, expected ${map[i] * scale}`);

  const brightest = (at) => page.evaluate(([panel, number]) => {
    const canvas = document.querySelectorAll(`${panel} figure canvas`)[number];
    const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    const sums = Array.from({ length: pixels.length / 4 }, (_, i) => pixels[4 * i] + pixels[4 * i + 1] + pixels[4 * i + 2]);
    return { size: [canvas.height, canvas.width], at: sums.indexOf(Math.max(...sums)) };
  }, [PANEL, at]);
  assert.deepEqual(await brightest(0), { size: [rows, columns], at: indexOfLargest(map) });
  const image = await engine(page, 'gradient', logits, index, 'input');
  const area = image.shape[2] * image.shape[3];
  const saliency = Array.from({ length: area }, (_, i) => Math.max(...[0, 1, 2].map((c) => Math.abs(image.data[c * area + i]))));
  assert.deepEqual(await brightest(1), { size: image.shape.slice(2), at: indexOfLargest(saliency) });
  const [first, second] = await page.locator(`${PANEL} figure canvas`).evaluateAll((all) => all.map((canvas) => canvas.getBoundingClientRect().toJSON()));
  assert.deepEqual([first.width, first.height, first.top], [second.width, second.height, second.top], 'both maps have the same size');

  await gradientCalls(page);
  await page.selectOption(`${PANEL} [data-layer]`, 'layer3.0.relu_2');
  await page.waitForFunction((panel) => /layer3\.0 block output/.test(document.querySelector(`${panel} figcaption`).textContent), PANEL);
  await measured(page);
  assert.deepEqual(await gradientCalls(page), ['gradCam'], 'only this map is measured');
  const { size: other } = await brightest(0);
  assert.equal(other[0], 2 * rows);
  await page.selectOption(`${PANEL} [data-layer]`, LAST);
  await measured(page);
}));

test('another class is measured again, and a link holds it', () => withPanel(async (page) => {
  const [best, second] = await predictions(page);
  assert.equal(await page.inputValue(`${PANEL} [data-class]`), String(best.index));
  const former = await sentence(page);
  await page.selectOption(`${PANEL} [data-class]`, String(second.index));
  await page.waitForFunction((before) => document.querySelector('lens-gradient [data-sentence]').textContent !== before, former);
  await measured(page);
  assert.equal((await viewState(page)).class, String(second.index));
  assert.deepEqual(await gradientCalls(page), ['gradientNorms', 'gradientNorms', 'gradCam', 'gradient']);
  assert.ok((await sentence(page)).includes(`factor of ${value(factorOf(await engine(page, 'gradientNorms', second.index, [])))};`));
  await page.selectOption(`${PANEL} [data-class]`, String(best.index));
  await page.waitForFunction((before) => document.querySelector('lens-gradient [data-sentence]').textContent === before, former);
  assert.equal((await viewState(page)).class, undefined);
}));

test('edits are measured again; without shortcuts there is one curve', () => withPanel(async (page) => {
  const former = await sentence(page);
  const edit = (text) => page.evaluate((edits) => { location.hash = `gradient=1&edit=${edits}`; }, text);
  const applied = (text) => page.waitForFunction((edits) => document.querySelector('lens-edited').dataset.edits === edits, text);
  await edit(FIRST_EDIT);
  await applied(FIRST_EDIT);
  await page.waitForFunction((before) => document.querySelector('lens-gradient [data-sentence]').textContent !== before, former);
  await measured(page);
  const [{ index }] = await predictions(page);
  const own = await engine(page, 'gradientNorms', index, [FIRST_EDIT]);
  assert.equal(await points(page, 'gradient'), own.length);
  assert.ok((await sentence(page)).includes(`factor of ${value(factorOf(own))};`));

  const all = (await shortcutsOff(page)).join();
  await edit(all);
  await applied(all);
  await page.waitForFunction(() => document.querySelectorAll('lens-gradient .curve').length === 1);
  await measured(page);
  const [{ index: now }] = await predictions(page);
  assert.match(await sentence(page), /changes by a factor of [^;]+\.$/);
  assert.ok((await sentence(page)).endsWith(`factor of ${value(factorOf(await engine(page, 'gradientNorms', now, all.split(','))))}.`));
}));

test('closing the panel ends the work, and a closed panel costs nothing', () => withPanel(async (page) => {
  const [, , third] = await predictions(page);
  await page.selectOption(`${PANEL} [data-class]`, String(third.index));
  await page.click(`${PANEL} [data-close]`);
  await engine(page, 'timings'); // Calls run in order, so one that waited at the click has been sent.
  await gradientCalls(page);
  assert.equal(await upload(page, 'checks.png', png(320, 200)), 'ready');
  await engine(page, 'timings');
  assert.deepEqual(await gradientCalls(page), [], 'no call begins');
}));

test('another image is measured, and a failure is one sentence that does not stop the next measurement', () => withPanel(async (page) => {
  assert.equal(await upload(page, 'landscape.png', landscape()), 'ready');
  await page.waitForFunction(() => window.calls.includes('gradient'));
  await measured(page);
  assert.deepEqual(await gradientCalls(page), ['gradientNorms', 'gradientNorms', 'gradCam', 'gradient']);
  await page.evaluate(() => { window.failing = 'gradCam'; });
  await page.selectOption(`${PANEL} [data-layer]`, 'layer3.1.relu_2');
  await page.waitForFunction(() => /^Measuring failed: ./.test(document.querySelector('lens-gradient [data-message]').textContent)
    && !document.querySelector('lens-gradient').classList.contains('outdated'));
  assert.equal(await page.locator(`${PANEL} figure`).count(), 1, 'the other map stays');
  await page.evaluate(() => { window.failing = null; });
  await page.selectOption(`${PANEL} [data-layer]`, LAST);
  await measured(page);
}));

test('accessible in both colour schemes', () => withPanel(async (page) => {
  await page.click(`${PANEL} summary`);
  for (const [width, height] of [[1440, 900], [390, 844]]) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ['dark', 'light']) {
      await page.emulateMedia({ colorScheme });
      await assertAccessible(page, `gradient (${width} px, ${colorScheme})`, { colours: colorScheme === 'light' });
    }
  }
  await page.setViewportSize({ width: 320, height: 568 });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'no horizontal scroll bar');
}));

test('a live view is not measured, and a frozen frame is', () => withPanel(async (page) => {
  await page.click('[data-camera]');
  await page.waitForFunction(() => /^Freeze the view/.test(document.querySelector('lens-gradient [data-message]').textContent));
  await engine(page, 'timings');
  await gradientCalls(page);
  const shown = await page.textContent('[data-rate]');
  await page.waitForFunction((rate) => document.querySelector('[data-rate]').textContent !== rate, shown);
  assert.deepEqual(await gradientCalls(page), []);
  await page.keyboard.press('f');
  await measured(page);
  assert.ok(await points(page, 'gradient') > 50);
}));

test('a link opens the panel in Korean', () => site.withPage(async (page) => {
  await open(page, `${site.base}?lang=ko&image=files/landscape.png#gradient=1`);
  await measured(page);
  assert.equal(await page.textContent(`${PANEL} .label.gradient`), '이 네트워크');
  await page.click(`${PANEL} summary`);
  const texts = await page.locator(PANEL).textContent();
  assert.doesNotMatch(texts.replaceAll(/Grad-CAM|Integrated Gradients|Adebayo|Petsiuk|Selvaraju|Simonyan|Sundararajan|CIFAR|Yang|Balduzzi|\bHe\b|[\w.@]*(conv|downsample)[\w.]*|layer\d[\w.]*|\de[−+]\d+/g, ''), /[A-Za-z]{2}/, 'no English word is left');
  await assertAccessible(page, 'gradient (Korean)');
}));
