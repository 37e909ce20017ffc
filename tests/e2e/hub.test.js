// Models of the hub: found by id, shown while they arrive, kept for the next visit; and everything that goes wrong on the way.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { PATIENCE, open, predictions, settle, start, told, upload, waitForState } from './browser.js';
import { png } from './images.js';
import { starter } from './weights.js';

const { models: [{ labels }] } = JSON.parse(readFileSync(new URL('../../www/assets/catalog.json', import.meta.url)));
const CONFIG = JSON.stringify({
  architecture: 'resnet50',
  num_classes: labels.length,
  label_names: labels,
  pretrained_cfg: { input_size: [3, 128, 128], crop_pct: 0.876, interpolation: 'bilinear', license: 'mit' },
});
const HALF = starter.length / 2;
let site;
/** One page for all that need no fresh one; it must survive all of them. */
let page;
before(async () => {
  site = await start();
  page = await site.newPage();
  await open(page, site.base);
});
after(() => site?.close());

const withPage = (run) => site.withPage(run);

let published = 0;

/** A repository of its own for a test, with these manners; its id. */
function publish(manners, bytes = starter) {
  const id = `hf:someone/model-${++published}`;
  site.hub.publish(id, { 'config.json': CONFIG, 'model.safetensors': bytes }, manners);
  site.hub.asked = [];
  return id;
}

const modelName = (page) => page.textContent('lens-models [data-name]');
const choose = (page, id) => settle(page, () => begin(page, id));

async function begin(page, id) {
  await page.click('lens-models [data-open]');
  await page.fill('#model-address', id);
  await page.press('#model-address', 'Enter');
}

/** What the page has kept. */
async function kept(page) {
  await page.click('lens-models [data-open]');
  await page.locator('lens-models[aria-busy=false]').waitFor();
  const said = await page.isVisible('lens-models [data-cache]') ? await page.textContent('lens-models [data-cached]') : null;
  await page.click('lens-models [data-close]');
  return said;
}

/** The ids of what lies in the browser's file system, whether complete or not. */
const keys = (page) => page.evaluate(async () => {
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('models');
  const found = [];
  for await (const [name, handle] of folder.entries()) {
    if (name.endsWith('.json')) found.push(JSON.parse(await (await handle.getFile()).text()).key);
  }
  return found;
});

/** Collects what an element says, until asked for it. */
async function listen(page, selector) {
  await page.evaluate((wanted) => {
    const node = document.querySelector(wanted);
    window.heard = [];
    new MutationObserver(() => window.heard.push(node.textContent)).observe(node, { childList: true, characterData: true, subtree: true });
  }, selector);
  return () => page.evaluate(() => window.heard);
}

async function assertAnswers(page) {
  assert.equal(await upload(page, 'checks.png', png(64, 64)), 'ready');
  assert.equal((await predictions(page)).length, 5);
}

test('a model of the hub arrives in sight, answers, and is there on the next visit without a network', () => withPage(async (page) => {
  const id = publish({ pause: 25 });
  await open(page, site.base);
  await assertAnswers(page);
  const status = await listen(page, 'lens-status [data-text]');
  await begin(page, id);
  const box = page.locator('lens-network-map.loading .loaded').first();
  await box.waitFor();
  assert.match(await page.textContent('lens-network-map [data-facts]'), /^Loaded \d+ of \d+ layers$/);
  assert.match(await modelName(page), /starter/i, 'the model before is still in use');
  const answers = await page.evaluate(() => window.resnetLens.featureMap('fc'));
  assert.equal(answers.shape[1], labels.length, 'and answers');
  assert.equal(await waitForState(page, 'ready', 'error'), 'ready');
  const heard = (await status()).filter((text) => text.startsWith('Downloading'));
  assert.ok(heard.some((text) => /: [\d.]+ [kM]B of 3\.1 MB · [\d.]+ [kM]B\/s · \d+ s left$/.test(text)), heard.join('\n'));
  assert.equal(await modelName(page), 'someone/model-1');
  assert.equal(await page.locator('lens-network-map.loading').count(), 0);
  assert.match(await page.textContent('.facts'), /128.*mit/s);
  assert.match(await kept(page), /^1 model cached \(3\.1 MB\)$/);
  assert.equal(new URL(page.url()).searchParams.get('model'), id);

  site.hub.down = true;
  await open(page, page.url());
  site.hub.down = false;
  assert.equal(await modelName(page), 'someone/model-1');
  assert.match(await page.textContent('.facts'), /from the browser cache/);
  await assertAnswers(page);

  await page.click('lens-models [data-open]');
  await page.click('lens-models [data-forget]');
  await page.locator('lens-models [data-cache]').waitFor({ state: 'hidden' });
  await page.click('lens-models [data-close]');
  await assertAnswers(page);
}));

const BREAKING = {
  'is taken up where it broke off': [{ cuts: [HALF] }, (asked) => assert.deepEqual(asked.map(({ from }) => from > 0), [false, true])],
  'is taken up twice': [{ cuts: [1e6, 2e6] }, (asked) => assert.ok(asked.length > 2 && asked.at(-1).from > 1e6, JSON.stringify(asked))],
  'is begun again where the server knows no ranges': [{ cuts: [HALF], ranges: false }, (asked) => assert.ok(asked[1].range)],
  'of unknown length is read to its end': [{ length: null }, (asked) => assert.equal(asked.length, 1)],
};

