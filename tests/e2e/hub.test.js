// Models from the hub: loading by id, progress, caching, resumed downloads and every kind of failure.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { TIMEOUT, open, predictions, reopen, settle, start, pageStatus, upload, waitForState } from './browser.js';
import { png } from './images.js';
import { begin, breakOffWhenRead, cachedText, choose, modelName } from './model-dialog.js';
import { HUB_CONFIG, reversedClasses, starter } from './weight-files.js';

const { num_classes: CLASSES } = JSON.parse(HUB_CONFIG);
const HALF = starter.length / 2;
let site;
let share;
before(async () => {
  site = await start();
  share = site.sharePage(async (page) => {
    breakOffWhenRead(site.hub, page);
    await open(page, site.base);
  });
});
after(() => site?.close());

/** Runs `run(page)` on one page for all tests that need no new one, because a session has to survive all failures. */
const withPage = (run) => share(run);
const withNewPage = (run) => site.withPage(run);

let published = 0;

/** Publishes a new repository with this behaviour and returns its id. */
function publish(behaviour, bytes = starter, file = 'model.safetensors') {
  const id = `hf:someone/model-${++published}`;
  site.hub.publish(id, { 'config.json': HUB_CONFIG, [file]: bytes }, behaviour);
  site.hub.requests = [];
  site.hub.tokens = [];
  return id;
}

/** The ids of the files in the browser's private file system, complete or not. */
const keys = (page) => page.evaluate(async () => {
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('models');
  const found = [];
  for await (const [name, handle] of folder.entries()) {
    if (name.endsWith('.json')) found.push(JSON.parse(await (await handle.getFile()).text()).key);
  }
  return found;
});

/** Records every text of an element; returns a function that returns them. */
async function recordTexts(page, selector) {
  await page.evaluate((wanted) => {
    const node = document.querySelector(wanted);
    window.texts = [];
    new MutationObserver(() => window.texts.push(node.textContent)).observe(node, { childList: true, characterData: true, subtree: true });
  }, selector);
  return () => page.evaluate(() => window.texts);
}

async function assertAnswers(page) {
  assert.equal(await upload(page, 'checks.png', png(64, 64)), 'ready');
  assert.equal((await predictions(page)).length, 5);
}

