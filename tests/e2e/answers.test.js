// What leads to a right answer: sample photos, an answer that is not sure, a larger model that is kept, and what describes a file of one's own.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { open, pageStatus, predictions, settle, start, upload, uploadModel } from './browser.js';
import { png } from './images.js';
import { modelName } from './model-dialog.js';
import { quantisedStarter, starter } from './weight-files.js';

const LARGER = 'resnet50-pq-large';
let site;
let share;
before(async () => {
  site = await start({ bundled: false });
  share = site.sharePage((page) => open(page, site.base));
});
after(() => site?.close());

const top = async (page) => (await predictions(page)).map(({ label }) => label);
const isUnsure = (page) => page.isVisible('lens-predictions [data-unsure]');

test('a sample photo is one click away, its answer is right and sure, and going back offers the samples again', async (t) => share(async (page) => {
  await page.click('[data-sample*=tabby-cat]');
  const begun = Date.now();
  await page.locator('#predictions li').first().waitFor();
  t.diagnostic(`the answer to the first photo came after ${Date.now() - begun} ms`);
  assert.equal((await top(page))[0], 'tabby');
  assert.deepEqual([await isUnsure(page), await page.isVisible('lens-verdict'), await page.isVisible('lens-samples')], [false, false, false]);
  assert.match(page.url(), /\?image=assets(%2F|\/)samples/);
  await page.goBack();
  await page.locator('lens-samples').waitFor();
  assert.equal(await page.locator('lens-samples img').count(), 6);
}));

test('an answer below the calibrated probability is called not sure; the other classes have a row', () => share(async (page) => {
  await upload(page, 'checks.png', png(320, 200));
  const shown = await predictions(page);
  assert.ok(shown[0].probability < 0.55, `the best class of a checkerboard has ${shown[0].probability}`);
  assert.equal(await isUnsure(page), true);
  const verdict = await page.textContent('lens-verdict');
  assert.match(verdict, /Not sure\. This network knows 107 classes, such as goldfish, \w+/);
  assert.match(verdict, /A larger network:\s+ResNet-50 in 3\.8 MB 1,000 classes/);
  assert.match(await page.getAttribute('lens-verdict [data-licence]', 'href'), /LICENSE$/);
  const rest = await page.evaluate(() => [document.querySelector('[data-remainder] .label').textContent, document.querySelector('[data-remainder] meter').value]);
  assert.equal(rest[0], '102 other classes');
  assert.ok(Math.abs(rest[1] + shown.reduce((sum, { probability }) => sum + probability, 0) - 1) < 1e-3, `the rest is ${rest[1]}`);
  await page.click('lens-verdict [data-list]');
  assert.equal(await page.evaluate(() => document.activeElement.closest('[data-classes]')?.open), true);
}));

test('the larger model is loaded by address, is in use at once on the next visit, and the starter is one click away', () => site.withPage(async (page) => {
  const quantised = quantisedStarter();
  site.put('large.pth', quantised);
  let requests = 0;
  await page.context().route('**/files/large.pth', (route) => { requests += 1; return route.continue(); });
  await page.context().route('**/assets/catalog.json', async (route) => {
    const catalog = await (await route.fetch()).json();
    const [{ labels, preprocess }] = catalog.models;
    const sha256 = createHash('sha256').update(quantised).digest('hex');
    // As many names as ImageNet has classes are not needed: the labels are those of the file.
    Object.assign(catalog.models.find(({ id }) => id === LARGER), { url: `${site.other}files/large.pth`, size: quantised.length, sha256, labels: [...labels], preprocess });
    for (const card of catalog.models.filter(({ id }) => id !== LARGER)) card.labels ??= ['a'];
    catalog.models[0].labels = labels;
    await route.fulfill({ json: catalog });
  });
  await open(page, site.base);
  assert.equal(await settle(page, async () => {
    await page.click('lens-models [data-open]');
    await page.click(`lens-models [data-id=${LARGER}]`);
  }), 'ready');
  assert.equal(await modelName(page), 'ResNet-50 in 3.8 MB');
  assert.ok(page.url().includes(`model=${LARGER}`));
  assert.equal(await page.textContent('.facts a[href$=LICENSE]'), 'non-commercial');
  const asked = requests;
  await open(page, site.base);
  assert.equal(await modelName(page), 'ResNet-50 in 3.8 MB', 'it is remembered');
  assert.ok(page.url().includes(`model=${LARGER}`), 'a link to this page names it');
  assert.equal(requests, asked, 'it comes from the cache');
  assert.equal(await settle(page, () => page.click('[data-use-starter]')), 'ready');
  await open(page, site.base);
  assert.match(await modelName(page), /starter/i);
}));

const files = (...of) => of.map(([name, content]) => ({ name, mimeType: '', buffer: Buffer.from(content) }));
const NAMES = Array.from({ length: 107 }, (_, i) => `thing ${i}`).join('\n');

test('weights and class names chosen together are taken together; names that do not fit are a caution', () => share(async (page) => {
  await upload(page, 'checks.png', png(64, 64));
  assert.equal(await settle(page, () => page.setInputFiles('#model-file', files(['labels.txt', NAMES], ['mine.bin', starter]))), 'ready');
  assert.equal(await modelName(page), 'mine.bin');
  assert.match((await top(page))[0], /^thing \d+$/);
  assert.equal((await pageStatus(page)).alert, null);
  assert.equal(await settle(page, () => page.setInputFiles('#model-file', files(['few.txt', 'a\nb'], ['other.bin', starter]))), 'ready');
  assert.match((await pageStatus(page)).alert, /^few\.txt was not used: .*expected one for each of the network.s 107 classes, found 2/);
  assert.equal(await modelName(page), 'other.bin', 'it opens without them');
}));

test('the form states input and class names of a file without a card, and applies others at once', () => share(async (page) => {
  await upload(page, 'checks.png', png(64, 64));
  await uploadModel(page, 'mine.safetensors', starter);
  await page.locator('lens-model-form details').evaluate((details) => { details.open = true; }); // Closed by the test before.
  const field = (name) => page.locator(`lens-model-form [name=${name}]`);
  assert.deepEqual([await field('crop').inputValue(), await field('mean').inputValue(), await field('names').inputValue()], ['224', '0.485, 0.456, 0.406', '']);
  await field('crop').fill('128');
  await field('resize').fill('146');
  await field('names').fill(NAMES);
  assert.equal(await settle(page, () => page.click('lens-model-form [type=submit]')), 'ready');
  assert.match((await top(page))[0], /^thing \d+$/);
  assert.equal((await page.evaluate(() => window.resnetLens.model())).preprocess.crop, 128);
  assert.equal(await field('names').inputValue(), NAMES);
  await field('std').fill('1, 2');
  await page.click('lens-model-form [type=submit]');
  assert.match(await page.textContent('lens-model-form [data-message]'), /three numbers/);
  await settle(page, () => page.click('[data-use-starter]'));
  assert.equal(await page.isVisible('lens-model-form'), false);
}));
