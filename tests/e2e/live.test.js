// The live view with a simulated camera: frames, freeze and step, failures, resource usage.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { CAMERA, SMALL_INPUT, open, pageStatus, start, upload, uploadModel } from './browser.js';
import { COLLECTABLE, count, counted } from './resource-counter.js';
import { png } from './images.js';
import { frames, settledFrame } from './live-frames.js';
import { reversedClasses, starter } from './weight-files.js';

/** Enough that one buffer per frame is far more than what may be in flight. */
const FRAMES = 20;
/** The first ones allocate what the later ones use again. */
const FIRST_FRAMES = 6;
const FOLDER = fileURLToPath(new URL('./screenshots/', import.meta.url));
const PERMITTED = { permissions: ['camera'], smallFrames: true };
let site;
let share;
before(async () => {
  mkdirSync(FOLDER, { recursive: true });
  site = await start({ device: 'gpu', input: SMALL_INPUT, args: [...CAMERA, COLLECTABLE] });
  share = site.sharePage(async (page) => {
    await count(page);
    await page.addInitScript(rememberTracks);
    await open(page, site.base);
  }, PERMITTED);
});
after(() => site?.close());

/**
 * Runs `run(page)` on the file's page without an alert, and stops the live view at the end. `refuse(page)` replaces functions of the browser, which
 * are restored afterwards. The model has to stay.
 */
const withLive = (run, { fragment = '', refuse = null } = {}) => share(async (page) => {
  const dismiss = page.locator('lens-alert button:has-text("Dismiss")');
  if (await dismiss.isVisible()) await dismiss.click();
  await page.evaluate((hash) => { location.hash = hash; }, fragment);
  await refuse?.(page);
  try {
    await run(page);
  } finally {
    await page.evaluate(() => {
      delete navigator.mediaDevices.getUserMedia;
      delete HTMLVideoElement.prototype.play;
    });
  }
  // A live view would slow the other pages down.
  if (await page.isVisible('[data-stop]')) await page.click('[data-stop]');
  await page.locator('lens-live-controls').waitFor({ state: 'hidden' });
});

/** Runs in the page before its scripts: keeps the tracks of all cameras that are opened. */
function rememberTracks() {
  const { getUserMedia } = MediaDevices.prototype;
  window.liveTracks = [];
  MediaDevices.prototype.getUserMedia = async function get(wanted) {
    const stream = await getUserMedia.call(this, wanted);
    window.liveTracks.push(...stream.getVideoTracks());
    return stream;
  };
}

/** `prepare(page)` is called before the page is opened. */
function withPage(run, { fragment = '', prepare = null, ...options } = {}) {
  const prepared = async (page) => {
    await prepare?.(page);
    await open(page, `${site.base}${fragment}`);
    await run(page);
  };
  return site.withPage(prepared, { ...PERMITTED, ...options });
}

const alertOf = async (page) => {
  await page.locator('lens-alert:not([hidden])').waitFor();
  return (await pageStatus(page)).alert;
};

test('the end of the network is updated only when the view is frozen', () => withLive(async (page) => {
  const ending = page.locator('lens-ending');
  await page.click('[data-camera]');
  await frames(page, 3);
  await page.keyboard.press('f');
  await page.locator('lens-ending [data-logit]:not(:empty)').waitFor();
  assert.equal(await ending.getAttribute('aria-busy'), 'false');
  const ranking = () => page.textContent('lens-ending ol');
  const frozen = await ranking();
  await page.keyboard.press('f');
  await frames(page, 3);
  assert.equal(await ranking(), frozen);
  assert.equal(await ending.getAttribute('aria-busy'), 'true');
  assert.equal(await page.textContent('lens-ending [data-note]'), 'Freeze the view to update these values.');
  await page.keyboard.press('f');
  await page.waitForFunction(() => document.querySelector('lens-ending').ariaBusy === 'false');
  assert.equal(await page.isVisible('lens-ending [data-note]'), false);
  const logits = await page.evaluate(async () => [...(await window.resnetLens.featureMap('fc')).data]);
  await page.waitForFunction((index) => Number(document.querySelector('lens-ending ol button').dataset.class) === index, logits.indexOf(Math.max(...logits)));
}, { fragment: 'layer=fc' }));

