// Starts the system's Chromium with WebGPU on a software adapter, and helpers that drive the page in any browser. Every wait has a
// time limit and an error message. Tests fail on a machine without WebGPU; they are never skipped.

import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import { findProgram } from './find-program.js';
import { serve } from './server.js';

/** Argument of `findProgram`. */
export const CHROMIUM = {
  what: 'Chromium',
  variable: 'CHROMIUM',
  names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'],
  paths: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/snap/bin/chromium',
  ],
  advice: 'install it (Debian: apt-get install chromium)',
};

/**
 * Features of Chromium. The first two load pages of its address bar with each window, a third of the work of opening ours. The others are
 * Playwright's own: its flag is replaced by this one.
 */
const DISABLED_FEATURES = [
  'WebUIOmniboxPopup', 'WebUIOmniboxAimPopup',
  'AimEnabled', 'AvoidCorsURLLoaderRestartOnRedirect', 'AvoidUnnecessaryBeforeUnloadCheckSync', 'DestroyProfileOnBrowserClose',
  'HttpsFirstBalancedModeAutoEnable', 'HttpsUpgrades', 'LensOverlay', 'MediaRouter', 'NetworkTimeServiceQuerying', 'OptimizationHints',
  'PaintHolding', 'PreconnectToSearch', 'ThirdPartyStoragePartitioning',
];

/** Flags for WebGPU on a software adapter. */
export const WEBGPU = ['--enable-unsafe-webgpu', '--enable-features=Vulkan', '--use-webgpu-adapter=swiftshader'];
/** Flags that also composite WebGPU canvases, so that screenshots show them. */
const CANVAS = [...WEBGPU, '--use-vulkan=swiftshader', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist', '--enable-gpu'];
/** Flags for two simulated cameras with permission granted. */
export const CAMERA = ['--use-fake-device-for-media-stream=device-count=2', '--use-fake-ui-for-media-stream'];

/** Time limit of every wait in milliseconds. Generous, because software adapters on a busy machine are slow. */
export const TIMEOUT = Number(process.env.E2E_TIMEOUT ?? 240_000);

/** Whether pages are isolated from other origins and so have compute threads: E2E_ISOLATED=1 in the environment. */
const ISOLATED = process.env.E2E_ISOLATED === '1';

/** Time limit of a test in milliseconds: scripts of a page that wait for each other have none of their own. */
const LONGEST_TEST = 2 * TIMEOUT;

/** Side of the starter model's input in pixels for tests whose subject is not the values. Half of its own: a quarter of the pixels. */
export const SMALL_INPUT = 64;

const VIEWPORT = { width: 1440, height: 900 };

/** @typedef {'cpu' | 'gpu'} Device */

/**
 * The result of `serve` and `{ newPage(options), withPage(run, options), sharePage(prepare, options), close() }`: a browser and its pages.
 * On the device `cpu`, the fastest one, the browser has no WebGPU. On `gpu` it has a software adapter, which the page takes although the
 * CPU is faster. The environment variable E2E_DEVICE overrides it.
 * @param {{ device?: Device, args?: string[], canvases?: boolean, bundled?: boolean, input?: number }} [options] `canvases`: the browser composites
 * WebGPU canvases; `bundled`: scripts and style sheets are bundled, not the single files of www/; `input`: the side in pixels of the starter
 * model's input, if not its own
 */
export async function start({ device = 'cpu', args = [], canvases = true, bundled = true, input } = {}) {
  const wanted = process.env.E2E_DEVICE ?? device;
  const own = { cpu: [], gpu: canvases ? CANVAS : WEBGPU }[wanted];
  assert.ok(own, `E2E_DEVICE: expected cpu or gpu, found ${wanted}`);
  const [site, browser] = await Promise.all([
    serve({ device: wanted, isolated: ISOLATED, bundled, input }),
    // The tests open only the project's own pages; the sandbox would not start as root in a container.
    chromium.launch({ executablePath: findProgram(CHROMIUM), args: ['--no-sandbox', `--disable-features=${DISABLED_FEATURES}`, ...own, ...args] }),
  ]);
  return {
    ...site,
    newPage: (options) => newPage(browser, options),
    withPage: (run, options) => withPage(browser, run, options),
    sharePage: (prepare, options) => sharePage(browser, prepare, options),
    close: () => Promise.all([browser.close(), site.close()]),
  };
}

/** Resolves as `work` does; rejects if that takes longer than `limit` milliseconds. */
function within(limit, work) {
  let timer = null;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`the test did not end within ${limit / 1000} s`)), limit);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** Runs `run(page)` on a new page and asserts that the page logged no error. */
async function withPage(browser, run, options) {
  const page = await newPage(browser, options);
  try {
    await within(LONGEST_TEST, run(page));
    assert.deepEqual(page.errors, [], 'the page threw or logged an error');
  } finally {
    await page.context().close();
  }
}

/**
 * One page for several tests, because opening a page takes most of the time of a short test. Returns a function that runs `run(page)` on
 * it and asserts that the page logged no error. `prepare(page)` opens the page for the first test and after a failed one, so that a
 * failure does not affect the next test. Each test gets its window size and colour scheme, and a page without open dialogs and focus.
 */
function sharePage(browser, prepare, options = {}) {
  let page = null;
  return async (run, { viewport = options.viewport ?? VIEWPORT, colorScheme = 'light' } = {}) => {
    try {
      const isNew = !page;
      page ??= await newPage(browser, options);
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      await (isNew ? prepare(page) : tidy(page));
      await within(LONGEST_TEST, run(page));
      assert.deepEqual(page.errors, [], 'the page threw or logged an error');
    } catch (error) {
      await page?.context().close();
      page = null;
      throw error;
    }
  };
}