test('a hub model shows its progress, answers, and is loaded from the cache on the next visit without network', () => withNewPage(async (page) => {
  const id = publish({ pause: 25 });
  await open(page, site.base);
  await assertAnswers(page);
  const status = await recordTexts(page, 'lens-status [data-text]');
  await begin(page, id);
  const box = page.locator('lens-network-map.loading .loaded').first();
  await box.waitFor();
  assert.match(await page.textContent('lens-network-map [data-facts]'), /^Loaded \d+ of \d+ layers$/);
  assert.match(await modelName(page), /starter/i, 'the previous model is still in use');
  const answers = await page.evaluate(() => window.resnetLens.featureMap('fc'));
  assert.equal(answers.shape[1], CLASSES, 'and answers');
  assert.equal(await waitForState(page, 'ready', 'error'), 'ready');
  const texts = (await status()).filter((text) => text.startsWith('Downloading'));
  assert.ok(texts.some((text) => /: [\d.]+ [kM]B of 3\.1 MB · [\d.]+ [kM]B\/s · \d+ s left$/.test(text)), texts.join('\n'));
  assert.equal(await modelName(page), 'someone/model-1');
  assert.equal(await page.locator('lens-network-map.loading').count(), 0);
  assert.match(await page.textContent('.facts'), /128.*mit/s);
  assert.match(await cachedText(page), /^1 model cached \(3\.1 MB\)$/);
  assert.equal(new URL(await page.evaluate(() => location.href)).searchParams.get('model'), id);

  site.hub.down = true;
  await reopen(page);
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
  'resumes where it broke off': [{ cuts: [HALF] }, (requests) => assert.deepEqual(requests.map(({ from }) => from >= HALF), [false, true])],
  'resumes twice': [{ cuts: [1e6, 2e6] }, (requests) => {
    const [first, second, third] = requests.map(({ from }) => from);
    assert.ok(first === 0 && second >= 1e6 && second < 2e6 && third >= 2e6, JSON.stringify(requests));
  }],
  'restarts if the server does not support ranges': [{ cuts: [HALF], ranges: false }, (requests) => assert.ok(requests[1].range)],
  'of unknown length is read to its end': [{ length: null }, (requests) => assert.equal(requests.length, 1)],
};

for (const [what, [behaviour, check]] of Object.entries(BREAKING)) {
  test(`a download ${what}`, () => withPage(async (page) => {
    const id = publish(behaviour);
    assert.equal(await choose(page, id), 'ready', (await pageStatus(page)).alert);
    check(site.hub.requests);
    assert.equal(await modelName(page), id.slice('hf:'.length));
    assert.ok((await keys(page)).includes(id));
    await assertAnswers(page);
  }));
}

test('a download that has failed resumes on “Try again”', () => withPage(async (page) => {
  const former = await modelName(page);
  const behaviour = { cuts: [HALF], always: true };
  const id = publish(behaviour);
  assert.equal(await choose(page, id), 'error');
  assert.match((await pageStatus(page)).alert, /^The download of the model at .* broke off after 1\.\d MB of 3\.1 MB\.$/);
  assert.equal(await modelName(page), former);
  Object.assign(behaviour, { cuts: [], always: false });
  assert.equal(await settle(page, () => page.click('lens-alert button:has-text("Try again")')), 'ready');
  assert.ok(site.hub.requests.at(-1).from >= HALF);
  assert.match(await modelName(page), /someone\/model/);
  await assertAnswers(page);
}));

test('cancelling a download shows no alert, and the previous model stays in use', () => withPage(async (page) => {
  const former = await modelName(page);
  const id = publish({ pause: 200 });
  assert.equal(await settle(page, async () => {
    await begin(page, id);
    await page.locator('lens-network-map.loading').waitFor();
    await page.click('lens-status [data-cancel]');
  }), 'ready');
  assert.equal((await pageStatus(page)).alert, null);
  assert.equal(await page.textContent('lens-status [data-text]'), 'Download cancelled');
  assert.equal(await modelName(page), former);
  assert.equal(await page.locator('lens-network-map.loading').count(), 0);
  await assertAnswers(page);
}));

const BAD = {
  'that does not exist': [{ status: 404 }, /answered 404/],
  'that is forbidden': [{ status: 403 }, /answered 403/],
  'that is a web page': [{ page: '<!doctype html><title>Sign in</title>' }, /web page \(HTML\)/],
  'that is a web page with another content type': [{}, /web page \(HTML\)/, Buffer.from('<!DOCTYPE html><p>Sign in to go on</p>')],
  'shorter than its content-length': [{ length: starter.length + 1000, digest: undefined }, /has the wrong length|broke off/],
  'of another length than the hub reports': [{ length: starter.length - 1000 }, /has the wrong length: expected 3121734 bytes, found 3120734/],
  'with another digest than the hub reports': [{ digest: '0'.repeat(64) }, /expected the SHA-256 0{64}, found [0-9a-f]{64}/],
  'that is truncated': [{}, /cut off: expected \d+ bytes, found 1560867/, starter.subarray(0, HALF)],
  'that is not a weight file': [{}, /not a weight file: expected safetensors or a file of torch.save, found bytes of an unknown format/, Buffer.alloc(100_000, 7)],
};

for (const [what, [behaviour, sentence, bytes]] of Object.entries(BAD)) {
  test(`a file ${what} shows one alert and is not cached`, () => withPage(async (page) => {
    const former = await modelName(page);
    const id = publish(behaviour, bytes);
    assert.equal(await choose(page, id), 'error');
    const { alert, alerts } = await pageStatus(page);
    assert.match(alert, sentence);
    assert.equal(alerts, 1);
    assert.ok(!(await keys(page)).includes(id));
    assert.equal(await modelName(page), former);
    await assertAnswers(page);
  }));
}

test('every address of a model means it, whatever the weight file is called', () => withPage(async (page) => {
  const id = publish({}, starter, 'pytorch_model.bin');
  const name = id.slice('hf:'.length);
  const addresses = {
    [` ${name}/ `]: id,
    [`https://huggingface.co/${name}/blob/main/pytorch_model.bin`]: `${id}/pytorch_model.bin`,
    [`hf-hub:${name}@refs/pr/1`]: `${id}@refs/pr/1`,
  };
  for (const [address, meant] of Object.entries(addresses)) {
    assert.equal(await choose(page, address), 'ready', (await pageStatus(page)).alert);
    assert.equal(await modelName(page), name);
    assert.equal(new URL(page.url()).searchParams.get('model'), meant);
  }
  assert.equal(await choose(page, 'hf:alone'), 'error');
  assert.match((await pageStatus(page)).alert, /expected OWNER\/NAME, hf:OWNER\/NAME/);
}));

test('a token is asked for, sent to the hub only, and kept in memory only', () => withPage(async (page) => {
  const token = 'hf_Secret123';
  const id = publish({ code: 'GatedRepo', token });
  assert.equal(await choose(page, id), 'error');
  assert.match((await pageStatus(page)).alert, /private or gated: accept its conditions at http/);
  await page.click('lens-alert button:has-text("Enter an access token")');
  await page.fill('#hub-token', token);
  await page.fill('#model-address', id);
  assert.equal(await settle(page, () => page.press('#model-address', 'Enter')), 'ready', (await pageStatus(page)).alert);
  const sent = site.hub.tokens.filter(({ authorization }) => authorization);
  assert.ok(sent.length >= 3 && sent.every(({ path, authorization }) => /\/(resolve|raw)\//.test(path) && authorization === `Bearer ${token}`), JSON.stringify(sent));
  assert.equal(site.hub.requests.length, 1, 'the storage sent the weights, and got no token');
  const stored = await page.evaluate(async () => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state, location.href, document.querySelector('#hub-token').value]));
  assert.ok(!stored.includes(token));

  // Another hub gets none.
  const { href } = new URL(page.url());
  const mirror = site.hub.address.replace('localhost', '127.0.0.1');
  await page.evaluate((address) => history.replaceState(history.state, '', address), `${href}&hub=${encodeURIComponent(mirror)}`);
  site.hub.tokens = [];
  assert.equal(await choose(page, id), 'error');
  assert.ok(site.hub.tokens.length > 0 && site.hub.tokens.every(({ authorization }) => authorization === null));
  await page.click('lens-models [data-open]');
  await page.locator('lens-models[aria-busy=false]').waitFor();
  assert.match(await page.textContent('lens-models [data-hub]'), /^Models of the hub come from 127\.0\.0\.1:\d+, as this page’s address says\.$/);
  await page.click('lens-models [data-close]');
  await page.evaluate((address) => history.replaceState(history.state, '', address), href);
}));

test('a model that changed is downloaded again, and used without its server', () => withPage(async (page) => {
  const id = publish();
  const load = async () => {
    site.hub.requests = [];
    assert.equal(await choose(page, id), 'ready', (await pageStatus(page)).alert);
    return { downloads: site.hub.requests.length, facts: await page.textContent('.facts') };
  };
  assert.equal((await load()).downloads, 1);
  const kept = await load();
  assert.equal(kept.downloads, 0);
  assert.match(kept.facts, /from the browser cache$/);
  const changed = reversedClasses();
  site.hub.publish(id, { 'config.json': HUB_CONFIG, 'model.safetensors': changed });
  assert.equal((await load()).downloads, 1);
  assert.equal((await load()).downloads, 0);
  site.hub.publish(id, { 'config.json': HUB_CONFIG.replace('"mit"', '"isc"'), 'model.safetensors': changed });
  const described = await load();
  assert.equal(described.downloads, 0);
  assert.match(described.facts, /isc/);
  site.hub.down = true;
  const { facts } = await load().finally(() => { site.hub.down = false; });
  assert.match(facts, /its server could not be reached/);
  assert.equal((await keys(page)).filter((key) => key === id).length, 1);
}));

test('a server of another origin that compresses does not cut the file off', () => withPage(async (page) => {
  const id = publish({ compressed: true });
  assert.equal(await choose(page, id), 'ready', (await pageStatus(page)).alert);
  assert.equal(await choose(page, site.hub.storage(id, 'model.safetensors')), 'ready', (await pageStatus(page)).alert);
  // Chromium refuses a compressed response to a request for a part.
  assert.deepEqual(site.hub.requests.map(({ range }) => range), ['bytes=0-', null, 'bytes=0-', null]);
}));

test('without storage space the page shows a notice, and the model works', () => withNewPage(async (page) => {
  await open(page, site.base);
  const client = await page.context().newCDPSession(page);
  await client.send('Storage.overrideQuotaForOrigin', { origin: new URL(site.base).origin, quotaSize: 1e6 });
  assert.equal(await choose(page, publish()), 'ready', (await pageStatus(page)).alert);
  assert.match((await pageStatus(page)).alert, /has no room to keep “someone\/model-\d+”/);
  assert.match(await modelName(page), /someone\/model/);
  await assertAnswers(page);
  assert.equal(await cachedText(page), null);
}));

test('without a private file system the model is stored in the Cache API', () => withNewPage(async (page) => {
  await page.route('**/worker.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `StorageManager.prototype.getDirectory = undefined;\n${await response.text()}` });
  });
  // From the page's own origin: while worker.js is intercepted, the worker cannot request other origins.
  site.put('kept.safetensors', starter);
  await open(page, `${site.base}?model=files/kept.safetensors`);
  assert.match(await cachedText(page), /^1 model cached \(3\.1 MB\)$/);
  site.remove('kept.safetensors');
  await reopen(page);
  assert.match(await page.textContent('.facts'), /from the browser cache/);
}));

test('the model dialog shows size and licence of every catalog model before a download', () => withPage(async (page) => {
  await page.click('lens-models [data-open]');
  await page.locator('lens-models .catalog li').first().waitFor({ timeout: TIMEOUT });
  const { models } = JSON.parse(readFileSync(new URL('../../www/assets/catalog.json', import.meta.url)));
  const shown = await page.locator('lens-models .catalog li').allTextContents();
  assert.equal(shown.length, models.length);
  for (const [index, { name, licence, accuracy }] of models.entries()) {
    for (const part of [name, licence, accuracy ?? '', ' MB']) assert.ok(shown[index].includes(part), `${part}: ${shown[index]}`);
  }
}));