test('frames are classified; freeze, step, mirror and stop; the last frame is kept', () => withLive(async (page) => {
  await page.click('[data-camera]');
  await frames(page, 3);
  const { width, height } = await page.evaluate(() => window.requestedVideo);
  assert.deepEqual([width, height], [{ ideal: 1280 }, { ideal: 720 }]);
  assert.equal(await page.locator('#predictions > *').count(), 5);
  assert.match(await page.textContent('[data-caption]'), /fake.* px · the network sees/);
  assert.match(await page.textContent('[data-rate]'), /^[\d.]+ frames\/s · latency [\d.]+ m?s/);
  const { software } = await page.evaluate(() => window.resnetLens.adapter());
  assert.equal(/no hardware GPU/.test(await page.textContent('[data-rate]')), software);
  assert.equal(await page.isChecked('[data-mirror]'), true, 'a user-facing camera is mirrored');
  await page.screenshot({ path: `${FOLDER}live.png` });

  await page.keyboard.press('f');
  assert.equal(await page.getAttribute('[data-freeze]', 'aria-pressed'), 'true');
  await page.locator('[data-statistics][data-loaded]').waitFor();
  // Read from a copy: after the first `getImageData` Chromium rasterises the canvas itself again, on the CPU.
  const shown = () => page.evaluate(() => {
    const canvas = document.querySelector('lens-image canvas');
    const { width, height } = canvas;
    const copy = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
    copy.drawImage(canvas, 0, 0);
    return [...copy.getImageData(0, 0, width, height).data].reduce((sum, v, i) => (sum + v * (i % 251)) % 1e9, 0);
  });
  const held = await shown();
  await page.waitForTimeout(700);
  assert.equal(await shown(), held, 'a frozen frame does not change');
  const stepped = frames(page, 1);
  await page.click('[data-step]');
  await stepped;
  assert.notEqual(await shown(), held, 'a step shows another frame');
  await page.uncheck('[data-mirror]');
  await page.click('[data-freeze]');
  await frames(page, 2);
  await page.check('[data-mirror]');

  await page.click('[data-stop]');
  await page.locator('lens-live-controls').waitFor({ state: 'hidden' });
  await page.locator('[data-statistics][data-loaded]').waitFor();
  assert.equal(await page.isEnabled('[data-run-again]'), true, 'the last frame can be classified again');
  assert.equal((await pageStatus(page)).alert, null);
}));

test('freezing while a frame is processed keeps that frame and reads its statistics', () => withPage(async (page) => {
  await page.click('[data-camera]');
  await page.locator('[data-freeze][aria-pressed=true]').waitFor();
  await page.locator('[data-statistics][data-loaded]').waitFor();
  assert.match(await page.textContent('lens-channel lens-legend'), /\d/, 'the legend has its values again');
  const rank = () => page.textContent('[data-statistics]');
  const before = await rank();
  const stepped = frames(page, 1);
  await page.click('[data-step]');
  await stepped;
  await page.waitForFunction((text) => document.querySelector('[data-statistics][data-loaded]')?.textContent !== text, before);
}, { prepare: (page) => page.addInitScript(() => {
  const { postMessage } = Worker.prototype;
  let sent = 0;
  Worker.prototype.postMessage = function post(message, ...rest) {
    postMessage.call(this, message, ...rest);
    if (message.method === 'classifyFrame' && (sent += 1) === 3) document.querySelector('[data-freeze]').click();
  };
}) }));

test('another camera is selected by pointer and by keyboard', () => withLive(async (page) => {
  await page.click('[data-camera]');
  await frames(page, 1);
  const cameras = await page.locator('[data-cameras] option').evaluateAll((all) => all.map(({ value, text }) => ({ value, text })));
  assert.equal(cameras.length, 2);
  const caption = () => page.textContent('[data-caption]');
  const [first, second] = cameras;
  assert.ok((await caption()).startsWith(first.text), await caption());
  await page.selectOption('[data-cameras]', second.value);
  await page.waitForFunction((name) => document.querySelector('[data-caption]').textContent.startsWith(name), second.text);
  assert.equal(await page.inputValue('[data-cameras]'), second.value);
  await page.focus('[data-cameras]');
  await page.keyboard.press('ArrowUp');
  await page.waitForFunction((name) => document.querySelector('[data-caption]').textContent.startsWith(name), first.text);
  await frames(page, 1);
  assert.equal((await pageStatus(page)).alert, null);
}));

