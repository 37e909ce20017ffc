// The end of the network: the classes by logit, the sum that results in one of them, and the pooled channels.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { feature, number, startLens, text, viewState, withLens } from './lens-page.js';

let site;
before(async () => { site = await startLens(); });
after(() => site?.close());

const near = (found, wanted, what) => assert.ok(Math.abs(found - wanted) <= 0.006 * Math.max(0.1, Math.abs(wanted)), `${what}: ${found} for ${wanted}`);

/** Texts of the cells of the sum: `[{ channel, cells }]`; `channel` is NaN for lines that are not one channel. */
const lines = (page) => page.locator('lens-ending tbody tr').evaluateAll((rows) => rows.map((row) => ({
  channel: Number(row.querySelector('button')?.dataset.channel ?? NaN),
  cells: [...row.children].map(({ textContent }) => textContent),
})));
const sumOf = (page, name) => page.waitForFunction((wanted) => document.querySelector('lens-ending [data-class-name]').textContent === wanted, name);

test('the classifier shows the classes by logit and what adds up to a logit', () => withLens({ layer: 'fc' }, async (page) => {
  const logits = (await feature(page, 'fc')).data;
  const pooled = (await feature(page, 'avgpool')).data;
  const labels = await page.evaluate(() => window.resnetLens.labels());
  const total = logits.reduce((sum, one) => sum + Math.exp(one), 0);
  const order = logits.map((_, i) => i).sort((a, b) => logits[b] - logits[a]);
  assert.equal(await page.isVisible('lens-channels'), false, 'no row of tiles of one value');
  const shown = await page.locator('lens-ending ol li button[data-class]').evaluateAll((all) => all.map((button) => ({
    index: Number(button.dataset.class), pressed: button.ariaPressed, texts: [...button.children].map(({ textContent }) => textContent),
  })));
  assert.deepEqual(shown.map(({ index }) => index), order.slice(0, 20));
  shown.forEach(({ index, pressed, texts }, rank) => {
    assert.equal(texts[0], labels[index].label);
    near(number(texts[1]), logits[index], 'logit');
    near(Number.parseFloat(texts[2]) / 100, Math.exp(logits[index]) / total, 'softmax');
    assert.equal(pressed, String(rank === 0));
  });

  const assertSum = async (index) => {
    await sumOf(page, labels[index].label);
    const found = await lines(page);
    assert.equal(found.length, 14, '8 positive, 4 negative, the others, the bias');
    const products = found.map(({ cells }) => number(cells[3]));
    const logit = number(await text(page, 'lens-ending [data-logit]'));
    near(logit, logits[index], 'logit');
    assert.ok(Math.abs(products.reduce((sum, one) => sum + one, 0) - logit) < 1e-6, `${products} add up to ${logit}`);
    for (const { channel, cells } of found.slice(0, 12)) {
      const [weight, value] = [number(cells[1]), number(cells[2].replace('× ', ''))];
      near(value, pooled[channel], `value of channel ${channel}`);
      assert.ok(Math.abs(weight * value - number(cells[3])) <= 0.012 * Math.abs(weight * value) + 0.001, `${cells}`);
    }
    assert.ok(products.slice(0, 8).every((one) => one > 0) && products.slice(8, 12).every((one) => one < 0), String(products));
    assert.match(found[12].cells[0], /^500 other channels$/);
    assert.equal(found[13].cells[0], 'bias');
    const drawn = await page.locator('lens-ending tbody canvas').evaluateAll((all) => all.map((canvas) => (
      new Set(new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size)));
    assert.ok(drawn.filter((colours) => colours > 1).length >= 8, `maps with so many colours: ${drawn}`);
    return found;
  };
  await assertSum(order[0]);
  await page.locator('lens-ending ol button').nth(4).focus();
  await page.keyboard.press('Enter');
  assert.deepEqual([(await viewState(page)).overlay, (await viewState(page)).class], ['cam', String(order[4])], 'the class of the class map');
  const [first] = await assertSum(order[4]);
  assert.equal(await page.evaluate(() => document.activeElement.dataset.class), String(order[4]), 'the focus stays');
  assert.equal(await page.locator('#predictions [aria-pressed=true]').count(), 1);

  await page.click(`lens-ending button[data-channel="${first.channel}"]`);
  await page.waitForFunction(() => document.querySelector('lens-layer').dataset.node === 'layer4.2.relu_2');
  assert.equal((await viewState(page)).channel, String(first.channel));
  assert.equal(await page.isVisible('lens-ending'), false);
  assert.equal(await page.isVisible('lens-channels'), true);
}));

test('the pool ranks its channels, which lead to their maps', () => withLens({ layer: 'avgpool' }, async (page) => {
  const { data } = await feature(page, 'avgpool');
  const order = data.map((_, i) => i).sort((a, b) => data[b] - data[a]);
  await page.locator('lens-ending [data-pooled] li').first().waitFor();
  const shown = await page.locator('lens-ending [data-pooled] button').evaluateAll((all) => all.map((button) => ({
    channel: Number(button.dataset.channel), value: button.querySelector('.number').textContent,
  })));
  assert.deepEqual(shown.map(({ channel }) => channel), order.slice(0, 48));
  shown.forEach(({ channel, value }) => near(number(value), data[channel], `channel ${channel}`));
  assert.match(await text(page, 'lens-ending [data-explanation]'), /^Each value is the mean of that channel’s 4 × 4 map in layer4\.2 block output\./);
  await page.locator('lens-ending [data-pooled] button').nth(2).click();
  await page.waitForFunction(() => document.querySelector('lens-layer').dataset.node === 'layer4.2.relu_2');
  assert.equal((await viewState(page)).channel, String(order[2]));
}));

test('progress of measuring is shown, and it can be cancelled', () => withLens({ layer: 'relu' }, async (page) => {
  const summary = () => text(page, 'lens-profile-strip [data-summary]');
  /** Measures; clicks the button again as soon as two steps are measured if `cancel`. Resolves to the texts shown meanwhile. */
  const measure = ({ cancel }) => page.evaluate((again) => new Promise((resolve) => {
    const button = document.querySelector('[data-measure]');
    const shown = [];
    const observer = new MutationObserver(() => {
      const line = document.querySelector('lens-profile-strip [data-summary]').textContent;
      if (shown.at(-1) !== line) shown.push(line);
      if (again && /^Measured 2 of/.test(line) && button.textContent === 'Cancel measuring') button.click();
      if (button.textContent !== 'Measure times') return;
      observer.disconnect();
      resolve(shown);
    });
    button.click();
    observer.observe(document.querySelector('lens-profile-strip'), { childList: true, characterData: true, subtree: true });
  }), cancel);
  const explanation = await summary();
  const steps = (shown) => shown.flatMap((line) => /^Measured (\d+) of \d+ GPU steps$/.exec(line)?.[1] ?? []).map(Number);
  const cancelled = steps(await measure({ cancel: true }));
  assert.ok(cancelled.length < 10, `steps after cancelling: ${cancelled}`);
  assert.equal(await summary(), explanation, 'a cancelled measurement has no times');
  const all = steps(await measure({ cancel: false }));
  const complete = await summary();
  assert.match(complete, /^Fused: .* dispatches: stem \d+ %.* head \d+ %$/);
  assert.equal(all.at(-1), Number(/in (\d+) dispatches/.exec(complete)[1]), 'progress ends with the last step');
  await measure({ cancel: true });
  assert.equal(await summary(), complete, 'the run before is kept');
  await page.locator('lens-profile-strip rect').last().dispatchEvent('click');
  await page.waitForFunction(() => document.querySelector('lens-layer').dataset.node === 'fc');
}));
