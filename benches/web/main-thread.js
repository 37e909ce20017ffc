// CPU time of a page's main thread while it classifies. The engine runs in a worker and is not included.

import { counter, leastWork, average, workOfImages } from '../../tests/e2e/main-thread.js';

/** The kinds of work that `counter` measures. */
const KINDS = ['total', 'script', 'style'];

/**
 * Milliseconds: `{ images, word, engine, page }`. `word` is a frame in which one word of an empty page changes, `engine` one image
 * in a page that asks the engine and draws nothing, `page` one image in the product's page.
 */
export async function mainThreadWork(context, base, card, images) {
  return {
    images,
    word: await inPage(context, `${base}bench/index.html`, leastWork),
    engine: await inPage(context, `${base}bench/index.html`, (page) => ofEngine(page, card, images)),
    page: await inPage(context, `${base}www/`, (page) => ofProduct(page, card, images)),
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

async function ofEngine(page, card, images) {
  await page.waitForFunction(() => window.bench);
  await page.evaluate((given) => window.bench.open('ours', { card: given, precision: 'auto' }), card);
  await page.waitForTimeout(500);
  const count = await counter(page);
  await page.evaluate(async (times) => {
    for (let i = 0; i < times; i += 1) await window.bench.turn('ours', 0);
  }, images);
  return average(await count(), images);
}

/** Two images in turn: with a single image only the times on the page would change. */
async function ofProduct(page, card, images) {
  const addresses = ['../run/image.png', '../run/another.png'];
  // The page's scripts may start after its load event.
  await page.waitForFunction(() => window.resnetLens);
  await page.evaluate(async (given) => {
    await window.resnetLens.ready;
    await window.resnetLens.loadModel('../run/weights.safetensors', given);
  }, card);
  // Warm-up: the first run and the first drawing of each view.
  await workOfImages(page, addresses, addresses.length);
  const works = await workOfImages(page, addresses, images);
  return Object.fromEntries(KINDS.map((kind) => [kind, works.reduce((sum, work) => sum + work[kind], 0) / images]));
}