for (const [what, [manners, check]] of Object.entries(BREAKING)) {
  test(`a download ${what}`, async () => {
    const id = publish(manners);
    assert.equal(await choose(page, id), 'ready', (await told(page)).alert);
    check(site.hub.asked);
    assert.equal(await modelName(page), id.slice('hf:'.length));
    assert.ok((await keys(page)).includes(id));
    await assertAnswers(page);
  });
}

test('a download that breaks off for good can be tried again, and goes on from there', async () => {
  const former = await modelName(page);
  const manners = { cuts: [HALF], always: true };
  const id = publish(manners);
  assert.equal(await choose(page, id), 'error');
  assert.match((await told(page)).alert, /^The download of the model at .* broke off after 1\.\d MB of 3\.1 MB\.$/);
  assert.equal(await modelName(page), former);
  Object.assign(manners, { cuts: [], always: false });
  assert.equal(await settle(page, () => page.click('lens-alert button:has-text("Try again")')), 'ready');
  assert.ok(site.hub.asked.at(-1).from > HALF / 2);
  assert.match(await modelName(page), /someone\/model/);
  await assertAnswers(page);
});

test('a download is cancelled: nothing is said, and the model before goes on', async () => {
  const former = await modelName(page);
  const id = publish({ pause: 200 });
  assert.equal(await settle(page, async () => {
    await begin(page, id);
    await page.locator('lens-network-map.loading').waitFor();
    await page.click('lens-status [data-cancel]');
  }), 'ready');
  assert.equal((await told(page)).alert, null);
  assert.equal(await modelName(page), former);
  assert.equal(await page.locator('lens-network-map.loading').count(), 0);
  await assertAnswers(page);
});

const BAD = {
  'that is not there': [{ status: 404 }, /answered 404/],
  'that may not be read': [{ status: 403 }, /answered 403/],
  'that is a web page': [{ page: '<!doctype html><title>Sign in</title>' }, /web page \(HTML\)/],
  'that is a web page and says otherwise': [{}, /web page \(HTML\)/, Buffer.from('<!DOCTYPE html><p>Sign in to go on</p>')],
  'that is shorter than the server says': [{ length: starter.length + 1000, digest: undefined }, /has another length|broke off/],
  'of another length than the hub says': [{ length: starter.length - 1000 }, /another length than it should: expected 3121734 bytes, found 3120734/],
  'with another digest than the hub says': [{ digest: '0'.repeat(64) }, /expected the SHA-256 0{64}, found [0-9a-f]{64}/],
  'that is cut off': [{}, /cut off: expected \d+ bytes, found 1560867/, starter.subarray(0, HALF)],
  'that is no network': [{}, /not a safetensors weight file/, Buffer.alloc(100_000, 7)],
};

for (const [what, [manners, sentence, bytes]] of Object.entries(BAD)) {
  test(`a file ${what}: a sentence, and it is not kept`, async () => {
    const former = await modelName(page);
    const id = publish(manners, bytes);
    assert.equal(await choose(page, id), 'error');
    const { alert, alerts } = await told(page);
    assert.match(alert, sentence);
    assert.equal(alerts, 1);
    assert.ok(!(await keys(page)).includes(id));
    assert.equal(await modelName(page), former);
    await assertAnswers(page);
  });
}

test('a browser without room says so, and the model works', () => withPage(async (page) => {
  await open(page, site.base);
  const client = await page.context().newCDPSession(page);
  await client.send('Storage.overrideQuotaForOrigin', { origin: new URL(site.base).origin, quotaSize: 1e6 });
  assert.equal(await choose(page, publish()), 'ready', (await told(page)).alert);
  assert.match((await told(page)).alert, /has no room to keep “someone\/model-\d+”/);
  assert.match(await modelName(page), /someone\/model/);
  await assertAnswers(page);
  assert.equal(await kept(page), null);
}));

test('where there is no private file system the browser’s cache keeps the model', () => withPage(async (page) => {
  await page.route('**/worker.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `StorageManager.prototype.getDirectory = undefined;\n${await response.text()}` });
  });
  // Of the page's own origin: while worker.js is changed on its way, the worker cannot ask others.
  site.put('kept.safetensors', starter);
  await open(page, `${site.base}?model=files/kept.safetensors`);
  assert.match(await kept(page), /^1 model cached \(3\.1 MB\)$/);
  site.remove('kept.safetensors');
  await open(page, page.url());
  assert.match(await page.textContent('.facts'), /from the browser cache/);
}));

test('the chooser tells size and licence of every model of the catalog before anything is downloaded', () => withPage(async (page) => {
  await open(page, site.base);
  await page.click('lens-models [data-open]');
  await page.locator('lens-models .catalog li').first().waitFor({ timeout: PATIENCE });
  const { models } = JSON.parse(readFileSync(new URL('../../www/assets/catalog.json', import.meta.url)));
  const shown = await page.locator('lens-models .catalog li').allTextContents();
  assert.equal(shown.length, models.length);
  for (const [index, { name, licence, accuracy }] of models.entries()) {
    for (const part of [name, licence, accuracy ?? '', ' MB']) assert.ok(shown[index].includes(part), `${part}: ${shown[index]}`);
  }
}));