test('a camera that cannot be opened leaves the one before in use, which was released first', () => withLive(async (page) => {
  await page.click('[data-camera]');
  await frames(page, 1);
  const [first, second] = await page.locator('[data-cameras] option').evaluateAll((all) => all.map(({ value, text }) => ({ value, text })));
  await page.evaluate((refused) => {
    const { getUserMedia } = navigator.mediaDevices;
    const opened = window.liveTracks.slice(-1);
    navigator.mediaDevices.getUserMedia = function get(wanted) {
      if (wanted.video.deviceId?.exact !== refused) return getUserMedia.call(this, wanted);
      window.statesAtSwitch = opened.map(({ readyState }) => readyState);
      return Promise.reject(new DOMException('', 'NotReadableError'));
    };
  }, second.value);
  await page.selectOption('[data-cameras]', second.value);
  assert.match(await alertOf(page), /^The camera cannot be read: another program may be using it/);
  assert.deepEqual(await page.evaluate(() => window.statesAtSwitch), ['ended']);
  await frames(page, 2);
  assert.ok((await page.textContent('[data-caption]')).startsWith(first.text));
  assert.equal(await page.inputValue('[data-cameras]'), first.value);
}));

test('a camera whose video cannot play is released', () => withLive(async (page) => {
  await page.evaluate(() => {
    window.liveTracks = [];
    HTMLVideoElement.prototype.play = () => Promise.reject(new DOMException('', 'NotSupportedError'));
  });
  await page.click('[data-camera]');
  assert.match(await alertOf(page), /^The camera could not be opened/);
  assert.deepEqual(await page.evaluate(() => window.liveTracks.map(({ readyState }) => readyState)), ['ended']);
}));

test('the lens is live: the trace of a cell, another layer, another view', () => withLive(async (page) => {
  await page.click('[data-camera]');
  await frames(page, 2);
  await page.focus('[data-plot]');
  await page.keyboard.press('ArrowDown');
  await frames(page, 4);
  const points = await page.getAttribute('[data-trace] polyline', 'points');
  assert.ok(points.split(' ').length >= 3, `the trace has one point per frame: ${points}`);
  const nodes = await page.locator('lens-network-map [role=option]').evaluateAll((all) => all.map(({ dataset }) => dataset.node));
  await page.click(`lens-network-map [data-node="${nodes[20]}"]`);
  await frames(page, 1);
  assert.equal(await page.getAttribute('lens-layer', 'data-node'), nodes[20]);
  await page.locator('[data-taps] label').first().click();
  await frames(page, 2);
  assert.notEqual(await page.getAttribute('lens-layer', 'data-node'), nodes[20]);
  assert.equal((await pageStatus(page)).alert, null);
}));

test(`${FRAMES} frames leave the number of buffers, the memory and the frames in flight unchanged`, { timeout: 600_000 }, async (t) => withPage(async (page) => {
  await page.click('[data-camera]');
  await frames(page, FIRST_FRAMES);
  const before = await counted(page);
  await frames(page, FRAMES - FIRST_FRAMES);
  const after = await counted(page);
  t.diagnostic(`after ${FIRST_FRAMES} frames ${JSON.stringify(before)}, after ${FRAMES} ${JSON.stringify(after)}`);
  assert.ok(before.buffers > 0 && before.wasm > 0 && after.opened >= FRAMES, 'the counters work');
  // A frame with its read-back may be in flight during either count.
  assert.ok(after.buffers <= before.buffers + 2, `GPU buffers: ${before.buffers}, then ${after.buffers}`);
  assert.ok(after.textures <= before.textures + 2, `textures: ${before.textures}, then ${after.textures}`);
  assert.equal(after.wasm, before.wasm, 'bytes of wasm memory');
  assert.equal(after.most, 1, 'one frame in flight at a time');
  assert.ok(after.opened - after.closed <= 1, `${after.opened} frames opened, ${after.closed} closed`);
}, { prepare: count }));

/** A script that makes `getUserMedia` reject with this error. */
const refuse = (name) => `void (navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', '${name}')));`;

for (const [name, sentence] of [
  ['NotAllowedError', /^Camera access was denied: allow it/],
  ['NotFoundError', /^No camera was found: connect one/],
  ['NotReadableError', /^The camera cannot be read: another program/],
]) {
  test(`${name} shows one alert, and the page still works`, () => withLive(async (page) => {
    await page.click('[data-camera]');
    assert.match(await alertOf(page), sentence);
    assert.equal(await page.isVisible('lens-alert button:has-text("Open the camera")'), true);
    assert.equal(await page.isVisible('lens-live-controls'), false);
    assert.equal(await upload(page, 'checks.png', png(64, 64)), 'ready');
    assert.equal((await pageStatus(page)).alert, null);
  }, { refuse: (page) => page.evaluate(refuse(name)) }));
}

