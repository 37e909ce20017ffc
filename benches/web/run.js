// Our engine beside others in one browser: the same weights, the same input, the same adapter, in turn.
// `make bench-web` runs it; benches/README.md says how to read it.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { CHROMIUM, WEBGPU } from '../../tests/e2e/browser.js';
import { findProgram } from '../../tests/e2e/programs.js';
import { furthest, top5 } from '../../tests/e2e/references.js';
import { mainThreadWork } from './main-thread.js';
import { STARTER, model } from './model.js';
import { fold, readTensors } from './network.js';
import { nhwc, pixelsFirst } from './nhwc.js';
import { INPUT, OUTPUT, onnx } from './onnx.js';
import { HELP, parse } from './options.js';
import * as report from './report.js';
import { serve } from './server.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The engine that says what is right where no answer was recorded: it computes on the processor. */
const REFEREE = 'ort-wasm';
/** How far a logit may be off. */
const LOGIT = 1e-3;
/** On a GPU, not on a program that plays one. */
const HARDWARE = ['--enable-unsafe-webgpu', '--enable-features=Vulkan', '--ignore-gpu-blocklist'];

function launch({ headed, hardware }) {
  const own = headed || hardware;
  return chromium.launch({
    executablePath: findProgram(CHROMIUM),
    headless: !headed,
    args: ['--no-sandbox', ...own ? HARDWARE : WEBGPU],
  });
}

/** Says what is under way: on a software adapter every run takes its time. */
const say = (...words) => console.error('…', ...words);

/** Opens an engine and holds its answer against the right one; a wrong answer or none is a `failure`. */
async function open(page, name, given, right) {
  say('opening', name);
  try {
    const opened = await page.evaluate(([engine, opening]) => window.bench.open(engine, opening), [name, given]);
    const result = { name, ...opened, times: [], cpu: [] };
    return right ? { ...result, ...judge(result.logits, right) } : result;
  } catch (error) {
    return { name, failure: error.message.split('\n')[0] };
  }
}

function judge(logits, right) {
  const [found, expected] = [logits, right].map(top5);
  if (String(found) !== String(expected)) return { failure: `its top 5 are ${found}, those of the reference ${expected}` };
  const error = furthest(logits, right);
  return error <= LOGIT ? { error } : { error, failure: `a logit is ${error} from the reference, more than ${LOGIT}` };
}

/** What the other engines need, made of our engine's description of the network. */
function prepare(site, { weights, values, shape }, layers) {
  const steps = fold(layers, readTensors(weights));
  const { manifest, values: block } = nhwc(steps);
  const bytes = ({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength);
  site.put('model.onnx', Buffer.from(onnx(steps, shape)));
  site.put('network.json', JSON.stringify(manifest), 'application/json');
  site.put('weights-nhwc.f32', bytes(block));
  site.put('input-nchw.f32', bytes(values));
  site.put('input-nhwc.f32', bytes(pixelsFirst(values, shape)));
}

/** Opens all engines; the referee, where it is needed, and ours come first. */
async function openAll(site, page, network, wanted) {
  const given = { card: network.card, shape: network.shape, input: INPUT, output: OUTPUT };
  // Ours is opened in any case: it knows the network's layers.
  const ours = await open(page, 'ours', given, network.logits);
  if (!ours.layers) throw new Error(`our own engine does not run: ${ours.failure}`);
  prepare(site, network, ours.layers);
  const engines = [];
  let right = network.logits;
  if (!right) {
    const referee = await open(page, REFEREE, given, null);
    if (referee.failure) throw new Error(`${REFEREE} does not run, and it should say what is right: ${referee.failure}`);
    right = referee.logits;
    Object.assign(ours, judge(ours.logits, right));
    if (wanted.includes(REFEREE)) engines.push({ ...referee, error: 0 });
  }
  if (wanted.includes('ours')) engines.unshift(ours);
  for (const name of wanted) {
    if (!engines.some((engine) => engine.name === name)) engines.push(await open(page, name, given, right));
  }
  engines.sort((a, b) => wanted.indexOf(a.name) - wanted.indexOf(b.name));
  return { engines, right };
}

/** A B C A B C. */
async function takeTurns(page, engines, right, { rounds, seconds, cpuTime }) {
  const sound = engines.filter(({ failure }) => !failure);
  for (let round = 1; round <= rounds; round += 1) {
    for (const engine of sound) {
      say(`round ${round} of ${rounds}:`, engine.name);
      const before = await cpuTime();
      const times = await page.evaluate(([name, least]) => window.bench.turn(name, least), [engine.name, seconds]);
      engine.cpu.push((await cpuTime() - before) / times.length);
      engine.times.push(times);
    }
  }
  for (const engine of sound) {
    // Runs after the first are held to the same answer.
    Object.assign(engine, judge(await page.evaluate((name) => window.bench.logits(name), engine.name), right));
    engine.warm = report.spread(engine.times.flat());
    engine.work = report.spread(engine.cpu);
  }
}

/** Milliseconds that all processes of the browser have computed so far. Other programs do not lengthen them. */
async function cpuTime(devtools) {
  const { processInfo } = await devtools.send('SystemInfo.getProcessInfo');
  return processInfo.reduce((sum, { cpuTime: seconds }) => sum + seconds * 1000, 0);
}

function commit() {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty', '--abbrev=12'], { cwd: ROOT, encoding: 'utf8' }).trim();
  } catch {
    return 'of an unknown commit';
  }
}

