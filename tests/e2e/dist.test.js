// The published page, dist/: it works below a sub-path and without a network after the first visit, offers a new release without forcing
// it, and contacts other servers for the images and models that the user asks for only.

import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { serveDist } from '../../tools/dist/serve.js';
import { open, pageStatus, predictions, reopen, settle, start } from './browser.js';
import { start as startFirefox } from './firefox.js';
import { png } from './images.js';
import { reversedClasses } from './weight-files.js';

const DIST = fileURLToPath(new URL('../../dist', import.meta.url));
const SAMPLE = '[data-sample*=goldfish]';

let browser;
before(async () => {
  assert.ok(existsSync(DIST), 'dist/ exists (“make dist” builds it)');
  browser = await start();
});
after(() => browser?.close());

/** Classifies a sample photo by its button. */
async function classifySample(page) {
  assert.equal(await settle(page, () => page.evaluate((selector) => document.querySelector(selector).click(), SAMPLE)), 'ready');
  const [first] = await predictions(page);
  assert.match(first.label, /goldfish/i);
  return first;
}

/** Resolves when the files of the page are stored. */
const stored = (page) => page.evaluate(() => navigator.serviceWorker.ready.then(() => true));

/** A copy of dist/ that is another release. */
function nextRelease() {
  const folder = mkdtempSync(join(tmpdir(), 'resnet-lens-release-'));
  cpSync(DIST, folder, { recursive: true });
  const [, version] = /data-release="(\w+)"/.exec(readFileSync(join(DIST, 'index.html'), 'utf8'));
  for (const name of ['index.html', 'service-worker.js']) {
    writeFileSync(join(folder, name), readFileSync(join(DIST, name), 'utf8').replaceAll(version, 'next-release'));
    for (const ending of ['gz', 'br']) rmSync(join(folder, `${name}.${ending}`));
  }
  return { folder, version };
}

/** The browser can read the web app manifest, and its icons exist in their sizes. */
async function assertInstallable(page) {
  const devtools = await page.context().newCDPSession(page);
  const { url, errors, data } = await devtools.send('Page.getAppManifest');
  assert.deepEqual(errors, []);
  const { name, display, start_url: start, icons } = JSON.parse(data);
  assert.deepEqual([name, display, new URL(start, url).href], ['ResNet Lens', 'standalone', page.url().split('?')[0]]);
  const sizes = await page.evaluate((addresses) => Promise.all(addresses.map(async (address) => {
    const icon = await createImageBitmap(await (await fetch(address)).blob());
    return `${icon.width}x${icon.height}`;
  })), icons.filter(({ type }) => type === 'image/png').map(({ src }) => new URL(src, url).href));
  assert.deepEqual(sizes, icons.filter(({ type }) => type === 'image/png').map((icon) => icon.sizes));
  assert.ok(sizes.includes('192x192') && sizes.includes('512x512'), 'the sizes that browsers ask for');
}

/** Chromium asks its own service about forms, for every page. */
const BROWSER_SERVICE = 'content-autofill.googleapis.com:443';

/** A proxy that refuses every connection and lists the servers that were asked for. */
async function refusingProxy() {
  const asked = new Set();
  const server = createServer((request, response) => {
    asked.add(request.url);
    response.writeHead(502).end();
  });
  server.on('connect', ({ url }, socket) => {
    if (url !== BROWSER_SERVICE) asked.add(url);
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  });
  await new Promise((resolve) => { server.listen(0, 'localhost', resolve); });
  return { asked, server: `http://localhost:${server.address().port}`, close: () => server.close() };
}

test('it works below a sub-path and offline after the first visit; a new release is offered and not forced', async () => {
  const release = nextRelease();
  const site = await serveDist();
  try {
    await browser.withPage(async (page) => {
      await open(page, site.base);
      const online = await classifySample(page);
      await stored(page);
      await assertInstallable(page);
      await site.pause();
      await reopen(page);
      await page.evaluate(() => window.resnetLens.ready);
      assert.deepEqual((await predictions(page))[0], online, 'the same answer to the image in the address without the server');
      const part = await page.evaluate(async () => {
        const response = await fetch(document.querySelector('[data-sample] img').src, { headers: { range: 'bytes=2-5' } });
        return { status: response.status, range: response.headers.get('content-range'), length: (await response.arrayBuffer()).byteLength };
      });
      assert.deepEqual({ ...part, range: part.range.split('/')[0] }, { status: 206, range: 'bytes 2-5', length: 4 });
      await site.resume(release.folder);

      await reopen(page);
      const versionOf = () => page.evaluate(() => document.documentElement.dataset.release);
      assert.equal(await versionOf(), release.version, 'the stored release opens');
      await page.locator('lens-update').waitFor();
      const cached = () => page.evaluate(() => caches.keys().then((keys) => keys.filter((key) => key.startsWith('resnet-lens files '))));
      assert.equal((await cached()).length, 2);
      await page.locator('lens-update [data-later]').click();
      await reopen(page);
      assert.equal(await versionOf(), release.version, 'it stays until the user asks');
      await page.locator('lens-update').waitFor();
      await Promise.all([page.waitForEvent('load'), page.locator('lens-update [data-accept]').click()]);
      await page.waitForFunction(() => document.documentElement.dataset.state === 'ready');
      assert.equal(await versionOf(), 'next-release');
      await page.waitForFunction(() => caches.keys().then((keys) => keys.filter((key) => key.startsWith('resnet-lens files ')).length === 1));
      assert.deepEqual(await cached(), ['resnet-lens files next-release']);
    });
  } finally {
    site.close();
    rmSync(release.folder, { recursive: true });
  }
});

