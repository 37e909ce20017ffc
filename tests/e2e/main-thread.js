// How much a page's own thread works, in CPU time by DevTools' metrics. Workers, the compositor and the GPU's process are not it.

/**
 * Promises a function that promises what was done since it was called last: `{ total, script, style }` in milliseconds,
 * `{ layouts, styles }` as counts.
 */
export async function counter(page) {
  const devtools = await page.context().newCDPSession(page);
  // Ticks of the thread: what other processes do to the clock does not count.
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  let before = await metrics(devtools);
  return async () => {
    const after = await metrics(devtools);
    const since = (...names) => names.reduce((sum, name) => sum + after[name] - before[name], 0);
    const work = {
      total: since('TaskDuration') * 1000,
      script: since('ScriptDuration') * 1000,
      style: since('LayoutDuration', 'RecalcStyleDuration') * 1000,
      layouts: since('LayoutCount'),
      styles: since('RecalcStyleCount'),
    };
    before = after;
    return work;
  };
}

async function metrics(devtools) {
  const { metrics: list } = await devtools.send('Performance.getMetrics');
  return Object.fromEntries(list.map(({ name, value }) => [name, value]));
}

/**
 * Promises the work of one frame in which a single word of an otherwise empty page changes, the mean of `frames`: less than
 * that no page can do to show anything.
 */
export async function leastWork(page, frames = 20) {
  await page.setContent('<p>0</p>');
  const count = await counter(page);
  await page.evaluate(async (times) => {
    const word = document.querySelector('p');
    for (let i = 1; i <= times; i += 1) {
      word.textContent = String(i);
      await new Promise((resolve) => { setTimeout(resolve, 50); });
    }
  }, frames);
  return shared(await count(), frames);
}

/** Has the product's page answer one of `addresses` after the other, `images` in all; promises the work of each. */
export async function workOfImages(page, addresses, images) {
  const works = [];
  const count = await counter(page);
  for (let i = 0; i < images; i += 1) {
    await page.evaluate(async ([address, rest]) => {
      await window.resnetLens.classify(address);
      // What the answer has the lens draw belongs to the image. To ask for a frame here would be work of its own.
      await new Promise((resolve) => { setTimeout(resolve, rest); });
    }, [addresses[i % addresses.length], REST]);
    works.push(await count());
  }
  return works;
}

/** A software adapter draws the lens for some time after an answer. */
const REST = 700;

/** The work of one of `count`. */
export function shared(work, count) {
  return Object.fromEntries(Object.entries(work).map(([name, ms]) => [name, ms / count]));
}
