// Runs the engines in one page of one Chromium, each engine in a worker of its own.

import { chromium } from 'playwright-core';
import { CHROMIUM, WEBGPU } from '../../tests/e2e/browser.js';
import { findProgram } from '../../tests/e2e/find-program.js';
import { mainThreadWork } from './main-thread.js';
import { serve } from './server.js';

/** Flags for a hardware GPU instead of SwiftShader. */
const HARDWARE = ['--enable-unsafe-webgpu', '--enable-features=Vulkan', '--ignore-gpu-blocklist'];

/**
 * Returns a host: `put(name, bytes, type)` serves a file to the engines; `open(name, options)` resolves to `{ load,
 * adapter, layers }`; `turn(name, seconds)` to the milliseconds of each run; `cpuTime()` to the CPU time of all browser
 * processes in milliseconds; `mainThread(card, images)` to the main-thread work of the page.
 */
export async function inChromium({ headed, hardware }) {
  const args = ['--no-sandbox', ...headed || hardware ? HARDWARE : WEBGPU];
  const [site, browser] = await Promise.all([
    serve(),
    chromium.launch({ executablePath: findProgram(CHROMIUM), headless: !headed, args }),
  ]);
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(0);
  await page.goto(`${site.base}bench/index.html`);
  await page.waitForFunction(() => window.bench);
  const devtools = await browser.newBrowserCDPSession();
  const ask = (method, ...given) => page.evaluate(([called, list]) => window.bench[called](...list), [method, given]);
  return {
    where: `${headed ? 'visible' : 'headless'} Chromium ${browser.version()}`,
    put: site.put,
    open: (name, given) => ask('open', name, given),
    turn: (name, seconds) => ask('turn', name, seconds),
    logits: (name) => ask('logits', name),
    profile: () => ask('profile', 'ours'),
    async cpuTime() {
      const { processInfo } = await devtools.send('SystemInfo.getProcessInfo');
      return processInfo.reduce((sum, { cpuTime: seconds }) => sum + seconds * 1000, 0);
    },
    async mainThread(card, images) {
      await page.close();
      return mainThreadWork(context, site.base, card, images);
    },
    close: () => Promise.all([browser.close(), site.close()]),
  };
}
