// Runs one page for a long time and reports its memory: classifications, a simulated camera, switches of the model, lost devices.
//   node tests/soak/run.js --classifications 10000 --minutes 30 --switches 50 --losses 20 --device gpu
// The page keeps one document all the time. Memory is read after a garbage collection at the begin and at the end of a phase. The run
// fails if it grows between, or if the answers at the end are not those of the beginning.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CAMERA, open, pageStatus, settle, start } from '../e2e/browser.js';
import { HOOKS, fault } from '../e2e/device-faults.js';
import { png } from '../e2e/images.js';
import { COLLECTABLE, count, counted } from '../e2e/resource-counter.js';
import { reversedClasses, starter } from '../e2e/weight-files.js';
import { Memory } from './memory.js';

const { values } = parseArgs({
  options: {
    classifications: { type: 'string', default: '10000' },
    minutes: { type: 'string', default: '30' },
    switches: { type: 'string', default: '50' },
    losses: { type: 'string', default: '20' },
    device: { type: 'string', default: 'gpu' },
    out: { type: 'string', default: 'target/soak.json' },
  },
});
const SAMPLES = ['tabby-cat', 'bee'];

const site = await start({ device: values.device, args: [...CAMERA, COLLECTABLE] });
try {
  const page = await site.newPage({ permissions: ['camera'] });
  site.put('starter.safetensors', starter);
  site.put('reversed.safetensors', reversedClasses());
  await count(page, values.device === 'gpu' ? HOOKS : '');
  await open(page, site.base);
  const memory = await Memory.of(page, () => counted(page));
  const before = await answers(page);
  for (const [name, amount, phase] of phases(page)) await memory.during(name, amount, phase);
  assert.deepEqual(await answers(page), before, 'the answers at the end are those of the beginning');
  assert.equal((await pageStatus(page)).alert, null);
  assert.deepEqual(page.errors, [], 'the page logged no error');
  console.log(memory.table());
  writeFileSync(values.out, `${JSON.stringify(memory.phases, null, 2)}\n`);
  memory.check();
} finally {
  await site.close();
}

/** `[name, amount, phase]`: `phase()` yields after every unit of its amount. */
function phases(page) {
  const all = [
    ['classifications', Number(values.classifications), () => classify(page, Number(values.classifications))],
    ['seconds of camera', Number(values.minutes) * 60, () => film(page, Number(values.minutes) * 60)],
    ['switches of the model', Number(values.switches), () => switchModels(page, Number(values.switches))],
  ];
  if (values.device === 'gpu') all.push(['lost devices', Number(values.losses), () => lose(page, Number(values.losses))]);
  return all.filter(([, amount]) => amount > 0);
}

async function* classify(page, times) {
  const image = [...png(96, 64)];
  const CHUNK = 100;
  for (let done = 0; done < times; done += CHUNK) {
    await page.evaluate(async ([bytes, number]) => {
      const blob = new Blob([new Uint8Array(bytes)]);
      for (let i = 0; i < number; i += 1) await window.resnetLens.classify(blob, 5);
    }, [image, Math.min(CHUNK, times - done)]);
    yield Math.min(done + CHUNK, times);
  }
}

async function* film(page, seconds) {
  await page.click('[data-camera]');
  const STEP = 15;
  for (let done = 0; done < seconds; done += STEP) {
    await page.waitForTimeout(Math.min(STEP, seconds - done) * 1000);
    assert.equal((await pageStatus(page)).alert, null);
    yield Math.min(done + STEP, seconds);
  }
  await page.click('[data-stop]');
  await page.locator('lens-live-controls').waitFor({ state: 'hidden' });
}

async function* switchModels(page, times) {
  const addresses = ['files/reversed.safetensors', 'files/starter.safetensors'];
  for (let done = 1; done <= times; done += 1) {
    await page.evaluate((address) => window.resnetLens.loadModel(address), addresses[done % 2]);
    yield done;
  }
  await page.evaluate(() => window.resnetLens.loadModel('starter'));
}

/** The page replaces a lost device; after three losses within five minutes it asks first. */
async function* lose(page, times) {
  for (let done = 1; done <= times; done += 1) {
    const state = await settle(page, () => fault(page, 'lose'));
    if (state === 'error') await settle(page, () => page.click('lens-alert button:has-text("Restart")'));
    yield done;
  }
}

/** All probabilities for the sample photos. */
async function answers(page) {
  const found = [];
  for (const name of SAMPLES) {
    const bytes = [...readFileSync(new URL(`../../www/assets/samples/${name}.jpg`, import.meta.url))];
    found.push(await page.evaluate(async (photo) => {
      const { predictions } = await window.resnetLens.classify(new Blob([new Uint8Array(photo)]), 107);
      return predictions.map(({ index, probability }) => [index, probability]);
    }, bytes));
  }
  return found;
}
