// Measures our engine and others in one browser with the same weights, input and adapter, in turn. Run by `make bench-web`;
// benches/README.md explains the output.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { landscape } from '../../tests/e2e/images.js';
import { largestDifference, top5 } from '../../tests/e2e/references.js';
import { inChromium } from './chromium.js';
import { onDawn } from './dawn.js';
import { openAndRun } from './first-run.js';
import { STARTER, model } from './model.js';
import { measureGradient } from './gradient.js';
import { INPUT, OUTPUT } from './onnx.js';
import { HELP, parse } from './options.js';
import { prepare } from './prepare.js';
import * as report from './report.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The reference where no logits were recorded: it computes on the CPU. */
const REFERENCE = 'ort-wasm';
/** Largest accepted logit error, by weight format. */
const LOGIT = { f32: 1e-3, f16: 3e-2 };

/** Logs progress: on a software adapter every run takes seconds. */
const log = (...words) => console.error('…', ...words);

/** Opens an engine and compares its logits with the reference; a deviation or an error becomes `failure`. */
async function open(host, name, given, right) {
  log('opening', name);
  try {
    const weights = { ours: given.precision, 'litert-f16': 'f16' }[name] ?? 'f32';
    const result = { name, weights, ...await openAndRun(host, name, given), times: [], cpu: [] };
    return right ? { ...result, ...judge(result, right) } : result;
  } catch (error) {
    return { name, failure: error.message.split('\n')[0] };
  }
}

function judge({ logits, weights }, right) {
  const [found, expected] = [logits, right].map(top5);
  if (String(found) !== String(expected)) return { failure: `its top 5 are ${found}, those of the reference ${expected}` };
  const error = largestDifference(logits, right);
  const limit = LOGIT[weights];
  return error <= limit ? { error } : { error, failure: `a logit is ${error} from the reference, more than ${limit}` };
}

/** Opens all engines; the baseline, where it is needed, and ours come first. */
async function openAll(host, network, { engines: wanted, precision, tune, device, threads }) {
  const given = { card: network.card, shape: network.shape, input: INPUT, output: OUTPUT, precision, tune, device, threads };
  // Ours is always opened: it provides the network's layers.
  const ours = await open(host, 'ours', given, network.logits);
  if (!ours.layers) throw new Error(`our own engine does not run: ${ours.failure}`);
  prepare(host, network, ours.layers);
  const engines = [];
  let right = network.logits;
  if (!right) {
    const baseline = await open(host, REFERENCE, given, null);
    if (baseline.failure) throw new Error(`the reference engine ${REFERENCE} does not run: ${baseline.failure}`);
    right = baseline.logits;
    Object.assign(ours, judge(ours, right));
    if (wanted.includes(REFERENCE)) engines.push({ ...baseline, error: 0 });
  }
  if (wanted.includes('ours')) engines.unshift(ours);
  for (const name of wanted) {
    if (!engines.some((engine) => engine.name === name)) engines.push(await open(host, name, given, right));
  }
  engines.sort((a, b) => wanted.indexOf(a.name) - wanted.indexOf(b.name));
  return { engines, right };
}

/** A B C A B C. */
async function takeTurns(host, engines, right, { rounds, seconds }) {
  const sound = engines.filter(({ failure }) => !failure);
  for (let round = 1; round <= rounds; round += 1) {
    for (const engine of sound) {
      log(`round ${round} of ${rounds}:`, engine.name);
      const before = await host.cpuTime();
      const times = await host.turn(engine.name, seconds);
      engine.cpu.push((await host.cpuTime() - before) / times.length);
      engine.times.push(times);
    }
  }
  for (const engine of sound) {
    // Later runs must give the same answer.
    Object.assign(engine, judge({ ...engine, logits: await host.logits(engine.name) }, right));
    engine.warm = report.spread(engine.times.flat());
    engine.work = report.spread(engine.cpu);
  }
}

function commit() {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty', '--abbrev=12'], { cwd: ROOT, encoding: 'utf8' }).trim();
  } catch {
    return 'unknown commit';
  }
}

async function main(options) {
  if (options.gradient) {
    if (!await measureGradient(options)) process.exitCode = 1;
    return;
  }
  const network = model(options.smoke ? STARTER : options.model);
  const host = await (options.dawn ? onDawn() : inChromium(options));
  host.put('weights.safetensors', network.weights);
  host.put('image.png', network.image, 'image/png');
  host.put('another.png', landscape(), 'image/png');
  const { engines, right } = await openAll(host, network, options);
  await takeTurns(host, engines, right, options);
  const profile = await host.profile().catch(() => []);
  const mainThread = options.images ? await host.mainThread(network.card, options.images) : null;
  const results = {
    model: { weights: network.name, architecture: network.card.name },
    input: network.shape,
    tuned: options.tune,
    reference: network.logits ? 'PyTorch in float64' : REFERENCE,
    where: host.where,
    versions: { ours: `${JSON.parse(readFileSync(resolve(ROOT, 'package.json'), 'utf8')).version} ${commit()}` },
    system: `${process.platform} ${process.arch}, ${cpus().length} threads, ${cpus()[0].model}`,
    engines: engines.map(({ layers, logits, ...engine }) => engine),
    mainThread,
    profile,
  };
  await host.close();
  print(results);
  const file = resolve(options.json ?? `${ROOT}/benches/results/web-${new Date().toISOString().replaceAll(':', '-')}.json`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, null, 1)}\n`);
  console.log(`\nWritten to ${file}`);
  if (engines.some(({ failure }) => failure)) process.exitCode = 1;
}

function print(results) {
  console.log(`${report.heading(results)}\n`);
  console.log(report.results(results.engines));
  if (results.profile.length) console.log(`\n${report.slowest(results.profile)}`);
  if (results.mainThread) console.log(`\n${report.mainThread(results.mainThread)}`);
}

try {
  const options = parse(process.argv.slice(2));
  if (options) await main(options);
  else console.log(HELP);
} catch (error) {
  console.error(`error: ${error.message}`);
  process.exit(1);
}
