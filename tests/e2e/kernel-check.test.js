// A GPU that computes wrong values with one kernel: the algorithm is not used, the page names it, and the answer stays right.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, predictions, start, upload } from './browser.js';
import { png } from './images.js';

let site;
before(async () => { site = await start(); });
after(() => site?.close());

/** Replaces a line in the sources that the engine's device compiles. */
const BREAK = `
const create = GPUDevice.prototype.createShaderModule;
GPUDevice.prototype.createShaderModule = function (descriptor) {
  const isBroken = descriptor.label?.startsWith('conv2d_scalar');
  const code = isBroken ? descriptor.code.replace('= epilogue(sum, channel, at)', '= 0.9 * epilogue(sum, channel, at)') : descriptor.code;
  return create.call(this, { ...descriptor, code });
};
`;

async function answer(page) {
  await open(page, `${site.base}?tune=off`);
  assert.equal(await upload(page, 'pattern.png', png(64, 64)), 'ready');
  return predictions(page);
}

const notes = (page) => page.evaluate(() => document.querySelector('lens-model-facts .facts').textContent);

test('a kernel that computes wrong values is not used, and the page says so', async () => {
  let expected;
  await site.withPage(async (page) => {
    expected = await answer(page);
    assert.doesNotMatch(await notes(page), /on this GPU/);
  });
  await site.withPage(async (page) => {
    await page.route('**/worker.js', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: BREAK + await response.text() });
    });
    const found = await answer(page);
    assert.match(await notes(page), /On this GPU the algorithm .*Scalar.* is not used for Conv2d 3x3 .*: \d+ of \d+ values differ from the CPU/);
    found.forEach(({ index, probability }, rank) => {
      assert.equal(index, expected[rank].index);
      assert.ok(Math.abs(probability - expected[rank].probability) < 1e-3, `${probability} against ${expected[rank].probability}`);
    });
  });
});
