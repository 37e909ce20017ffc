// A lost GPU device and a crashed worker: the page restarts the engine automatically after a loss, with everything that was shown, and offers
// a restart after a crash and after repeated losses.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CAMERA, open, pageStatus, predictions, settle, start, upload, waitForState } from './browser.js';
import { HOOKS, fault } from './device-faults.js';
import { png } from './images.js';
import { frames, settledFrame } from './live-frames.js';
import { starter } from './weight-files.js';

let site;
before(async () => {
  site = await start({ device: 'gpu', args: CAMERA });
  site.put('mine.safetensors', starter);
});
after(() => site?.close());

function withPage(run, { url = '', prepare = null } = {}) {
  const prepared = async (page) => {
    await page.route('**/worker.js', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: HOOKS + await response.text() });
    });
    await prepare?.(page);
    await open(page, `${site.base}${url}`);
    await run(page);
  };
  return site.withPage(prepared, { permissions: ['camera'] });
}

/** Loses the device; resolves when the page works again, to its state. */
const lose = (page) => settle(page, () => fault(page, 'lose'));
const classes = async (page) => (await predictions(page)).map(({ index }) => index);
const modelName = (page) => page.textContent('lens-models [data-name]');
const caption = (page) => page.textContent('[data-caption]');

const hide = (page, hidden) => page.evaluate((value) => {
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
  document.dispatchEvent(new Event('visibilitychange'));
}, hidden);

test('a lost device is replaced without a click: model, edits, image and view are as before', () => withPage(async (page) => {
  await upload(page, 'checks.png', png(64, 64));
  const address = () => page.evaluate(() => location.href);
  const [before, url] = [await classes(page), await address()];
  assert.equal(await modelName(page), 'mine.safetensors');
  assert.equal(await lose(page), 'ready');
  assert.equal((await pageStatus(page)).alert, null);
  assert.deepEqual(await classes(page), before);
  assert.equal(await modelName(page), 'mine.safetensors');
  assert.match(await caption(page), /^checks\.png/);
  assert.equal(await address(), url);
  assert.equal(await page.getAttribute('lens-layer', 'data-node'), 'layer2.0.conv1');
  assert.equal(await page.getAttribute('lens-edited', 'data-edits'), 'shortcut:layer3.1:0');
  await page.locator('[data-statistics][data-loaded]').waitFor();
  assert.equal(await upload(page, 'other.png', png(80, 80)), 'ready', 'and answers');
}, { url: '?model=files/mine.safetensors#layer=layer2.0.conv1&edit=shortcut:layer3.1:0' }));

test('a device lost while the tab is hidden is replaced when it is visible again', () => withPage(async (page) => {
  await upload(page, 'checks.png', png(64, 64));
  const before = await classes(page);
  for (let loss = 0; loss < 2; loss += 1) {
    await hide(page, true);
    await fault(page, 'lose');
    await waitForState(page, 'loading');
    await page.waitForTimeout(500);
    assert.equal((await pageStatus(page)).state, 'loading');
    await hide(page, false);
    assert.equal(await waitForState(page, 'ready', 'error'), 'ready');
    assert.deepEqual(await classes(page), before);
    assert.equal((await pageStatus(page)).alert, null);
  }
}));

/** Loses the device at the next frame: the call fails before the browser reports the loss. */
const loseAtFrame = (page) => settle(page, () => page.evaluate(() => {
  const { postMessage } = Worker.prototype;
  Worker.prototype.postMessage = function send(message, ...rest) {
    postMessage.call(this, message, ...rest);
    if (message.method !== 'classifyFrame') return;
    Worker.prototype.postMessage = postMessage;
    new BroadcastChannel('fault').postMessage('lose');
  };
}));

test('a device lost while frames are classified: the live view goes on', () => withPage(async (page) => {
  await page.click('[data-camera]');
  await frames(page, 2);
  for (const loseNow of [lose, loseAtFrame]) {
    await loseNow(page);
    await frames(page, 2);
    assert.equal(await page.isVisible('lens-live-controls'), true);
    assert.equal((await pageStatus(page)).alert, null);
  }
}));

test('a device lost while a frozen frame is shown: the frame is classified again', () => withPage(async (page) => {
  await page.click('[data-camera]');
  await frames(page, 2);
  await page.keyboard.press('f');
  await settledFrame(page);
  const loseFrozen = async () => {
    const again = frames(page, 1);
    await lose(page);
    await again;
    return classes(page);
  };
  // The frame's copy on a canvas has slightly other colours than the frame, so the two answers of the copy are compared.
  const before = await loseFrozen();
  assert.deepEqual(await loseFrozen(), before);
  assert.equal(await page.getAttribute('[data-freeze]', 'aria-pressed'), 'true');
  assert.equal((await pageStatus(page)).alert, null);
}));

