// How much a page itself works while it classifies: the CPU time of its main thread. The engine's worker is not the main thread.

import { counter, leastWork, average, workOfImages } from '../../tests/e2e/main-thread.js';

/** What `counter` counts. */
const KINDS = ['total', 'script', 'style'];

/**
 * Milliseconds: `{ pictures, word, engine, page }`. `word` is a frame in which one word of an empty page changes, `engine` a
 * picture in a page that asks and draws nothing, `page` one in the product's with all that it draws.
 */
export async function mainThreadWork(context, base, card, pictures) {
  return {
    pictures,
    word: await inPage(context, `${base}bench/index.html`, leastWork),
    engine: await inPage(context, `${base}bench/index.html`, (page) => ofEngine(page, card, pictures)),
    page: await inPage(context, `${base}www/`, (page) => ofProduct(page, card, pictures)),
  };
}

async function inPage(context, address, measure) {
  const page = await context.newPage();
  page.setDefaultTimeout(0);
  await page.goto(address);
  const work = await measure(page);
  await page.close();
  return work;
}

async function ofEngine(page, card, pictures) {
  await page.waitForFunction(() => window.bench);
  await page.evaluate((given) => window.bench.open('ours', { card: given, precision: 'auto' }), card);
  await page.waitForTimeout(500);
  const count = await counter(page);
  await page.evaluate(async (times) => {
    for (let i = 0; i < times; i += 1) await window.bench.turn('ours', 0);
  }, pictures);
  return average(await count(), pictures);
}

/** Two pictures in turn: of one asked about over and over nothing would change but the times. */
async function ofProduct(page, card, pictures) {
  const addresses = ['../run/picture.png', '../run/another.png'];
  await page.evaluate(async (given) => {
    await window.resnetLens.ready;
    await window.resnetLens.loadModel('../run/weights.safetensors', given);
  }, card);
  // The first run and the first drawing of everything.
  await workOfImages(page, addresses, addresses.length);
  const works = await workOfImages(page, addresses, pictures);
  return Object.fromEntries(KINDS.map((kind) => [kind, works.reduce((sum, work) => sum + work[kind], 0) / pictures]));
}
