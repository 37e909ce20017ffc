// The panel that edits the network: controls, links, undo and history, measurements of the blocks, what names the edits.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible } from './accessible.js';
import { CAMERA, open, pageStatus, predictions, reopen, start, upload, uploadModel, waitForState } from './browser.js';
import { png } from './images.js';
import { frames } from './live-frames.js';
import { traceTasks } from './main-thread.js';
import { starter } from './weight-files.js';

const image = png(320, 200);
const BLOCK = 'layer3.1';
const PANEL = 'lens-surgery';
let site;
let share;
before(async () => {
  site = await start({ args: CAMERA });
  site.put('checks.png', image, 'image/png');
  site.put('mine.safetensors', starter);
  share = site.sharePage(async (page) => {
    await open(page, `${site.base}#layer=${BLOCK}.relu_2`);
    assert.equal(await upload(page, 'checks.png', image), 'ready');
    intact = await top(page);
  });
});
after(() => site?.close());

/** The probabilities of the network without edits. */
let intact = null;
const top = async (page) => (await predictions(page)).map(({ index, probability }) => ({ index, probability }));
const edits = (page) => page.evaluate(() => new URLSearchParams(location.hash.slice(1)).get('edit') ?? '');
const words = (page) => page.locator(`${PANEL} .chip > span`).allTextContents();
const isEdited = (page) => page.isVisible('lens-edited');

/** Waits until the page's edits are `text` and the result is that of the engine with these edits. */
async function applied(page, text) {
  await page.waitForFunction((wanted) => (new URLSearchParams(location.hash.slice(1)).get('edit') ?? '') === wanted
    && document.querySelector('lens-edited').dataset.edits === wanted, text);
  await waitForState(page, 'ready');
}

/** Runs `run(page)` with the panel open, the block selected and no edits. */
const withPanel = (run, options) => share(async (page) => {
  await page.evaluate((layer) => { location.hash = `layer=${layer}`; }, `${BLOCK}.relu_2`);
  await applied(page, '');
  if (!(await page.isVisible(PANEL))) await page.click('[data-open-surgery]');
  await page.waitForFunction((block) => document.querySelector('[data-block-name]').textContent === block, BLOCK);
  await run(page);
  assert.equal((await pageStatus(page)).alert, null);
}, options);

const set = (page, selector, value) => page.locator(`${PANEL} ${selector}`).evaluate((slider, factor) => {
  slider.value = String(factor);
  slider.dispatchEvent(new Event('input', { bubbles: true }));
  slider.dispatchEvent(new Event('change', { bubbles: true }));
}, value);

test('the panel is closed at first, opens with a button and a key, and closes to the button', () => share(async (page) => {
  assert.equal(await page.isVisible(PANEL), false);
  assert.equal(await page.getAttribute('[data-open-surgery]', 'aria-expanded'), 'false');
  await page.keyboard.press('e');
  assert.equal(await page.isVisible(PANEL), true);
  await page.click(`${PANEL} [data-close]`);
  assert.equal(await page.isVisible(PANEL), false);
  assert.equal(await page.evaluate(() => document.activeElement.hasAttribute('data-open-surgery')), true);
  assert.equal(await isEdited(page), false);
}));

