// A GPU that computes wrong values with one kernel or does not compile it: the algorithm is not used, the page names it, and the answer stays
// right.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, pageStatus, predictions, start, upload, waitForState } from './browser.js';
import { png } from './images.js';

let site;
before(async () => { site = await start({ device: 'gpu' }); });
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

/** A driver that does not compile the kernels whose labels begin with `label`: a `GPUInternalError`, on which `wgpu`'s own scopes panic. */
const failing = (label) => `
const { createComputePipeline, createComputePipelineAsync, pushErrorScope, popErrorScope } = GPUDevice.prototype;
const isFailing = ({ label = '' }) => label.startsWith('${label}');
const scopes = [];
Object.assign(GPUDevice.prototype, {
  pushErrorScope(filter) {
    scopes.push({ filter, error: null });
    pushErrorScope.call(this, filter);
  },
  async popErrorScope() {
    const { error } = scopes.pop();
    return await popErrorScope.call(this) ?? error;
  },
  createComputePipeline(descriptor) {
    const error = isFailing(descriptor) ? new GPUInternalError('The shader compiler of the driver failed.') : null;
    const scope = error && scopes.findLast(({ filter }) => filter === 'internal');
    if (scope) scope.error = error;
    else if (error) this.dispatchEvent(new GPUUncapturedErrorEvent('uncapturederror', { error }));
    return createComputePipeline.call(this, descriptor);
  },
  createComputePipelineAsync(descriptor) {
    return isFailing(descriptor) ? Promise.reject(new GPUPipelineError('The shader compiler of the driver failed.', { reason: 'internal' }))
      : createComputePipelineAsync.call(this, descriptor);
  },
});
`;

const withHook = (hook, run) => site.withPage(async (page) => {
  await page.route('**/worker.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: hook + await response.text() });
  });
  await run(page);
});

async function answer(page) {
  await open(page, `${site.base}?tune=off`);
  assert.equal(await upload(page, 'pattern.png', png(64, 64)), 'ready');
  return predictions(page);
}

const notes = (page) => page.evaluate(() => document.querySelector('lens-model-facts .facts').textContent);

function assertSame(found, expected) {
  found.forEach(({ index, probability }, rank) => {
    assert.equal(index, expected[rank].index);
    assert.ok(Math.abs(probability - expected[rank].probability) < 1e-3, `${probability} against ${expected[rank].probability}`);
  });
}

let expected;
test('no kernel of this adapter is replaced', () => site.withPage(async (page) => {
  expected = await answer(page);
  assert.doesNotMatch(await notes(page), /on this GPU/);
}));

test('a kernel that computes wrong values is not used, and the page says so', () => withHook(BREAK, async (page) => {
  const found = await answer(page);
  assert.match(await notes(page), /On this GPU the algorithm .*Scalar.* is not used for Conv2d 3x3 .*: \d+ of \d+ values differ from the CPU/);
  assertSame(found, expected);
}));

test('a kernel that the driver does not compile is not used, and the page says so', () => withHook(failing('conv2d_scalar'), async (page) => {
  const found = await answer(page);
  assert.match(await notes(page), /On this GPU the algorithm .*Scalar.* is not used for Conv2d 3x3 .*the driver failed: The shader compiler of the driver failed/);
  assertSame(found, expected);
}));

test('a kernel without an alternative that the driver does not compile is one sentence', () => withHook(failing('maxpool'), async (page) => {
  await page.goto(`${site.base}?tune=off`);
  assert.equal(await waitForState(page, 'ready', 'error'), 'error');
  const { alert, alerts } = await pageStatus(page);
  assert.equal(alerts, 1);
  assert.match(alert, /^On this GPU the algorithm .* is not used for MaxPool2d .*: the driver failed: .*; expected another algorithm, found none\.$/);
}));
