// Drops weight files on the page, in Chromium without WebGPU, and compares the logits and the five best classes with PyTorch's in float64.
//
// The files are those that `python tools/check_files.py PROGRAM --keep FOLDER` has written, each with the files beside it. Prints one row per
// file: whether it opens, and the largest error of a logit relative to the largest logit, or the sentence of the alert. Fails if a row is
// not as expected.
//
// Run: node tools/check-files-page.js FOLDER [PATTERN]

import { readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { open, pageStatus, settle, start, upload } from '../tests/e2e/browser.js';

const TOLERANCE = 1e-3;
const [folder, pattern = ''] = process.argv.slice(2);
if (!folder) throw new Error('Run: node tools/check-files-page.js FOLDER [PATTERN]');
const { photo, names, kinds } = JSON.parse(readFileSync(join(folder, 'kinds.json')));
const site = await start({ device: 'cpu' });
site.put(photo, readFileSync(join(folder, photo)), 'image/png');
/** A page holds the files that were dropped on it, so a new one is opened now and then. */
const FILES_PER_PAGE = 10;
let page = null;
let dropped = 0;
let failed = 0;

/** The files that are dropped for a kind: those of a folder, or the file and the texts beside it. */
function filesOf(opened) {
  const path = join(folder, opened);
  if (statSync(path).isDirectory()) return readdirSync(path).map((name) => join(path, name));
  const beside = readdirSync(dirname(path)).filter((name) => /\.(txt|json|csv)$/.test(name) && name !== basename(path));
  return [path, ...beside.map((name) => join(dirname(path), name))];
}

async function freshPage() {
  await page?.context().close();
  page = await site.newPage();
  await open(page, site.base);
  await upload(page, photo, readFileSync(join(folder, photo)));
}

async function drop(paths) {
  const files = paths.map((path) => basename(path));
  paths.forEach((path, index) => site.put(`kind/${files[index]}`, readFileSync(path)));
  const state = await settle(page, () => page.evaluate(async (given) => {
    const transfer = new DataTransfer();
    for (const name of given) {
      const blob = await (await fetch(`files/kind/${encodeURIComponent(name)}`)).blob();
      transfer.items.add(new File([blob], name));
    }
    document.body.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: transfer }));
  }, files));
  files.forEach((name) => site.remove(`kind/${name}`));
  return state;
}

const answer = (node) => page.evaluate(async ([name, image]) => {
  const lens = window.resnetLens;
  await lens.observe([name]);
  const { predictions } = await lens.classify(image, 5);
  const { data } = await lens.featureMap(name);
  return { logits: [...data], top: predictions.map(({ index, label }) => ({ index, label: label.label ?? label })) };
}, [node, `files/${photo}`]);

const best = (logits) => [...logits.keys()].sort((a, b) => logits[b] - logits[a]).slice(0, 5);

async function check({ opened, node, logits, refusal, note }) {
  const state = await drop(filesOf(opened));
  const { alert } = await pageStatus(page);
  if (state === 'error') return { good: refusal !== null && new RegExp(refusal).test(alert), text: alert };
  const found = await answer(node);
  const largest = Math.max(...logits.map(Math.abs));
  const error = found.logits.length === logits.length ? Math.max(...logits.map((logit, i) => Math.abs(logit - found.logits[i]))) / largest : Infinity;
  const sameTop = node !== 'fc' || best(logits).every((index, rank) => found.top[rank].index === index);
  const named = !['labels', 'config.json'].includes(note) || found.top.every(({ index, label }) => label === names[index]);
  const good = refusal === null && error <= TOLERANCE && sameTop && named;
  return { good, text: `opens | ${error.toExponential(1)} | ${sameTop ? 'same top 5' : 'other classes'}${named ? '' : ', without names'}${alert ? `; ${alert}` : ''}` };
}

console.log('| file | result | largest relative error | |\n|---|---|---|---|');
for (const kind of kinds.filter(({ name }) => new RegExp(pattern).test(name))) {
  if (dropped % FILES_PER_PAGE === 0) await freshPage();
  dropped += 1;
  const { good, text } = await check(kind).catch((error) => ({ good: false, text: `error: ${error.message}` }));
  if (!good) failed += 1;
  console.log(`| ${kind.name} | ${text} |${good ? '' : ' **not as expected** |'}`);
}
console.log(`${failed} of ${dropped} not as expected`);
await site.close();
process.exitCode = failed ? 1 : 0;
