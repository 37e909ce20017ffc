// Starts the system's Firefox through geckodriver. Its page implements the calls of a Playwright page that the helpers of browser.js
// use, so that they work in both browsers.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Builder, By } from 'selenium-webdriver';
import { Options, ServiceBuilder } from 'selenium-webdriver/firefox.js';
import { findProgram } from './find-program.js';
import { serve } from './server.js';

const ROOT = new URL('../../', import.meta.url);
const FIREFOX = {
  what: 'Firefox',
  variable: 'FIREFOX',
  names: ['firefox-esr', 'firefox'],
  paths: ['/Applications/Firefox.app/Contents/MacOS/firefox', '/snap/bin/firefox'],
  advice: 'install it (Debian: apt-get install firefox-esr)',
};
const GECKODRIVER = {
  what: 'geckodriver',
  variable: 'GECKODRIVER',
  names: ['geckodriver'],
  folders: [fileURLToPath(new URL('target/tools/bin', ROOT))],
  advice: 'install it (“make setup” or cargo install geckodriver)',
};

/** Time limit of one call in milliseconds: the first run of a full network on a CPU takes minutes. */
const TIMEOUT = 300_000;

/** Time limit for closing a browser, which does not respond after a crash. */
const QUIT_TIMEOUT = 10_000;

/** `{ base, other, newPage(), close() }`: two servers of `www/` and one browser per page. */
export async function start() {
  const programs = [findProgram(FIREFOX), findProgram(GECKODRIVER)];
  const folder = mkdtempSync(join(tmpdir(), 'resnet-lens-firefox-'));
  const site = await serve({ device: 'gpu', bundled: false });
  const pages = [];
  const close = async () => {
    for (const page of pages) await Promise.race([page.driver.quit(), setTimeout(QUIT_TIMEOUT, undefined, { ref: false })]);
    await site.close();
    rmSync(folder, { recursive: true });
  };
  const newPage = async () => {
    const page = await newFirefox(...programs, folder);
    pages.push(page);
    return page;
  };
  return { ...site, newPage, close };
}

async function newFirefox(firefox, geckodriver, folder) {
  const service = new ServiceBuilder(geckodriver).setEnvironment(graphicsEnvironment(folder));
  const driver = await new Builder().forBrowser('firefox').setFirefoxOptions(options(firefox)).setFirefoxService(service).build();
  await driver.manage().setTimeouts({ script: TIMEOUT, pageLoad: TIMEOUT });
  const errors = [];
  await driver.script().addJavaScriptErrorHandler(({ text }) => errors.push(text));
  await driver.script().addConsoleMessageHandler(({ level, text }) => {
    if (level === 'error') errors.push(text);
  });
  return new FirefoxPage(driver, folder, errors);
}

/** The preferences that enable WebGPU on a software adapter, shared with the library's browser tests. */
function options(firefox) {
  const { prefs } = JSON.parse(readFileSync(new URL('webdriver.json', ROOT)))['moz:firefoxOptions'];
  const given = new Options().setBinary(firefox).enableBidi().addArguments('-headless', '--width=1440', '--height=900');
  for (const [name, value] of Object.entries(prefs)) given.setPreference(name, value);
  return given;
}

/** Vulkan's loader requires a private runtime folder, which containers do not have. */
function graphicsEnvironment(folder) {
  const runtime = process.env.XDG_RUNTIME_DIR ?? join(folder, 'runtime');
  mkdirSync(runtime, { recursive: true, mode: 0o700 });
  return { ...process.env, XDG_RUNTIME_DIR: runtime };
}

class FirefoxPage {
  #folder;

  constructor(driver, folder, errors) {
    this.driver = driver;
    this.errors = errors;
    this.#folder = folder;
  }

  goto(address) {
    return this.driver.get(address);
  }

  /** Runs a function in the page with one plain argument and resolves to its result. */
  async evaluate(work, given) {
    const { value, error } = await this.driver.executeAsyncScript(`
      const [given, done] = arguments;
      Promise.resolve(given).then(${work}).then((value) => done({ value }), (error) => done({ error: String(error) }));
    `, given ?? null);
    if (error) throw new Error(`In the page: ${error}`);
    return value;
  }

  /** WebDriver passes files by path. */
  async setInputFiles(selector, { name, buffer }) {
    const path = join(this.#folder, basename(name));
    writeFileSync(path, buffer);
    await this.driver.findElement(By.css(selector)).sendKeys(path);
  }

  textContent(selector) {
    return this.driver.findElement(By.css(selector)).getAttribute('textContent');
  }
}
