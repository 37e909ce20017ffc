import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestAdapter } from '../../www/engine/request-adapter.js';

const ADAPTER = /** @type {GPUAdapter} */ ({});

/** A browser that returns no adapter `failures` times. */
function browser(failures) {
  const gpu = { requests: 0, requestAdapter: async () => (++gpu.requests > failures ? ADAPTER : null) };
  return gpu;
}

test('an adapter is requested once', async () => {
  const gpu = browser(0);
  assert.equal(await requestAdapter(gpu, [0, 0]), ADAPTER);
  assert.equal(gpu.requests, 1);
});

test('an adapter that appears later is found', async () => {
  const gpu = browser(2);
  assert.equal(await requestAdapter(gpu, [0, 0]), ADAPTER);
  assert.equal(gpu.requests, 3);
});

test('no adapter is reported after the last attempt', async () => {
  const gpu = browser(9);
  assert.equal(await requestAdapter(gpu, [0, 0]), null);
  assert.equal(gpu.requests, 3);
});