test('each control of a block changes the address, the prediction, the list and the map', () => withPanel(async (page) => {
  const controls = [
    { what: 'branch off', act: () => page.uncheck(`${PANEL} [data-dial=branch] [type=checkbox]`), text: `branch:${BLOCK}:0`, chip: `${BLOCK}: F(x) off`, formula: 'y = ReLU(x)' },
    { what: 'branch scaled', act: () => set(page, '[data-dial=branch] [type=range]', 1.5), text: `branch:${BLOCK}:1.5`, chip: `${BLOCK}: 1.5 · F(x)`, formula: 'y = ReLU(x + 1.5 · F(x))' },
    { what: 'shortcut off', act: () => page.uncheck(`${PANEL} [data-dial=shortcut] [type=checkbox]`), text: `shortcut:${BLOCK}:0`, chip: `${BLOCK}: shortcut off`, formula: 'y = ReLU(F(x))' },
    { what: 'bypass', act: () => page.check(`${PANEL} [data-skip]`), text: `skip:${BLOCK}`, chip: `${BLOCK} bypassed`, formula: 'y = x' },
    { what: 'half steps', act: () => page.selectOption(`${PANEL} [data-repeat]`, { index: 1 }), text: `repeat:${BLOCK}:2`, chip: `${BLOCK}: 2 steps of 1/2 · F(x)`, formula: 'x ← ReLU(x + 0.5 · F(x)), 2 times' },
    { what: 'in full', act: () => page.selectOption(`${PANEL} [data-repeat]`, { index: 5 }), text: `repeat:${BLOCK}:2:1`, chip: `${BLOCK}: 2 times in full` },
    { what: 'swap', act: () => page.click(`${PANEL} [data-swap="1"]`), text: `swap:${BLOCK}:layer3.2`, chip: `${BLOCK} and layer3.2 swapped` },
    { what: 'reverse', act: () => page.click(`${PANEL} [data-reverse]`), text: 'reverse:layer3.1:layer3.5', chip: 'layer3.1 to layer3.5 reversed' },
    { what: 'all shortcuts', act: () => page.check(`${PANEL} [data-all-shortcuts]`), chips: 16 },
  ];
  for (const { what, act, text, chip, chips = 1, formula } of controls) {
    await act();
    const wanted = text ?? await edits(page);
    await applied(page, wanted);
    assert.notDeepEqual(await top(page), intact, `${what}: the prediction changes`);
    assert.equal((await words(page)).length, chips, what);
    if (chip) assert.deepEqual(await words(page), [chip]);
    if (formula) assert.equal(await page.textContent(`${PANEL} [data-formula]`), formula);
    assert.ok(await page.locator('lens-network-map .edits > *').count() > 0, `${what}: the map is marked`);
    const label = await page.getAttribute(`lens-network-map [data-node="${BLOCK}.relu_2"]`, 'aria-label');
    if (chip) assert.ok(label.includes(chip), `${what}: ${label}`);
    assert.equal(await isEdited(page), true, what);
    await page.click(`${PANEL} [data-remove-all]`);
    await applied(page, '');
    assert.deepEqual(await top(page), intact, `${what}: reset gives the network's own answer`);
    assert.equal(await isEdited(page), false, what);
    assert.equal(await page.locator('lens-network-map .edits').count(), 0);
  }
}));

test('a channel is set to zero, and the stride moves', () => withPanel(async (page) => {
  await page.check(`${PANEL} [data-lesion]`);
  const lesion = await edits(page);
  assert.match(lesion, new RegExp(`^lesion:${BLOCK}\\.relu_2:\\d+$`));
  await applied(page, lesion);
  const [, node, channel] = lesion.split(':');
  const values = await page.evaluate(async ([name, index]) => {
    const { shape: [, , h, w], data } = await window.resnetLens.featureMap(name);
    return [...data.slice(index * h * w, (index + 1) * h * w)];
  }, [node, Number(channel)]);
  assert.ok(values.every((value) => value === 0), 'the maps follow');
  await page.click(`${PANEL} [data-undo]`);
  await applied(page, '');

  const loaded = await page.locator(`${PANEL} [name=surgery-stride]:checked`).inputValue();
  const other = loaded === '1x1' ? '3x3' : '1x1';
  // By keyboard: what is measured meanwhile may move the panel under a pointer.
  await page.locator(`${PANEL} [name=surgery-stride][value="${other}"]`).press('Space');
  await applied(page, `stride:${other}`);
  assert.notDeepEqual(await top(page), intact);
  const side = (at) => page.evaluate(async (name) => (await window.resnetLens.layers()).find((one) => one.name === name).shape[2], at);
  assert.equal(await side('layer2.0.conv1'), other === '1x1' ? 16 : 32);
  await page.locator(`${PANEL} [name=surgery-stride][value="${loaded}"]`).press('Space');
  await applied(page, '');
  assert.deepEqual(await top(page), intact);
}));