test('a device lost while a model is loaded: the model is loaded after all', () => withPage(async (page) => {
  await upload(page, 'checks.png', png(64, 64));
  await page.evaluate(() => { window.armed = true; });
  await page.click('lens-models [data-open]');
  await page.fill('#model-address', 'files/mine.safetensors');
  await page.press('#model-address', 'Enter');
  await page.waitForFunction(() => !window.armed && document.querySelector('lens-models [data-name]').textContent === 'mine.safetensors');
  assert.equal(await waitForState(page, 'ready', 'error'), 'ready');
  assert.equal((await pageStatus(page)).alert, null);
  assert.match(await caption(page), /^checks\.png/);
  assert.equal((await predictions(page)).length, 5);
}, {
  prepare: (page) => page.addInitScript(() => {
    // The device is lost once the network is recognised.
    const { postMessage } = Worker.prototype;
    Worker.prototype.postMessage = function post(message, ...rest) {
      if (message.method === 'prepareModel' && window.armed) {
        this.addEventListener('message', ({ data }) => {
          if (!data.note?.layers || !window.armed) return;
          window.armed = false;
          new BroadcastChannel('fault').postMessage('lose');
        });
      }
      postMessage.call(this, message, ...rest);
    };
  }),
}));

test('a device lost while the first model is loaded, and calls of scripts', () => withPage(async (page) => {
  assert.equal((await pageStatus(page)).alert, null);
  const answers = page.evaluate(async (bytes) => {
    const image = new Blob([new Uint8Array(bytes)]);
    const running = [0, 1].map(() => window.resnetLens.classify(image, 3));
    new BroadcastChannel('fault').postMessage('lose');
    return Promise.all(running).then((all) => all.map(({ predictions }) => predictions.length));
  }, [...png(64, 64)]);
  assert.deepEqual(await answers, [3, 3]);
}, {
  prepare: (page) => page.addInitScript(() => {
    // The first model is prepared right after the device was lost.
    const { postMessage } = Worker.prototype;
    let lost = false;
    Worker.prototype.postMessage = function post(message, ...rest) {
      if (message.method === 'prepareModel' && !lost) {
        lost = true;
        new BroadcastChannel('fault').postMessage('lose');
      }
      postMessage.call(this, message, ...rest);
    };
  }),
}));

test('calls of scripts that reach the next engine before its model wait for it', () => withPage(async (page) => {
  await upload(page, 'checks.png', png(64, 64));
  const found = await page.evaluate(async (bytes) => {
    const lens = window.resnetLens;
    await lens.observe(['layer1.0.relu']);
    const reopened = new Promise((resolve) => { window.reopened = resolve; });
    // This image is read until the restarted engine waits for its model.
    const slow = new Blob([new Uint8Array(bytes)], { type: 'text/xml' });
    slow.slice = () => ({ text: () => reopened.then(() => '') });
    const begun = lens.classify(slow, 3);
    new BroadcastChannel('fault').postMessage('lose');
    await reopened;
    const calls = [begun, lens.classify(new Blob([new Uint8Array(bytes)]), 3), lens.featureMap('layer1.0.relu'), lens.layers(), lens.model()];
    const { length } = window.sentCalls;
    location.hash = 'edit=shortcut:layer3.1:0';
    await new Promise((resolve) => { addEventListener('hashchange', () => setTimeout(resolve), { once: true }); });
    window.goOn();
    const [one, two, map, layers, model] = await Promise.all(calls);
    const kept = window.sentCalls.slice(length).find(({ method }) => method === 'observe').args[0];
    return { answers: [one, two].map(({ predictions }) => predictions.length), shape: map.shape.length, layers: layers.length, model: model.name, kept };
  }, [...png(64, 64)]);
  assert.deepEqual(found.answers, [3, 3]);
  assert.equal(found.shape, 4);
  assert.ok(found.layers > 20 && found.model);
  assert.ok(found.kept.includes('layer1.0.relu'), 'the nodes of scripts are observed again');
  assert.equal(await page.getAttribute('lens-edited', 'data-edits'), 'shortcut:layer3.1:0', 'edits wait, too');
  assert.equal((await pageStatus(page)).alert, null);
}, {
  prepare: (page) => page.addInitScript(() => {
    // The model of the restarted engine is not prepared until the page calls `goOn`.
    const { postMessage } = Worker.prototype;
    window.sentCalls = [];
    Worker.prototype.postMessage = function post(message, ...rest) {
      window.sentCalls.push({ method: message.method, args: message.args });
      if (message.method === 'prepareModel' && window.reopened) {
        window.goOn = () => postMessage.call(this, message, ...rest);
        window.reopened();
      } else {
        postMessage.call(this, message, ...rest);
      }
    };
  }),
}));

