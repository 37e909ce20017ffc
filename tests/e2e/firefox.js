// Starts the system's Firefox through geckodriver. Its page answers to the few calls that browser.js makes of a
// Playwright page, so that what works the page in one browser works it in the other.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Builder, By } from 'selenium-webdriver';
import { Options, ServiceBuilder } from 'selenium-webdriver/firefox.js';
import { findProgram } from './programs.js';
import { serve } from './server.js';

const ROOT = new URL('../../', import.meta.url);
const FIREFOX = {
  what: 'Firefox',
  variable: 'FIREFOX',
  names: ['firefox-esr', 'firefox'],
  places: ['/Applications/Firefox.app/Contents/MacOS/firefox', '/snap/bin/firefox'],
  advice: 'install it (Debian: apt-get install firefox-esr)',
};
const GECKODRIVER = {
  what: 'geckodriver',
  variable: 'GECKODRIVER',
  names: ['geckodriver'],
  folders: [fileURLToPath(new URL('target/tools/bin', ROOT))],
  advice: 'install it (“make setup” or cargo install geckodriver)',
};

/** A network of full width, run on a CPU by a cold engine, may take this long over one call. */
const PATIENCE = 300_000;

/** A browser that has crashed never says that it is closed. */
const FAREWELL = 10_000;

/** `{ base, other, newPage(), close() }`: two servers of `www/`, and a browser for each new page. */
export async function start() {
  const programs = [findProgram(FIREFOX), findProgram(GECKODRIVER)];
  const folder = mkdtempSync(join(tmpdir(), 'resnet-lens-firefox-'));
  const site = await serve();
  const pages = [];
  const close = async () => {
    for (const page of pages) await Promise.race([page.driver.quit(), setTimeout(FAREWELL, undefined, { ref: false })]);
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
  await driver.manage().setTimeouts({ script: PATIENCE, pageLoad: PATIENCE });
  const complaints = [];
  await driver.script().addJavaScriptErrorHandler(({ text }) => complaints.push(text));
  await driver.script().addConsoleMessageHandler(({ level, text }) => {
    if (level === 'error') complaints.push(text);
  });
  return new FirefoxPage(driver, folder, complaints);
}

/** The settings that show WebGPU without a GPU are those of the library's own tests. */
function options(firefox) {
  const { prefs } = JSON.parse(readFileSync(new URL('webdriver.json', ROOT)))['moz:firefoxOptions'];
  const given = new Options().setBinary(firefox).enableBidi().addArguments('-headless', '--width=1440', '--height=900');
  for (const [name, value] of Object.entries(prefs)) given.setPreference(name, value);
  return given;
}

/** Vulkan's loader wants a private folder of its own, which containers and services do not have. */
function graphicsEnvironment(folder) {
  const runtime = process.env.XDG_RUNTIME_DIR ?? join(folder, 'runtime');
  mkdirSync(runtime, { recursive: true, mode: 0o700 });
  return { ...process.env, XDG_RUNTIME_DIR: runtime };
}

class FirefoxPage {
  #folder;

  constructor(driver, folder, complaints) {
    this.driver = driver;
    this.complaints = complaints;
    this.#folder = folder;
  }

  goto(address) {
    return this.driver.get(address);
  }

  /** Runs a function in the page, with one plain value for it, and promises what it promises. */
  async evaluate(work, given) {
    const { value, error } = await this.driver.executeAsyncScript(`
      const [given, done] = arguments;
      Promise.resolve(given).then(${work}).then((value) => done({ value }), (error) => done({ error: String(error) }));
    `, given ?? null);
    if (error) throw new Error(`In the page: ${error}`);
    return value;
  }

  /** A file chooser is given its file through a path. */
  async setInputFiles(selector, { name, buffer }) {
    const path = join(this.#folder, basename(name));
    writeFileSync(path, buffer);
    await this.driver.findElement(By.css(selector)).sendKeys(path);
  }

  textContent(selector) {
    return this.driver.findElement(By.css(selector)).getAttribute('textContent');
  }
}