/** Closes what the test before may have opened, and removes its pointer and focus. */
async function tidy(page) {
  await page.mouse.move(0, 0);
  await page.evaluate(() => {
    for (const dialog of document.querySelectorAll('dialog[open]')) dialog.close();
    for (const details of document.querySelectorAll('details[open]')) details.open = false;
    document.activeElement?.blur();
    scrollTo(0, 0);
  });
}

/** Runs in the page before its scripts: cameras give small frames. What the page requested is kept as `window.requestedVideo`. */
function requestSmallFrames() {
  const { getUserMedia } = MediaDevices.prototype;
  MediaDevices.prototype.getUserMedia = function get({ video, ...rest }) {
    window.requestedVideo = video;
    return getUserMedia.call(this, { ...rest, video: { ...video, width: 160, height: 120 } });
  };
}

/**
 * `smallFrames`: cameras give frames of 160 × 120 pixels, because resizing those that the page requests takes more than half of the work of a
 * frame on a software adapter. Other options are Playwright's.
 */
async function newPage(browser, { smallFrames = false, ...options } = {}) {
  const context = await browser.newContext({ viewport: VIEWPORT, ...options });
  if (smallFrames) await context.addInitScript(requestSmallFrames);
  const page = await context.newPage();
  page.setDefaultTimeout(TIMEOUT);
  page.errors = [];
  page.on('pageerror', (error) => page.errors.push(String(error)));
  page.on('console', (message) => {
    // The browser logs failed downloads itself; the page shows an alert for them.
    if (message.type() === 'error' && !/Failed to load resource|CORS policy/.test(message.text())) {
      page.errors.push(message.text());
    }
  });
  return page;
}

/** Waits until `data-state` is one of `states` and resolves to it. On a timeout the error contains the page's state and alert. */
export async function waitForState(page, ...states) {
  const reached = await page.evaluate(([wanted, timeout]) => new Promise((resolve) => {
    const root = document.documentElement;
    const check = () => { if (wanted.includes(root.dataset.state)) resolve(root.dataset.state); };
    new MutationObserver(check).observe(root, { attributeFilter: ['data-state'] });
    setTimeout(resolve, timeout, null);
    check();
  }), [states, TIMEOUT]);
  if (reached) return reached;
  const { state, alert } = await pageStatus(page);
  throw new Error(`The page did not become ${states.join(' or ')} within ${TIMEOUT / 1000} s: `
    + `it is ${state}, ${alert ? `with the alert: ${alert}` : 'without an alert'}.`);
}

/** Opens the page and waits for the first model. Throws with the page's alert if it fails. */
export async function open(page, url) {
  await page.goto(url);
  await opened(page);
}

/** Opens the page's current address again. `page.goto` would not: an address with a fragment is not loaded twice. */
export async function reopen(page) {
  await page.reload();
  await opened(page);
}

async function opened(page) {
  if (await waitForState(page, 'ready', 'error') === 'error') {
    throw new Error(`The page opened with an error: ${(await pageStatus(page)).alert}`);
  }
}

/** `{ state, alerts, alert }`: the page's state, the number of visible alerts and the text of the first, or null. */
export function pageStatus(page) {
  return page.evaluate(() => {
    const shown = [...document.querySelectorAll('[role=alert]')].filter((node) => node.checkVisibility());
    return {
      state: document.documentElement.dataset.state,
      alerts: shown.length,
      alert: shown.at(0)?.querySelector('.sentence')?.textContent ?? null,
    };
  });
}

/** The predictions that the page shows: `[{ index, probability, label }]`. */
export function predictions(page) {
  return page.evaluate(() => [...document.querySelectorAll('#predictions > *')].map((node) => ({
    index: Number(node.dataset.classIndex),
    probability: Number(node.dataset.probability),
    label: node.querySelector('.label').textContent,
  })));
}

/** Gives the page an image file; resolves to the resulting state, "ready" or "error". */
export function upload(page, name, buffer) {
  return settle(page, () => page.setInputFiles('#image-file', { name, mimeType: '', buffer }));
}

/** Gives the page a model file; resolves to the resulting state. */
export function uploadModel(page, name, buffer) {
  return settle(page, () => page.setInputFiles('#model-file', { name, mimeType: '', buffer }));
}

/** Runs `act`, which makes the page load or classify, and waits for the end of that work; resolves to "ready" or "error". */
export async function settle(page, act) {
  // Waits for the start of the work first: the state before `act` may already be "ready".
  await page.evaluate(() => {
    window.workStarted = new Promise((resolve) => {
      const root = document.documentElement;
      new MutationObserver((_, observer) => {
        if (!['loading', 'busy'].includes(root.dataset.state)) return;
        observer.disconnect();
        resolve();
      }).observe(root, { attributeFilter: ['data-state'] });
    });
  });
  await act();
  await Promise.race([page.evaluate(() => window.workStarted), failLate(page)]);
  return waitForState(page, 'ready', 'error');
}

async function failLate(page) {
  await new Promise((resolve) => { setTimeout(resolve, TIMEOUT).unref(); });
  throw new Error(`The page did not start loading or classifying within ${TIMEOUT / 1000} s: it is ${(await pageStatus(page)).state}.`);
}