test('a device lost while a queue is classified: every image is classified, and results are kept', () => withPage(async (page) => {
  await page.evaluate(() => {
    // The device is lost while the third image is classified.
    const text = document.querySelector('lens-tray .queue span');
    const observer = new MutationObserver(() => {
      if (!text.textContent.startsWith('3 of 6')) return;
      observer.disconnect();
      new BroadcastChannel('fault').postMessage('lose');
    });
    observer.observe(text, { childList: true, characterData: true, subtree: true });
  });
  const files = Array.from({ length: 6 }, (_, i) => ({ name: `${i}.png`, mimeType: '', buffer: png(64 + i, 64) }));
  await page.setInputFiles('#image-file', files);
  const tiles = () => page.evaluate(() => [...document.querySelectorAll('lens-tray [role=option]')].map(({ dataset: { name, outcome } }) => `${name} ${outcome}`));
  await page.waitForFunction(() => document.querySelectorAll('lens-tray [role=option][data-outcome=classified]').length === 6
    && document.querySelector('lens-tray .queue').hidden);
  assert.equal(await waitForState(page, 'ready', 'error'), 'ready');
  assert.deepEqual(await tiles(), files.map(({ name }) => `${name} classified`));
  assert.equal((await pageStatus(page)).alert, null);
  const classified = await page.evaluate(() => window.classified);
  assert.ok(classified <= 8, `only the image in work is classified again, and the one in view: ${classified} calls`);
}, {
  prepare: (page) => page.addInitScript(() => {
    const { postMessage } = Worker.prototype;
    window.classified = 0;
    Worker.prototype.postMessage = function post(message, ...rest) {
      if (message.method === 'classify') window.classified += 1;
      postMessage.call(this, message, ...rest);
    };
  }),
}));

test('three losses within five minutes end in a message; its button restarts', () => withPage(async (page) => {
  await upload(page, 'checks.png', png(64, 64));
  const before = await classes(page);
  for (let loss = 0; loss < 2; loss += 1) assert.equal(await lose(page), 'ready');
  assert.equal(await lose(page), 'error');
  const { alert, alerts } = await pageStatus(page);
  assert.match(alert, /^The GPU stopped three times within five minutes/);
  assert.equal(alerts, 1);
  assert.equal(await page.isDisabled('[data-run-again]'), true);
  assert.equal(await settle(page, () => page.click('lens-alert button:has-text("Restart")')), 'ready');
  assert.deepEqual(await classes(page), before);
  assert.equal((await pageStatus(page)).alert, null);
}));

test('after a crash the page says so until it is restarted, whatever is tried', () => withPage(async (page) => {
  await upload(page, 'checks.png', png(64, 64));
  const before = await classes(page);
  await fault(page, 'crash');
  assert.equal(await waitForState(page, 'error'), 'error');
  const { alert } = await pageStatus(page);
  assert.match(alert, /^The page’s worker stopped: .*out of memory/);
  const bytes = [...png(64, 64)];
  const errors = await page.evaluate(async (image) => {
    const calls = [0, 1].map(() => window.resnetLens.classify(new Blob([new Uint8Array(image)])));
    return Promise.all(calls.map((call) => call.then(() => 'an answer', ({ name }) => name)));
  }, bytes);
  assert.deepEqual(errors, ['WorkerError', 'WorkerError']);
  await page.setInputFiles('#image-file', { name: 'clip.webm', mimeType: 'video/webm', buffer: Buffer.from('no video') });
  await page.waitForTimeout(500);
  await page.setInputFiles('#image-file', { name: 'checks.png', mimeType: '', buffer: png(64, 64) });
  await page.waitForTimeout(500);
  assert.deepEqual(await pageStatus(page), { state: 'error', alerts: 1, alert });
  assert.equal(await settle(page, () => page.click('lens-alert button:has-text("Restart")')), 'ready');
  assert.deepEqual(await classes(page), before);
}));
