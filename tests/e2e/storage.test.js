// Models that the browser keeps: beginnings of interrupted downloads, and several tabs that share the cache.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, pageStatus, predictions, settle, start, upload, waitForState } from './browser.js';
import { png } from './images.js';
import { begin, breakOffWhenRead, cachedText, choose, modelName } from './model-dialog.js';
import { HUB_CONFIG, starter } from './weight-files.js';

const HALF = starter.length / 2;
let site;
before(async () => { site = await start(); });
after(() => site?.close());

let published = 0;

/** Publishes a new repository with this behaviour and returns its id. */
function publish(behaviour) {
  const id = `hf:someone/stored-${++published}`;
  site.hub.publish(id, { 'config.json': HUB_CONFIG, 'model.safetensors': starter }, behaviour);
  site.hub.requests = [];
  return id;
}

/** Runs `run(first, second)` with two tabs of the page. */
const withTabs = (run) => site.withPage(async (first) => {
  const second = await first.context().newPage();
  second.errors = [];
  second.on('pageerror', (error) => second.errors.push(String(error)));
  await open(first, site.base);
  await open(second, site.base);
  await run(first, second);
  assert.deepEqual(second.errors, []);
});

const statusText = (page) => page.textContent('lens-status [data-text]');
const uses = (page, id) => page.waitForFunction((name) => document.querySelector('lens-models [data-name]').textContent === name, id.slice('hf:'.length));

async function deleteCached(page) {
  await page.click('lens-models [data-open]');
  await page.locator('lens-models[aria-busy=false]').waitFor();
  await page.click('lens-models [data-forget]');
  await page.locator('lens-models[aria-busy=false]').waitFor();
  await page.click('lens-models [data-close]');
}

/** What fails the next attempt, and what it ends in. */
const ATTEMPTS = {
  'without a network': [async (page, id) => {
    site.hub.down = true;
    assert.equal(await choose(page, id), 'error');
    site.hub.down = false;
    assert.match((await pageStatus(page)).alert, /could not be reached/);
  }],
  'answered with 503': [async (page, id, behaviour) => {
    behaviour.status = 503;
    assert.equal(await choose(page, id), 'error');
    delete behaviour.status;
    assert.match((await pageStatus(page)).alert, /answered 503/);
  }],
  'answered with a page for signing in': [async (page, id, behaviour) => {
    behaviour.page = '<!doctype html><title>Sign in</title>';
    assert.equal(await choose(page, id), 'error');
    delete behaviour.page;
    assert.match((await pageStatus(page)).alert, /web page/);
  }],
  'cancelled while connecting': [async (page, id, behaviour) => {
    behaviour.wait = 3000;
    assert.equal(await settle(page, async () => {
      const asked = page.waitForRequest((request) => request.url().includes('/lfs/'));
      await begin(page, id);
      await asked;
      await page.evaluate(() => document.querySelector('lens-status [data-cancel]').click());
    }), 'ready');
    delete behaviour.wait;
  }],
};

for (const [what, [attempt]] of Object.entries(ATTEMPTS)) {
  test(`an attempt ${what} keeps the beginning of an earlier download`, () => site.withPage(async (page) => {
    breakOffWhenRead(site.hub, page);
    await open(page, site.base);
    const behaviour = { cuts: [HALF], always: true };
    const id = publish(behaviour);
    assert.equal(await choose(page, id), 'error');
    Object.assign(behaviour, { cuts: [], always: false });
    // An earlier visit.
    await open(page, site.base);
    await attempt(page, id, behaviour);
    site.hub.requests = [];
    assert.equal(await choose(page, id), 'ready', (await pageStatus(page)).alert);
    assert.ok(site.hub.requests.length === 1 && site.hub.requests[0].from >= HALF, JSON.stringify(site.hub.requests));
    assert.equal(await modelName(page), id.slice('hf:'.length));
  }));
}