test('undo, redo, back and forward return to the edits before; a dragged slider is one step', () => withPanel(async (page) => {
  const entries = () => page.evaluate(() => history.length);
  await page.locator(`${PANEL} [data-dial=branch] [type=range]`).dispatchEvent('pointerdown');
  const before = await entries();
  for (const factor of [0.9, 0.7, 0.5]) await set(page, '[data-dial=branch] [type=range]', factor);
  await applied(page, `branch:${BLOCK}:0.5`);
  assert.equal(await entries(), before + 1, 'one entry for the slider');
  const halved = await top(page);
  await page.check(`${PANEL} [data-skip]`);
  await applied(page, `branch:${BLOCK}:0.5,skip:${BLOCK}`);
  await page.click(`${PANEL} [data-undo]`);
  await applied(page, `branch:${BLOCK}:0.5`);
  assert.deepEqual(await top(page), halved);
  await page.click(`${PANEL} [data-redo]`);
  await applied(page, `branch:${BLOCK}:0.5,skip:${BLOCK}`);
  assert.equal(await page.isDisabled(`${PANEL} [data-redo]`), true);
  await page.goBack();
  await applied(page, `branch:${BLOCK}:0.5`);
  await page.goForward();
  await applied(page, `branch:${BLOCK}:0.5,skip:${BLOCK}`);
  await page.click(`${PANEL} .chip:first-child button`);
  await applied(page, `skip:${BLOCK}`);
  assert.deepEqual(await words(page), [`${BLOCK} bypassed`]);
}));

test('of a slider’s many factors the engine gets few, and the latest one last', () => withPanel(async (page) => {
  await page.evaluate((selector) => {
    window.operations = [];
    const mark = document.querySelector('lens-edited');
    new MutationObserver(() => window.operations.push(mark.dataset.edits)).observe(mark, { attributeFilter: ['data-edits'] });
    const slider = document.querySelector(selector);
    slider.dispatchEvent(new PointerEvent('pointerdown'));
    for (let step = 1; step <= 20; step += 1) {
      slider.value = String(1 - step / 20);
      slider.dispatchEvent(new Event('input', { bubbles: true }));
    }
  }, `${PANEL} [data-dial=shortcut] [type=range]`);
  await applied(page, `shortcut:${BLOCK}:0`);
  const last = await top(page);
  const operations = await page.evaluate(() => window.operations);
  assert.deepEqual(operations, [`shortcut:${BLOCK}:0.95`, `shortcut:${BLOCK}:0`]);
  await page.click(`${PANEL} [data-undo]`);
  await applied(page, '');
  await page.click(`${PANEL} [data-redo]`);
  await applied(page, `shortcut:${BLOCK}:0`);
  assert.deepEqual(await top(page), last);
}));