test('a camera disconnected while live: the last frame is kept, and the camera can be opened again', () => withLive(async (page) => {
  await page.click('[data-camera]');
  await frames(page, 2);
  await page.evaluate(() => window.liveTracks.at(-1).dispatchEvent(new Event('ended')));
  assert.match(await alertOf(page), /^The camera was disconnected\. Its last frame is kept/);
  assert.equal((await pageStatus(page)).state, 'ready', 'the notice is not an error');
  assert.equal(await page.locator('#predictions > *').count(), 5);
  await page.click('lens-alert button:has-text("Open the camera")');
  await frames(page, 2);
  assert.equal((await pageStatus(page)).alert, null, 'the next action removes the notice');
}));

test('a hidden tab processes no frames and continues when it is visible again', () => withLive(async (page) => {
  await page.click('[data-camera]');
  await frames(page, 2);
  const hide = (hidden) => page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
  const opened = () => page.evaluate(() => window.framesSeen.opened);
  await hide(true);
  const before = await opened();
  await page.waitForTimeout(2500);
  assert.equal(await opened(), before, 'no frames while hidden');
  assert.match(await page.textContent('[data-rate]'), /^Paused while this tab is hidden/);
  await hide(false);
  await frames(page, 2);
}));

test('another model classifies the frozen frame again', () => withPage(async (page) => {
  await page.click('[data-camera]');
  await frames(page, 2);
  await page.keyboard.press('f');
  await page.locator('[data-statistics][data-loaded]').waitFor();
  await settledFrame(page);
  const shown = () => page.evaluate(() => [...document.querySelectorAll('#predictions > *')].map(({ dataset }) => [Number(dataset.classIndex), dataset.probability]));
  const another = async (name, file) => {
    const again = frames(page, 1);
    assert.equal(await uploadModel(page, name, file), 'ready');
    await again;
    assert.match(await page.textContent('lens-models [data-name]'), new RegExp(name));
    await page.locator('[data-statistics][data-loaded]').waitFor();
    return shown();
  };
  // Both classify the frame's copy on a canvas, whose colours differ slightly from the frame's. Files without a card: both crop it alike.
  const before = await another('starter.safetensors', starter);
  // The starter model with its classes in the opposite order.
  const found = await another('reversed.safetensors', reversedClasses());
  assert.deepEqual(found, before.map(([index, probability]) => [106 - index, probability]), 'the same frame, seen by the new model');
  await page.locator('[data-statistics][data-loaded]').waitFor();
  await page.click('[data-freeze]');
  await frames(page, 2);
  assert.equal((await pageStatus(page)).alert, null);
}));

test('an image replaces the live view', () => withLive(async (page) => {
  await page.click('[data-camera]');
  await frames(page, 2);
  assert.equal(await upload(page, 'checks.png', png(64, 64)), 'ready');
  assert.equal(await page.isVisible('lens-live-controls'), false);
  assert.match(await page.textContent('[data-caption]'), /^checks\.png/);
}));

test('a video file is played to its end', () => withLive(async (page) => {
  const bytes = await page.evaluate(recordVideo);
  await page.setInputFiles('#image-file', { name: 'clip.webm', mimeType: 'video/webm', buffer: Buffer.from(bytes) });
  // A slow adapter may process only one frame before the end.
  await frames(page, 1);
  assert.match(await page.textContent('[data-caption]'), /^clip\.webm · 160 × 120 px/);
  assert.equal(await page.isChecked('[data-mirror]'), false);
  assert.match(await alertOf(page), /^The video has ended/);
  const again = frames(page, 1);
  await page.click('lens-alert button:has-text("Play it again")');
  await again;
}));

test('a damaged video shows an alert', () => withLive(async (page) => {
  await page.setInputFiles('#image-file', { name: 'broken.webm', mimeType: 'video/webm', buffer: Buffer.from('no video') });
  assert.match(await alertOf(page), /^The video broken\.webm cannot be played/);
}));

/** Runs in the page: records a video of three seconds with a moving square. */
async function recordVideo() {
  const canvas = Object.assign(document.createElement('canvas'), { width: 160, height: 120 });
  const pen = canvas.getContext('2d');
  const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: 'video/webm' });
  const parts = [];
  recorder.addEventListener('dataavailable', ({ data }) => parts.push(data));
  recorder.start();
  for (let i = 0; i < 60; i += 1) {
    pen.fillStyle = '#234';
    pen.fillRect(0, 0, 160, 120);
    pen.fillStyle = '#fc3';
    pen.fillRect(i * 2, 40, 40, 40);
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  const stopped = new Promise((resolve) => { recorder.addEventListener('stop', resolve); });
  recorder.stop();
  await stopped;
  return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
}