test('a second tab waits for the download of the first and keeps it, too', () => withTabs(async (first, second) => {
  const id = publish({ pause: 60 });
  await begin(first, id);
  await first.locator('lens-network-map.loading .loaded').first().waitFor();
  await begin(second, id);
  await second.waitForFunction(() => /^Waiting for another tab/.test(document.querySelector('lens-status [data-text]').textContent));
  assert.equal(await second.isVisible('lens-status [data-cancel]'), true);
  await Promise.all([uses(first, id), uses(second, id)]);
  assert.equal(await waitForState(second, 'ready', 'error'), 'ready');
  assert.equal(site.hub.requests.length, 1, 'one download for both');
  assert.match(await second.textContent('.facts'), /from the browser cache/);
  assert.equal((await pageStatus(second)).alert, null);
}));

test('a second tab goes on where the first was cancelled', () => withTabs(async (first, second) => {
  // Slow enough that the first is still downloading when the second waits.
  const id = publish({ pause: 250 });
  await begin(first, id);
  await first.locator('lens-network-map.loading .loaded').first().waitFor();
  await begin(second, id);
  await second.waitForFunction(() => /^Waiting for another tab/.test(document.querySelector('lens-status [data-text]').textContent));
  await first.click('lens-status [data-cancel]');
  await uses(second, id);
  assert.ok(site.hub.requests.at(-1).from > 0, JSON.stringify(site.hub.requests));
  assert.equal(await waitForState(second, 'ready', 'error'), 'ready');
  assert.equal(await statusText(first), 'Download cancelled');
}));

test('deleting the cache in one tab leaves the model of another readable', () => withTabs(async (first, second) => {
  const id = publish({});
  assert.equal(await choose(first, id), 'ready');
  assert.equal(await choose(second, id), 'ready');
  assert.equal(await upload(second, 'checks.png', png(64, 64)), 'ready');
  await deleteCached(first);
  assert.equal(await cachedText(second), null);
  // The terms of a value are read from the weight file.
  await second.evaluate(() => { location.hash = 'layer=layer2.1.conv1&channel=2'; });
  await second.locator('lens-layer[data-node="layer2.1.conv1"]').waitFor();
  await second.locator('[data-statistics][data-loaded]').waitFor();
  await second.focus('[data-plot]');
  await second.keyboard.press('ArrowDown');
  await second.waitForFunction(() => /largest terms/.test(document.querySelector('[data-probe]').textContent));
  assert.equal((await pageStatus(second)).alert, null);
  assert.equal((await predictions(second)).length, 5);
}));

test('a download in another tab is not deleted', () => withTabs(async (first, second) => {
  const id = publish({ pause: 80 });
  await begin(first, id);
  await first.locator('lens-network-map.loading .loaded').first().waitFor();
  await deleteCached(second);
  await uses(first, id);
  assert.match(await cachedText(first), /^1 model cached/);
}));

test('a model that is refused at the last moment leaves the former one in view and usable', () => site.withPage(async (page) => {
  await page.addInitScript(() => {
    // The second switch comes after the cancellation of its model.
    const { postMessage } = Worker.prototype;
    let switches = 0;
    Worker.prototype.postMessage = function post(message, ...rest) {
      if (message.method === 'switchModel' && (switches += 1) === 2) postMessage.call(this, { id: 1e9, method: 'cancelModel', args: [] });
      postMessage.call(this, message, ...rest);
    };
  });
  await open(page, site.base);
  await upload(page, 'checks.png', png(64, 64));
  await page.locator('[data-statistics][data-loaded]').waitFor();
  const former = await modelName(page);
  assert.equal(await choose(page, publish({})), 'ready');
  assert.equal(await modelName(page), former);
  await page.evaluate(() => { location.hash = 'layer=layer3.0.conv1'; });
  await page.locator('lens-layer[data-node="layer3.0.conv1"]').waitFor();
  await page.locator('[data-statistics][data-loaded]').waitFor();
  assert.equal(await upload(page, 'other.png', png(80, 80)), 'ready');
  assert.equal((await pageStatus(page)).alert, null);
}));
