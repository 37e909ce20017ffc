// How much the product's page itself works while it classifies: the CPU time of its main thread, by DevTools' metrics.

/** Mean milliseconds a picture: `{ pictures, total, script, layout }`. The engine's worker is not the main thread. */
export async function mainThreadWork(context, base, card, pictures) {
  const page = await context.newPage();
  page.setDefaultTimeout(0);
  const devtools = await context.newCDPSession(page);
  await page.goto(`${base}www/`);
  await page.evaluate(async (given) => {
    await window.resnetLens.ready;
    await window.resnetLens.loadModel('../run/weights.safetensors', given);
    // The first run and the first drawing of everything.
    await window.resnetLens.classify('../run/picture.png');
  }, card);
  await page.waitForTimeout(500);
  // Ticks of the thread: what other processes do to the clock does not count.
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  const before = await metrics(devtools);
  await page.evaluate(async (count) => {
    for (let i = 0; i < count; i += 1) {
      await window.resnetLens.classify('../run/picture.png');
      // What the answer makes the page draw belongs to the picture.
      await new Promise((resolve) => { requestAnimationFrame(() => setTimeout(resolve)); });
    }
  }, pictures);
  const after = await metrics(devtools);
  await page.close();
  const each = (...names) => names.reduce((sum, name) => sum + after[name] - before[name], 0) * 1000 / pictures;
  return { pictures, total: each('TaskDuration'), script: each('ScriptDuration'), layout: each('LayoutDuration', 'RecalcStyleDuration') };
}

async function metrics(devtools) {
  const { metrics: list } = await devtools.send('Performance.getMetrics');
  return Object.fromEntries(list.map(({ name, value }) => [name, value]));
}