test('a link opens the same edits, and invalid ones are one sentence each', () => site.withPage(async (page) => {
  const text = 'branch:layer3.0:0,swap:layer3.1:layer3.2';
  await open(page, `${site.base}?image=files/checks.png#layer=layer3.1.relu_2&edit=${text}`);
  await applied(page, text);
  assert.equal(await page.isVisible(PANEL), true, 'edits open the panel');
  const linked = await top(page);
  await reopen(page);
  await applied(page, text);
  assert.deepEqual(await top(page), linked);
  await page.click('lens-link [data-open]');
  assert.match(await page.inputValue('lens-link [data-address]'), /edit=branch:layer3\.0:0,swap:layer3\.1:layer3\.2/);
  await page.click('lens-link [data-close]');

  await page.goto('about:blank');
  await page.goto(`${site.base}?image=files/checks.png#edit=branch:layer3.0:3,skip:layer9.0,repeat:layer1.0:2,skip:layer3.1`);
  // The image of the address removes a message, which is shown again.
  await page.locator('#predictions > *').first().waitFor();
  await page.locator('lens-alert:visible').waitFor();
  assert.equal(await edits(page), 'skip:layer3.1');
  const { alert } = await pageStatus(page);
  assert.match(alert, /^Edit: expected branch:BLOCK:FACTOR.*found “branch:layer3\.0:3”\. .*“skip:layer9\.0”.*no residual block.*“repeat:layer1\.0:2”.*identity/);
  await page.click('lens-alert button:has-text("Dismiss")');
  await applied(page, 'skip:layer3.1');
}));

test('edits stay with another model where they fit', () => site.withPage(async (page) => {
  await open(page, `${site.base}#edit=branch:layer3.1:0`);
  assert.equal(await upload(page, 'checks.png', image), 'ready');
  await applied(page, 'branch:layer3.1:0');
  assert.equal(await uploadModel(page, 'mine.safetensors', starter), 'ready');
  await applied(page, 'branch:layer3.1:0');
  const edited = await top(page);
  await page.click('lens-edited [data-remove-all]');
  await applied(page, '');
  assert.notDeepEqual(await top(page), edited);
}));

test('the norms of every block are a chart and a sortable table; a block is chosen in both', () => withPanel(async (page) => {
  await page.waitForFunction(() => /ratio/.test(document.querySelector('lens-block-strip [role=option]')?.ariaLabel ?? ''));
  const options = page.locator('lens-block-strip [role=option]');
  assert.equal(await options.count(), 16);
  await page.click('lens-block-strip [role=option][data-block="layer2.1"]');
  await page.waitForFunction(() => document.querySelector('[data-block-name]').textContent === 'layer2.1');
  await page.waitForFunction(() => /^layer2\.1: /.test(document.querySelector('lens-block-strip [data-numbers]').textContent));
  await page.focus('lens-block-strip [data-chart]');
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(() => document.querySelector('[data-block-name]').textContent === 'layer2.2');

  await page.click('lens-block-strip summary');
  const ratios = () => page.locator('lens-block-strip tbody td:nth-child(4)').allTextContents();
  await page.click('lens-block-strip [data-column=ratio] button');
  const sorted = (await ratios()).map((one) => Number(one.replace('−', '-')));
  assert.deepEqual(sorted, sorted.toSorted((a, b) => b - a));
  assert.equal(await page.getAttribute('lens-block-strip [data-column=ratio]', 'aria-sort'), 'descending');
  assert.equal(sorted.length, 16);
  await page.click('lens-block-strip tbody tr:has-text("layer4.2") button');
  await page.waitForFunction(() => document.querySelector('[data-block-name]').textContent === 'layer4.2');

  const former = await options.nth(1).getAttribute('aria-label');
  await page.evaluate(() => { location.hash += '&edit=branch:layer1.0:0.5'; });
  await applied(page, 'branch:layer1.0:0.5');
  await page.waitForFunction((text) => document.querySelectorAll('lens-block-strip [role=option]')[1].ariaLabel !== text, former);
}));

