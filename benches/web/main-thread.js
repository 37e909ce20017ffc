// How much a page itself works while it classifies: the CPU time of its main thread, by DevTools' metrics. The engine's
// worker is not the main thread.

/**
 * Mean milliseconds a picture: `{ pictures, engine, page }`. `engine` is a page that asks and draws nothing, `page` the
 * product's with all that it draws, of it `script` and `style`.
 */
export async function mainThreadWork(context, base, card, pictures) {
  return { pictures, engine: await ofEngine(context, base, card, pictures), page: await ofProduct(context, base, card, pictures) };
}

async function ofEngine(context, base, card, pictures) {
  const page = await opened(context, `${base}bench/index.html`);
  await page.waitForFunction(() => window.bench);
  await page.evaluate((given) => window.bench.open('ours', { card: given, precision: 'auto' }), card);
  return measured(context, page, pictures, async (count) => {
    for (let i = 0; i < count; i += 1) await window.bench.turn('ours', 0);
  });
}

async function ofProduct(context, base, card, pictures) {
  const page = await opened(context, `${base}www/`);
  await page.evaluate(async (given) => {
    await window.resnetLens.ready;
    await window.resnetLens.loadModel('../run/weights.safetensors', given);
    // The first run and the first drawing of everything.
    await window.resnetLens.classify('../run/picture.png');
  }, card);
  return measured(context, page, pictures, async (count) => {
    for (let i = 0; i < count; i += 1) {
      await window.resnetLens.classify('../run/picture.png');
      // What the answer makes the page draw belongs to the picture.
      await new Promise((resolve) => { requestAnimationFrame(() => setTimeout(resolve)); });
    }
  });
}

async function opened(context, address) {
  const page = await context.newPage();
  page.setDefaultTimeout(0);
  await page.goto(address);
  return page;
}

/** What the page's main thread does for each of `pictures` while `act(pictures)` runs in it. */
async function measured(context, page, pictures, act) {
  const devtools = await context.newCDPSession(page);
  await page.waitForTimeout(500);
  // Ticks of the thread: what other processes do to the clock does not count.
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  const before = await metrics(devtools);
  await page.evaluate(act, pictures);
  const after = await metrics(devtools);
  await page.close();
  const each = (...names) => names.reduce((sum, name) => sum + after[name] - before[name], 0) * 1000 / pictures;
  return { total: each('TaskDuration'), script: each('ScriptDuration'), style: each('LayoutDuration', 'RecalcStyleDuration') };
}

async function metrics(devtools) {
  const { metrics: list } = await devtools.send('Performance.getMetrics');
  return Object.fromEntries(list.map(({ name, value }) => [name, value]));
}
