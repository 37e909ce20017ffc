// Starts the system's Chromium with WebGPU on a software adapter, and works the page in any browser.
// Every wait ends with a sentence; a machine without WebGPU fails the tests, it never skips them.

import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';
import { findProgram } from './programs.js';
import { serve } from './server.js';

/** For `findProgram`. */
export const CHROMIUM = {
  what: 'Chromium',
  variable: 'CHROMIUM',
  names: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'],
  places: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/snap/bin/chromium',
  ],
  advice: 'install it (Debian: apt-get install chromium)',
};
/** WebGPU without a GPU: what software adapters need is behind flags. */
export const WEBGPU = ['--enable-unsafe-webgpu', '--enable-features=Vulkan', '--use-webgpu-adapter=swiftshader'];
/** Shows in screenshots, too, what WebGPU draws on a canvas. */
const CANVAS = [...WEBGPU, '--use-vulkan=swiftshader', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist', '--enable-gpu'];
/** Two cameras that are none, and nobody asked whether they may be used. */
export const CAMERA = [...CANVAS, '--use-fake-device-for-media-stream=device-count=2', '--use-fake-ui-for-media-stream'];

/** It bounds a hang and measures nothing: software adapters on a small and busy machine are slow. */
export const PATIENCE = 240_000;

/** What `serve` gives, and `{ newPage(options), withPage(run, options), close() }`: a browser, pages in it, and pages for one test each. */
export async function start({ args = CANVAS } = {}) {
  const [site, browser] = await Promise.all([
    serve(),
    // The tests start throw-away pages of our own, also as root in a container: no sandbox needed.
    chromium.launch({ executablePath: findProgram(CHROMIUM), args: ['--no-sandbox', ...args] }),
  ]);
  return {
    ...site,
    newPage: (options) => newPage(browser, options),
    withPage: (run, options) => withPage(browser, run, options),
    close: () => Promise.all([browser.close(), site.close()]),
  };
}

/** Runs `run(page)` on a page of its own, which must have nothing to complain of at the end. */
async function withPage(browser, run, options) {
  const page = await newPage(browser, options);
  try {
    await run(page);
    assert.deepEqual(page.complaints, [], 'the page threw or complained in the console');
  } finally {
    await page.context().close();
  }
}

async function newPage(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  page.on('console', (message) => {
    // A refused download is reported by the browser itself; the page has its own sentence for it.
    if (message.type() === 'error' && !/Failed to load resource|CORS policy/.test(message.text())) {
      page.complaints.push(message.text());
    }
  });
  return page;
}

/** Waits until `data-state` is one of `states`; promises which. Says what the page shows if it is not. */
export async function waitForState(page, ...states) {
  const reached = await page.evaluate(([wanted, patience]) => new Promise((resolve) => {
    const root = document.documentElement;
    const look = () => { if (wanted.includes(root.dataset.state)) resolve(root.dataset.state); };
    new MutationObserver(look).observe(root, { attributeFilter: ['data-state'] });
    setTimeout(resolve, patience, null);
    look();
  }), [states, PATIENCE]);
  if (reached) return reached;
  const { state, alert } = await told(page);
  throw new Error(`The page did not become ${states.join(' or ')} within ${PATIENCE / 1000} s: `
    + `it is ${state}${alert ? ` and says: ${alert}` : ' and says nothing'}.`);
}

/** Opens the page and waits for the first model; an error on the way is a failure with the page's sentence. */
export async function open(page, address) {
  await page.goto(address);
  if (await waitForState(page, 'ready', 'error') === 'error') {
    throw new Error(`The page opened with an error: ${(await told(page)).alert}`);
  }
}

/** The page's state and the text of its alert, or null. */
export function told(page) {
  return page.evaluate(() => {
    const shown = [...document.querySelectorAll('[role=alert]')].filter((node) => node.checkVisibility());
    return {
      state: document.documentElement.dataset.state,
      alerts: shown.length,
      alert: shown.at(0)?.querySelector('.sentence')?.textContent ?? null,
    };
  });
}

/** What `#predictions` shows. */
export function predictions(page) {
  return page.evaluate(() => [...document.querySelectorAll('#predictions > *')].map((node) => ({
    index: Number(node.dataset.classIndex),
    probability: Number(node.dataset.probability),
    label: node.querySelector('.label').textContent,
  })));
}

/** Gives the page an image file and waits for what comes of it: "ready" or "error". */
export function upload(page, name, buffer) {
  return settle(page, () => page.setInputFiles('#image-file', { name, mimeType: '', buffer }));
}

/** Gives the page a model file and waits for what comes of it. */
export function uploadModel(page, name, buffer) {
  return settle(page, () => page.setInputFiles('#model-file', { name, mimeType: '', buffer }));
}

/** Does something that makes the page work, and waits for the end of that work. */
export async function settle(page, act) {
  // Whatever was there before must not pass for what comes now.
  await page.evaluate(() => {
    window.worked = new Promise((resolve) => {
      const root = document.documentElement;
      new MutationObserver((_, observer) => {
        if (!['loading', 'busy'].includes(root.dataset.state)) return;
        observer.disconnect();
        resolve();
      }).observe(root, { attributeFilter: ['data-state'] });
    });
  });
  await act();
  await Promise.race([page.evaluate(() => window.worked), late(page)]);
  return waitForState(page, 'ready', 'error');
}

async function late(page) {
  await new Promise((resolve) => { setTimeout(resolve, PATIENCE).unref(); });
  throw new Error(`The page did not begin to work within ${PATIENCE / 1000} s: it is ${(await told(page)).state}.`);
}