test('what each block matters arrives block by block, can be cancelled, and is outdated by an edit', () => withPanel(async (page) => {
  const measured = () => page.evaluate(() => [...document.querySelectorAll('lens-block-strip [role=option]')].filter(({ ariaLabel }) => /without F/.test(ariaLabel)).length);
  const button = 'lens-block-strip [data-importance]';
  // Cancelled by a script at the first block: sixteen take less time than two clicks of a test on an idle machine.
  const label = await page.evaluate((selector) => new Promise((resolve) => {
    const start = document.querySelector(selector);
    new MutationObserver((_changes, observer) => {
      if (![...document.querySelectorAll('lens-block-strip [role=option]')].some(({ ariaLabel }) => /without F/.test(ariaLabel))) return;
      observer.disconnect();
      resolve(start.textContent);
      start.click();
    }).observe(document.querySelector('lens-block-strip'), { attributeFilter: ['aria-label'], subtree: true });
    start.click();
  }), button);
  assert.equal(label, 'Cancel measuring');
  await page.locator(`${button}:has-text("What does each block matter?")`).waitFor();
  const some = await measured();
  assert.ok(some > 0 && some < 16, `${some} blocks were measured before it was cancelled`);

  const endTrace = await traceTasks(page, site.base);
  await page.click(button);
  await page.waitForFunction(() => [...document.querySelectorAll('lens-block-strip [role=option]')].every(({ ariaLabel }) => /without F/.test(ariaLabel)));
  await page.locator(`${button}:has-text("What does each block matter?")`).waitFor();
  const longest = Math.max(...await endTrace());
  assert.ok(longest < 50, `a task of the page took ${longest} ms of CPU time`);
  assert.match(await page.textContent('lens-block-strip [data-explanation]'), /with the branch F\(x\) of this one block off/);
  assert.equal(await page.locator('lens-block-strip.outdated').count(), 0);

  const change = await page.getAttribute(`lens-block-strip [data-block="${BLOCK}"]`, 'aria-label');
  await page.uncheck(`${PANEL} [data-dial=branch] [type=checkbox]`);
  await applied(page, `branch:${BLOCK}:0`);
  await page.locator('lens-block-strip.outdated').waitFor();
  const [, difference] = /without F\(x\): (\S+) points/.exec(change);
  const now = (await predictions(page)).find(({ index }) => index === intact[0].index)?.probability;
  if (now !== undefined) assert.ok(Math.abs(Number(difference.replace('−', '-')) / 100 - (now - intact[0].probability)) < 1e-3, 'it is what the edit does');
}));

test('x + F(x) is one click away and follows the edits', () => withPanel(async (page) => {
  await page.click(`${PANEL} [data-sum]`);
  const captions = (wanted) => page.waitForFunction((titles) => {
    const maps = document.querySelector('lens-compare [data-maps]');
    return maps.getAttribute('aria-busy') === 'false' && [...maps.querySelectorAll('figcaption b')].map(({ textContent }) => textContent).join('|') === titles;
  }, wanted.join('|'));
  await captions(['x', 'F(x)', 'x + F(x)', 'ReLU']);
  const [branch, shortcut] = await page.evaluate((block) => Promise.all([`${block}.bn3`, 'layer3.0.relu_2'].map(async (name) => {
    const { data } = await window.resnetLens.featureMap(name);
    return Math.sqrt(data.reduce((sum, value) => sum + value * value, 0));
  })), BLOCK);
  await page.waitForFunction(([block, ratio]) => {
    const shown = /ratio (\S+)/.exec(document.querySelector(`lens-block-strip [data-block="${block}"]`)?.ariaLabel ?? '')?.[1];
    return shown && Math.abs(Number(shown) - ratio) < 0.01 * ratio;
  }, [BLOCK, branch / shortcut]);
  await set(page, '[data-dial=branch] [type=range]', 1.5);
  await captions(['x', '1.5 · F(x)', 'x + 1.5 · F(x)', 'ReLU']);
  const sums = await page.evaluate(async (block) => {
    const read = async (name) => (await window.resnetLens.featureMap(name)).data;
    const [x, f, sum] = [await read('layer3.0.relu_2'), await read(`${block}.bn3`), await read(`${block}.add`)];
    return Math.max(...sum.map((value, i) => Math.abs(value - (x[i] + 1.5 * f[i]))));
  }, BLOCK);
  assert.ok(sums < 1e-4, `the sum differs by ${sums}`);
  await page.uncheck(`${PANEL} [data-dial=shortcut] [type=checkbox]`);
  await captions(['x off', '1.5 · F(x)', '1.5 · F(x)', 'ReLU']);
}));