async function main(options) {
  const { rounds, seconds, pictures } = options;
  const network = model(options.smoke ? STARTER : options.model);
  const [site, browser] = await Promise.all([serve(), launch(options)]);
  site.put('weights.safetensors', network.weights);
  site.put('picture.png', network.picture, 'image/png');
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(0);
  await page.goto(`${site.base}bench/index.html`);
  await page.waitForFunction(() => window.bench);
  const { engines, right } = await openAll(site, page, network, options.engines);
  const devtools = await browser.newBrowserCDPSession();
  await takeTurns(page, engines, right, { rounds, seconds, cpuTime: () => cpuTime(devtools) });
  const ours = engines.find(({ name }) => name === 'ours');
  const profile = ours && await page.evaluate(() => window.bench.profile('ours').catch(() => []));
  await page.close();
  if (pictures) say('main thread');
  const work = pictures ? await mainThreadWork(context, site.base, network.card, pictures) : null;
  const told = {
    model: { weights: network.name, architecture: network.card.name },
    input: network.shape,
    reference: network.logits ? 'PyTorch in float64' : REFEREE,
    browser: `${options.headed ? 'visible' : 'headless'} Chromium ${browser.version()}`,
    versions: { ours: `${JSON.parse(readFileSync(resolve(ROOT, 'package.json'), 'utf8')).version} ${commit()}` },
    system: `${process.platform} ${process.arch}, ${cpus().length} threads, ${cpus()[0].model}`,
    engines: engines.map(({ layers, logits, ...engine }) => engine),
    mainThread: work,
    profile: profile ?? [],
  };
  await Promise.all([browser.close(), site.close()]);
  print(told);
  const file = resolve(options.json ?? `${ROOT}/benches/results/web-${new Date().toISOString().replaceAll(':', '-')}.json`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(told, null, 1)}\n`);
  console.log(`\nWritten to ${file}`);
  if (engines.some(({ failure }) => failure)) process.exitCode = 1;
}

function print(told) {
  console.log(`${report.heading(told)}\n`);
  console.log(report.results(told.engines));
  if (told.profile.length) console.log(`\n${report.slowest(told.profile)}`);
  if (told.mainThread) console.log(`\n${report.mainThread(told.mainThread)}`);
}

try {
  const options = parse(process.argv.slice(2));
  if (options) await main(options);
  else console.log(HELP);
} catch (error) {
  console.error(`error: ${error.message}`);
  process.exit(1);
}
