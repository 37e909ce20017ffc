// Without a GPU, an isolated page computes on several threads. The values are those of one thread, also if a thread fails.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, start } from './browser.js';
import { serve } from './server.js';

/** What a failing thread does instead of computing. */
const FAILURES = {
  'ends after some answers': `
  const { wait } = Atomics;
  let requests = 20;
  Atomics.wait = (...given) => {
    if (requests === 0) throw new Error('the thread ends');
    requests -= 1;
    return wait(...given);
  };
  engine.serveComputeThread(memory);`,
  'never answers': '  new Int32Array(memory)[0] = 1;',
};

let site;
before(async () => { site = await start({ device: 'cpu' }); });
after(() => site?.close());

/** Classifies a sample photo twice: `{ isolated, processors, logits, again, shown, errors }`. */
async function classify(settings) {
  const server = await serve({ device: 'cpu', ...settings });
  const page = await site.newPage();
  try {
    await open(page, `${server.base}?device=cpu`);
    const found = await page.evaluate(async () => {
      const run = async () => {
        await window.resnetLens.classify('assets/samples/tabby-cat.jpg');
        return [...(await window.resnetLens.featureMap('fc')).data];
      };
      const [logits, again] = [await run(), await run()];
      const processors = navigator.hardwareConcurrency;
      return { isolated: crossOriginIsolated, processors, logits, again, shown: document.querySelector('lens-adapter').textContent };
    });
    return { ...found, shown: found.shown.replaceAll(/\s+/g, ' '), errors: page.errors };
  } finally {
    await page.context().close();
    server.close();
  }
}

test('an isolated page computes on several threads, with the values of one', async () => {
  const [alone, shared] = [await classify({ isolated: false }), await classify({ isolated: true })];
  assert.deepEqual([alone.isolated, shared.isolated], [false, true]);
  assert.match(alone.shown, /CPU 1 thread /);
  assert.match(shared.shown, new RegExp(`CPU ${Math.min(shared.processors, 4)} threads? `));
  assert.ok(alone.logits.length > 100 && alone.logits.every(Number.isFinite));
  assert.deepEqual(shared.logits, alone.logits);
  assert.deepEqual(shared.again, alone.logits);
  assert.deepEqual([...alone.errors, ...shared.errors], []);
});

for (const [what, computeThread] of Object.entries(FAILURES)) {
  test(`the engine computes the part of a thread that ${what}`, async () => {
    const [alone, failing] = [await classify({ isolated: false }), await classify({ isolated: true, computeThread })];
    assert.equal(failing.isolated, true);
    assert.deepEqual(failing.logits, alone.logits);
    assert.deepEqual(failing.again, alone.logits);
  });
}