test('figures and exported results name the edits', () => withPanel(async (page) => {
  await page.uncheck(`${PANEL} [data-dial=branch] [type=checkbox]`);
  await applied(page, `branch:${BLOCK}:0`);
  await page.click('lens-layer [data-save=grid]');
  await page.locator('lens-figure [data-format=svg]:not(:disabled)').waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('lens-figure [data-format=svg]')]);
  const chunks = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk);
  assert.match(Buffer.concat(chunks).toString(), /Edited network: layer3\.1: F\(x\) off/);
  await page.click('lens-figure [data-close]');
}));

test('the panel works with the keyboard alone', () => withPanel(async (page) => {
  await page.focus(`${PANEL} [data-dial=branch] [type=checkbox]`);
  await page.keyboard.press('Space');
  await applied(page, `branch:${BLOCK}:0`);
  await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await applied(page, `branch:${BLOCK}:0.1`);
  await page.focus(`${PANEL} .chip button`);
  await page.keyboard.press('Enter');
  await applied(page, '');
  assert.equal(await page.evaluate(() => document.activeElement !== document.body), true, 'the focus is not lost');
}));

test('a new image is computed by the edited network', () => withPanel(async (page) => {
  await page.check(`${PANEL} [data-skip]`);
  await applied(page, `skip:${BLOCK}`);
  const skipped = await top(page);
  assert.equal(await upload(page, 'checks.png', image), 'ready');
  assert.deepEqual(await top(page), skipped);
}));

test('edits follow in a live view, and a frozen frame is measured', () => site.withPage(async (page) => {
  await open(page, site.base);
  await page.click('[data-open-surgery]');
  await page.click('[data-camera]');
  await page.locator('#predictions > *').first().waitFor();
  await page.check(`${PANEL} [data-all-shortcuts]`);
  await page.waitForFunction(() => /^shortcut:/.test(document.querySelector('lens-edited').dataset.edits ?? ''));
  const numbers = (pattern) => page.waitForFunction((source) => new RegExp(source).test(document.querySelector('lens-block-strip [data-numbers]').textContent), pattern);
  await numbers('^Freeze the view');
  // The first may be one of the network without edits, which the frozen view would classify again.
  await frames(page, 2);
  await page.keyboard.press('f');
  await page.waitForFunction(() => /ratio/.test(document.querySelector('lens-block-strip [role=option]')?.ariaLabel ?? ''));
  const frozen = await page.getAttribute('#predictions > *', 'data-probability');
  await page.click(`${PANEL} [data-remove-all]`);
  await page.waitForFunction((before) => document.querySelector('#predictions > *').dataset.probability !== before, frozen);
  assert.equal(await isEdited(page), false);
}, { permissions: ['camera'] }));

for (const language of ['en', 'ko']) {
  test(`accessible in both colour schemes and at three sizes: ${language}`, () => site.withPage(async (page) => {
    await open(page, `${site.base}?lang=${language}&image=files/checks.png#layer=layer3.1.relu_2&edit=branch:layer3.1:0.5,shortcut:layer2.1:0,repeat:layer3.3:2,swap:layer3.1:layer3.2`);
    await page.waitForFunction(() => document.querySelectorAll('lens-surgery .chip').length === 4);
    await page.click('lens-block-strip summary');
    for (const [width, height] of [[1440, 900], [390, 844], [320, 568]]) {
      await page.setViewportSize({ width, height });
      for (const colorScheme of ['dark', 'light']) {
        await page.emulateMedia({ colorScheme });
        await assertAccessible(page, `surgery (${width} px, ${language}, ${colorScheme})`, { colours: colorScheme === 'light' });
      }
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `the page is ${overflow} px wider than the window of ${width} px`);
    }
  }));
}
