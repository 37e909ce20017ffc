// Checks the built package: its manifest and types, TypeScript code of a user, and six set-ups in Chromium, each of which has to answer
// as the page does. `node npm/check/run.js NAME...` runs some of the set-ups.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync, cpSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import sirv from 'sirv';
import { CHROMIUM } from '../../tests/e2e/browser.js';
import { findProgram } from '../../tests/e2e/find-program.js';
import { SET_UPS, makeProject } from './set-ups.js';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const PACKAGE = path('../../target/npm');
const WORK = path('../../target/npm-check');
const WWW = path('../../www');
const PHOTO = join(WWW, 'assets/samples/tabby-cat.jpg');
const MODULES = path('node_modules');
/** Milliseconds for a page to answer. */
const TIMEOUT = 240_000;

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => !SET_UPS[name]);
if (unknown) throw new Error(`A set-up: expected one of ${Object.keys(SET_UPS).join(', ')}, found ${unknown}.`);
rmSync(WORK, { recursive: true, force: true });
mkdirSync(WORK, { recursive: true });
const unpacked = pack();
if (wanted.length === 0) {
  lintPackage();
  compileUser();
  await importInNode();
}
await checkSetUps(wanted.length > 0 ? wanted : Object.keys(SET_UPS));

/** Packs the package as npm publishes it; returns the folder of its files. */
function pack() {
  const [{ filename, size, unpackedSize, entryCount }] = JSON.parse(execFileSync('npm', ['pack', '--json', '--pack-destination', WORK], { cwd: PACKAGE }));
  execFileSync('tar', ['-xzf', join(WORK, filename), '-C', WORK]);
  log(`packed ${entryCount} files: ${size} bytes, ${unpackedSize} unpacked`);
  return join(WORK, 'package');
}

function lintPackage() {
  run('publint', [unpacked, '--strict', '--pack', 'false']);
  log('publint: clean');
  const tarball = readdirSync(WORK).find((name) => name.endsWith('.tgz'));
  // The package is for bundlers and browsers: it has no CommonJS form, and its assets have no types.
  run('attw', [join(WORK, tarball), '--profile', 'esm-only', '--exclude-entrypoints', './resnet_lens_bg.wasm', './starter.safetensors']);
  log('attw: clean');
}

/** Compiles user.ts without `skipLibCheck`, so that the declarations themselves are checked. */
function compileUser() {
  const folder = join(WORK, 'user');
  makeProject(folder, { unpacked, photo: PHOTO });
  cpSync(path('user.ts'), join(folder, 'user.ts'));
  for (const [module, moduleResolution] of [['ESNext', 'bundler'], ['Node16', 'node16']]) {
    const compilerOptions = { strict: true, noEmit: true, target: 'ES2022', lib: ['ES2022', 'DOM', 'DOM.Iterable'], types: [], module, moduleResolution };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['user.ts'] }));
    run('tsc', ['-p', folder]);
    log(`tsc, ${moduleResolution}: strict code of a user compiles`);
  }
}

/** A server that renders the page imports the modules, although it has no elements and workers. */
async function importInNode() {
  for (const name of ['index', 'inline', 'starter', 'elements']) await import(join(unpacked, `${name}.js`));
  log('Node imports every module');
}

async function checkSetUps(names) {
  const browser = await chromium.launch({ executablePath: findProgram(CHROMIUM), args: ['--no-sandbox'] });
  try {
    const expected = await answerOfPage(browser);
    for (const name of names) {
      const folder = join(WORK, name.replaceAll(' ', '-'));
      makeProject(folder, { unpacked, photo: PHOTO });
      const made = await SET_UPS[name](folder);
      const server = made.folder ? await serve(made.folder) : made;
      const found = await answerOf(browser, server.address).finally(() => server.close());
      if (JSON.stringify(found.answer) !== JSON.stringify(expected)) throw new Error(`${name}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found.answer)}`);
      log(`${name}: ${found.answer.label}, ${found.answer.probability.toFixed(4)}; element: ${found.element}`);
    }
  } finally {
    await browser.close();
  }
}

/** What the page of this project answers. */
async function answerOfPage(browser) {
  const server = await serve(WWW);
  const page = await browser.newPage();
  await page.goto(server.address);
  await page.waitForFunction(() => window.resnetLens, null, { timeout: TIMEOUT });
  const answer = await page.evaluate(async () => {
    await window.resnetLens.ready;
    return (await window.resnetLens.classify('assets/samples/tabby-cat.jpg', 1)).predictions[0];
  });
  await page.close();
  server.close();
  return answer;
}

/** The answer of a project's module, and the first line of its element. */
async function answerOf(browser, address) {
  const page = await browser.newPage();
  const faults = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('requestfailed', (request) => faults.push(`${request.url()}: ${request.failure()?.errorText}`));
  page.on('response', (response) => { if (response.status() >= 400 && !response.url().endsWith('favicon.ico')) faults.push(`${response.url()}: ${response.status()}`); });
  try {
    await page.goto(address);
    await page.waitForFunction(() => window.answer, null, { timeout: TIMEOUT });
    const line = page.locator('resnet-classifier li').first();
    await line.waitFor({ timeout: TIMEOUT });
    return { answer: await page.evaluate(() => window.answer), element: (await line.textContent()).trim().replace(/\s+/g, ' ') };
  } catch (error) {
    throw new Error([error.message, ...faults].join('\n'));
  } finally {
    await page.close();
  }
}

async function serve(folder) {
  const files = sirv(folder, { dev: true, dotfiles: true });
  const server = createServer((request, response) => files(request, response, () => { response.writeHead(404).end(); }));
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    address: `http://localhost:${server.address().port}/`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Runs a program of npm/check; its output is shown if it fails. */
function run(program, args) {
  try {
    execFileSync(join(MODULES, '.bin', program), args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch ({ stdout, stderr }) {
    throw new Error(`${program} ${args.join(' ')}\n${stdout}${stderr}`);
  }
}

function log(text) {
  process.stdout.write(`${text}\n`);
}
