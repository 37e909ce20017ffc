// CPU time of a page's main thread by DevTools metrics. Workers, the compositor and the GPU process are not included.

/**
 * Resolves to a function that resolves to the work since its last call: `{ total, script, style }` in milliseconds and the counts
 * `{ layouts, styles }`.
 */
export async function counter(page) {
  const devtools = await page.context().newCDPSession(page);
  // Thread ticks measure CPU time, so other processes do not count.
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

/** Resolves to the work of changing one word of an otherwise empty page, averaged over `frames`: a lower bound for any page. */
export async function leastWork(page, frames = 20) {
  await page.setContent('<p>0</p>');
  // On a busy machine a new page is drawn later than its script runs.
  await page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(() => setTimeout(resolve)); }));
  const count = await counter(page);
  await page.evaluate(async (times) => {
    const word = document.querySelector('p');
    for (let i = 1; i <= times; i += 1) {
      word.textContent = String(i);
      await new Promise((resolve) => { setTimeout(resolve, 50); });
    }
  }, frames);
  return average(await count(), frames);
}

/** Classifies `images` images on the page, taking the URLs in turn; resolves to the work of each. */
export async function workOfImages(page, urls, images) {
  const works = [];
  const count = await counter(page);
  for (let i = 0; i < images; i += 1) {
    await page.evaluate(async ([url, drawingTime]) => {
      await window.resnetLens.classify(url);
      // Includes the drawings that follow the result. Requesting a frame here would add work.
      await new Promise((resolve) => { setTimeout(resolve, drawingTime); });
    }, [urls[i % urls.length], DRAWING_TIME]);
    works.push(await count());
  }
  return works;
}

/** Milliseconds after a result in which a software adapter draws the lens. */
const DRAWING_TIME = 700;

/** The average work of one of `count`. */
export function average(work, count) {
  return Object.fromEntries(Object.entries(work).map(([name, ms]) => [name, ms / count]));
}

/**
 * Starts a trace; resolves to a function that ends it and resolves to the CPU time in milliseconds of each main-thread task that ran
 * a script whose URL starts with `base`.
 */
export async function traceTasks(page, base) {
  const end = await trace(page);
  return async () => ownTasks(await end(), base);
}

/**
 * Starts a trace; resolves to a function that ends it and resolves to the numbers of elements whose style was calculated and of layout
 * objects that were laid out.
 */
export async function traceStyle(page) {
  const end = await trace(page);
  return async () => {
    const events = await end();
    const sum = (name, numberOf) => events.filter((event) => event.name === name).reduce((total, { args }) => total + numberOf(args), 0);
    return { elements: sum('UpdateLayoutTree', (args) => args.elementCount), objects: sum('Layout', (args) => args.beginData.dirtyObjects) };
  };
}

/** Starts a trace; resolves to a function that ends it and resolves to its events. */
async function trace(page) {
  const devtools = await page.context().newCDPSession(page);
  const includedCategories = ['devtools.timeline', 'disabled-by-default-devtools.timeline'];
  await devtools.send('Tracing.start', { transferMode: 'ReturnAsStream', traceConfig: { includedCategories } });
  return async () => {
    const complete = new Promise((resolve) => { devtools.once('Tracing.tracingComplete', resolve); });
    await devtools.send('Tracing.end');
    const { stream } = await complete;
    let text = '';
    for (let eof = false; !eof;) {
      const chunk = await devtools.send('IO.read', { handle: stream });
      text += chunk.data;
      eof = chunk.eof;
    }
    return JSON.parse(text).traceEvents;
  };
}

/** Times are in microseconds; `tdur` is the CPU time of the thread. Workers run on other threads of the process. */
function ownTasks(events, base) {
  const threadOf = ({ pid, tid }) => `${pid}/${tid}`;
  const mainThreads = new Set(events.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain').map(threadOf));
  const scripts = events.filter(({ name, args }) => /^(FunctionCall|EvaluateScript|v8\.callFunction)$/.test(name) && args.data?.url?.startsWith(base));
  const tasks = events.filter((event) => event.name === 'RunTask' && event.ph === 'X' && mainThreads.has(threadOf(event)));
  const runs = (task) => scripts.some((script) => threadOf(script) === threadOf(task) && script.ts >= task.ts && script.ts < task.ts + task.dur);
  return tasks.filter(runs).map(({ tdur }) => tdur / 1000);
}
