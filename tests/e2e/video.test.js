// Frames of a size that no GPU takes, and steps of a video, whose frames arrive late.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CAMERA, open, pageStatus, predictions, start, upload } from './browser.js';
import { png } from './images.js';

let site;
before(async () => { site = await start({ device: 'gpu', bundled: false, args: CAMERA }); });
after(() => site?.close());

/** Keeps the sizes of the frames that the engine gets, and the events of a step in order. */
function record() {
  const { postMessage } = Worker.prototype;
  window.frameSizes = [];
  window.order = [];
  Worker.prototype.postMessage = function post(message, ...rest) {
    if (message.method === 'classifyFrame') {
      const [frame] = message.args;
      window.frameSizes.push([frame.displayWidth ?? frame.width, frame.displayHeight ?? frame.height]);
      window.order.push('classified');
    }
    postMessage.call(this, message, ...rest);
  };
}

const withPage = (run) => site.withPage(async (page) => {
  await page.addInitScript(record);
  await open(page, site.base);
  await run(page);
}, { permissions: ['camera'] });

/** Waits for the first result of the live view. */
const rateOf = (page) => page.waitForFunction(() => /latency/.test(document.querySelector('[data-rate]').textContent));

test('a frame of 8192×4320 pixels is reduced and classified, and the next image, too', () => withPage(async (page) => {
  await page.evaluate(() => {
    const track = new MediaStreamTrackGenerator({ kind: 'video' });
    const writer = track.writable.getWriter();
    const data = new Uint8Array((8192 * 4320 * 3) / 2).fill(128);
    const write = () => writer.write(new VideoFrame(data, { format: 'I420', codedWidth: 8192, codedHeight: 4320, timestamp: performance.now() * 1000 }));
    write();
    // Until the first one is taken: a software adapter needs seconds for each.
    const timer = setInterval(() => { window.frameSizes.length > 0 ? clearInterval(timer) : write(); }, 1000);
    navigator.mediaDevices.getUserMedia = async () => new MediaStream([track]);
  });
  await page.click('[data-camera]');
  await rateOf(page);
  const [[width, height]] = await page.evaluate(() => window.frameSizes);
  assert.ok(width === 4096 && Math.abs(width / height - 8192 / 4320) < 0.01, `${width}×${height}`);
  assert.equal((await predictions(page)).length, 5);
  assert.equal((await pageStatus(page)).alert, null);
  assert.equal(await upload(page, 'checks.png', png(64, 64)), 'ready');
  assert.equal((await predictions(page)).length, 5);
  assert.equal((await pageStatus(page)).alert, null);
}));

test('a frame that is too large fails alone, and the next one is classified', () => withPage(async (page) => {
  const found = await page.evaluate(async () => {
    const frame = (width, height) => new VideoFrame(new Uint8Array(width * height * 4), { format: 'RGBA', codedWidth: width, codedHeight: height, timestamp: 0 });
    const [{ Session }, { startWorker }] = await Promise.all(['session', 'start-worker'].map((name) => import(`./engine/${name}.js`)));
    const session = new Session(startWorker);
    await session.open();
    await session.loadModel(await (await fetch('assets/starter.safetensors')).blob());
    const classify = (one) => session.classifyFrame(one, { mirror: false, top: 3 }).then(({ predictions }) => predictions.length, ({ message }) => message);
    return [await classify(frame(8192, 4320)), await classify(frame(64, 48))];
  });
  assert.match(found[0], /^the frame: expected at most \d+ bytes, found 141557760 for 8192 x 4320 pixels$/);
  assert.equal(found[1], 3);
}));

test('a step of a video shows the frame after the seek, however long that takes', () => withPage(async (page) => {
  const bytes = await page.evaluate(async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 64 });
    const context = canvas.getContext('2d');
    const recorder = new MediaRecorder(canvas.captureStream(30), { mimeType: 'video/webm' });
    const parts = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.start();
    for (let i = 0; i < 40; i += 1) {
      context.fillStyle = `rgb(${i * 6} 0 0)`;
      context.fillRect(0, 0, 64, 64);
      await new Promise((resolve) => { setTimeout(resolve, 100); });
    }
    await new Promise((resolve) => { recorder.onstop = resolve; recorder.stop(); });
    return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
  });
  await page.evaluate(() => {
    // Every seek takes a second.
    const { get, set } = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, 'currentTime');
    Object.defineProperty(HTMLMediaElement.prototype, 'currentTime', {
      configurable: true,
      get,
      set(time) {
        this.addEventListener('seeked', () => window.order.push('seeked'), { once: true });
        setTimeout(() => set.call(this, time + 0.5), 1000);
      },
    });
  });
  await page.setInputFiles('#image-file', { name: 'clip.webm', mimeType: 'video/webm', buffer: Buffer.from(bytes) });
  await rateOf(page);
  await page.keyboard.press('f');
  // The frame in work is shown first.
  const isIdle = () => page.evaluate(() => window.order.length);
  for (let count = -1; count !== await isIdle(); await page.waitForTimeout(2000)) count = await isIdle();
  const red = () => page.evaluate(() => {
    const copy = new OffscreenCanvas(64, 64).getContext('2d');
    const canvas = document.querySelector('lens-image canvas');
    copy.drawImage(canvas, canvas.width / 2 - 1, canvas.height / 2 - 1, 2, 2, 0, 0, 64, 64);
    return copy.getImageData(32, 32, 1, 1).data[0];
  });
  const held = await red();
  await page.evaluate(() => { window.order = []; });
  await page.click('[data-step]');
  await page.waitForFunction(() => window.order.includes('classified'));
  assert.deepEqual(await page.evaluate(() => window.order), ['seeked', 'classified']);
  await page.waitForFunction((former) => {
    const copy = new OffscreenCanvas(1, 1).getContext('2d');
    const canvas = document.querySelector('lens-image canvas');
    copy.drawImage(canvas, canvas.width / 2 - 1, canvas.height / 2 - 1, 2, 2, 0, 0, 1, 1);
    return copy.getImageData(0, 0, 1, 1).data[0] > former + 6;
  }, held);
}));