test('a kept model of another server opens without any server; opening waits for no storage on the page’s thread', async () => {
  const site = await serveDist();
  const name = 'reversed.safetensors';
  browser.put(name, reversedClasses());
  try {
    await browser.withPage(async (page) => {
      await page.addInitScript(() => {
        window.storageReads = 0;
        const { getItem } = Storage.prototype;
        Storage.prototype.getItem = function counted(key) {
          window.storageReads += 1;
          return getItem.call(this, key);
        };
      });
      const answer = () => page.evaluate(async (bytes) => (await window.resnetLens.classify(new Blob([new Uint8Array(bytes)]), 1)).predictions[0], [...png(64, 64)]);
      await open(page, `${site.base}?model=${encodeURIComponent(`${browser.other}files/${name}`)}`);
      const online = await answer();
      await stored(page);
      await site.pause();
      browser.remove(name);
      await reopen(page);
      await page.evaluate(() => window.resnetLens.ready);
      assert.match(await page.textContent('lens-models [data-name]'), /reversed/);
      assert.deepEqual(await answer(), online);
      assert.equal(await page.evaluate(() => window.storageReads), 0);
    });
  } finally {
    site.close();
  }
});

/** Runs in the page before its scripts: the first frame is not drawn before `window.drawFrame()`. */
function holdFirstFrame() {
  const request = window.requestAnimationFrame;
  window.heldCallbacks = [];
  window.requestAnimationFrame = (callback) => window.heldCallbacks.push(callback);
  window.drawFrame = () => {
    window.requestAnimationFrame = request;
    for (const callback of window.heldCallbacks) request(callback);
  };
}

test('a click before the scripts run is answered; the engine is requested after the first frame', async () => {
  const site = await serveDist();
  const engine = () => site.requests.filter((path) => /^\/files\/(worker|resnet_lens_bg)-/.test(path));
  let release = () => {};
  const clicked = new Promise((resolve) => { release = () => resolve(undefined); });
  try {
    await browser.withPage(async (page) => {
      await page.addInitScript(holdFirstFrame);
      await page.route('**/files/main-*.js', async (route) => {
        await clicked;
        await route.continue();
      });
      await page.goto(site.base, { waitUntil: 'commit' });
      await page.click('[data-sample*=tabby-cat]');
      await page.click(SAMPLE);
      assert.equal(await page.locator('[data-clicked]').getAttribute('data-sample'), 'assets/samples/goldfish.jpg', 'the last click is marked');
      release();
      await page.waitForFunction(() => window.heldCallbacks.length > 0, undefined, { polling: 50 });
      assert.deepEqual(engine(), []);
      await page.evaluate(() => window.drawFrame());
      await page.locator('#predictions li', { hasText: 'goldfish' }).first().waitFor();
      assert.equal(await page.locator('[data-clicked]').count(), 0);
      assert.ok(engine().length >= 2, 'its script and its module');
    });
  } finally {
    site.close();
  }
});

test('nothing leaves the page but requests that the user makes; the camera is asked for by its button only', async () => {
  const [site, proxy] = await Promise.all([serveDist(), refusingProxy()]);
  const page = await browser.newPage({ proxy: { server: proxy.server, bypass: 'localhost' } });
  try {
    await page.addInitScript(() => {
      window.cameras = 0;
      navigator.mediaDevices.getUserMedia = async () => {
        window.cameras += 1;
        throw new DOMException('', 'NotAllowedError');
      };
    });
    const { headers } = await (async () => {
      const [response] = await Promise.all([page.waitForResponse(site.base), open(page, site.base)]);
      return { headers: await response.allHeaders() };
    })();
    assert.match(headers['content-security-policy'], /require-trusted-types-for 'script'.*frame-ancestors 'self'/);
    assert.match(headers['permissions-policy'], /camera=\(self\)/);
    await classifySample(page);
    await stored(page);
    assert.deepEqual([...proxy.asked], []);
    await assertPolicies(page, site);

    assert.equal(await page.evaluate(() => window.cameras), 0);
    await page.click('[data-camera]');
    await page.waitForFunction(() => window.cameras === 1);

    await page.fill('#image-address', 'https://images.example/photo.png');
    assert.equal(await settle(page, () => page.click('lens-image-source [type=submit]')), 'error');
    assert.deepEqual([...proxy.asked], ['images.example:443']);
    assert.match((await pageStatus(page)).alert, /images\.example/);
  } finally {
    await page.context().close();
    site.close();
    proxy.close();
  }
});

/** What the policies of the page and its worker refuse. */
async function assertPolicies(page, site) {
  const refused = await page.evaluate(() => {
    const sinks = { html: () => { document.createElement('div').innerHTML = '<b>'; }, worker: () => new Worker('worker.js'), policy: () => window.trustedTypes.createPolicy('other', {}) };
    return Object.entries(sinks).filter(([, use]) => {
      try {
        use();
        return false;
      } catch (error) {
        return error instanceof TypeError;
      }
    }).map(([name]) => name);
  });
  assert.deepEqual(refused, ['html', 'worker', 'policy'], 'Trusted Types');
  const [script] = site.requests.filter((path) => /^\/files\/worker-/.test(path));
  const header = (await fetch(new URL(script.slice(1), site.base))).headers.get('content-security-policy');
  assert.match(header, /default-src 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types resnet-lens; worker-src 'self'; script-src 'self' 'wasm-unsafe-eval'/);
}

test('it opens in Firefox without a network after the first visit', async () => {
  const [firefox, site] = await Promise.all([startFirefox(), serveDist()]);
  try {
    const page = await firefox.newPage();
    const address = `${site.base}?device=cpu`;
    await open(page, address);
    const online = await classifySample(page);
    await stored(page);
    await site.pause();
    await open(page, address);
    assert.deepEqual(await classifySample(page), online);
  } finally {
    site.close();
    await firefox.close();
  }
});
