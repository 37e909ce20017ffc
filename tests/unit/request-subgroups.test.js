import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestSubgroups } from '../../www/engine/request-subgroups.js';

/** An adapter with these features, whose device is its descriptor, in a browser in which subgroups are requested. */
function adapter(...features) {
  const prototype = { async requestDevice(descriptor) { return { owner: this, descriptor }; } };
  requestSubgroups(prototype);
  return Object.assign(Object.create(prototype), { features: new Set(features) });
}

test('subgroups are requested beside the other features', async () => {
  const { descriptor } = await adapter('subgroups', 'shader-f16').requestDevice({ label: 'a', requiredFeatures: ['shader-f16'] });
  assert.deepEqual([...descriptor.requiredFeatures], ['shader-f16', 'subgroups']);
  assert.equal(descriptor.label, 'a');
});

test('a request without a descriptor has subgroups too', async () => {
  const { descriptor } = await adapter('subgroups').requestDevice();
  assert.deepEqual([...descriptor.requiredFeatures], ['subgroups']);
});

test('an adapter without subgroups gets the request as it is', async () => {
  const request = { requiredFeatures: ['shader-f16'] };
  const plain = adapter('shader-f16');
  const { owner, descriptor } = await plain.requestDevice(request);
  assert.equal(descriptor, request);
  assert.equal(owner, plain);
});

test('a browser without WebGPU is left as it is', () => {
  assert.doesNotThrow(() => requestSubgroups(undefined));
});
