import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Attribution } from '../../www/lens/attribution.js';

/** `calls`: those of the engine, each with its arguments. */
function start() {
  const calls = [];
  let failing = false;
  const attribute = async (...args) => {
    calls.push(args);
    if (failing) throw new Error('no room');
  };
  return { calls, attribution: new Attribution({ engine: { attribute } }), fail: (value) => { failing = value; } };
}

const selection = (current) => ({ current: { overlay: 'gradcam', gradCam: 'layer4.2.relu_2', class: null, ...current } });

test('a page that does not show a Grad-CAM makes no call', async () => {
  const { calls, attribution } = start();
  for (const overlay of ['none', 'channel', 'cam']) await attribution.keep(selection({ overlay }));
  await attribution.keep(selection({ gradCam: null }));
  assert.deepEqual(calls, []);
  assert.equal(attribution.has(selection({ overlay: 'none' })), false);
});

test('a Grad-CAM is planned once, and again for another layer and another class', async () => {
  const { calls, attribution } = start();
  await attribution.keep(selection());
  await attribution.keep(selection());
  assert.ok(attribution.has(selection()));
  for (const other of [selection({ gradCam: 'conv1' }), selection({ class: 0 })]) {
    assert.equal(attribution.has(other), false);
    await attribution.keep(other);
    assert.ok(attribution.has(other));
  }
  await attribution.keep(selection({ overlay: 'none' }));
  assert.deepEqual(calls, [['layer4.2.relu_2', undefined], ['conv1', undefined], ['layer4.2.relu_2', 0], [undefined, undefined]]);
});

test('until the engine has answered there is nothing to draw', async () => {
  const { attribution } = start();
  const planned = attribution.keep(selection());
  assert.equal(attribution.has(selection()), false);
  await planned;
  assert.ok(attribution.has(selection()));
});

test('a new network plans nothing, so the Grad-CAM is planned again', async () => {
  const { calls, attribution } = start();
  await attribution.keep(selection());
  attribution.reset();
  assert.equal(attribution.has(selection()), false);
  await attribution.keep(selection());
  assert.equal(calls.length, 2);
  attribution.reset();
  await attribution.keep(selection({ overlay: 'cam' }));
  assert.equal(calls.length, 2);
});

test('a refused Grad-CAM is not drawn and is asked for again', async () => {
  const { calls, attribution, fail } = start();
  fail(true);
  await assert.rejects(attribution.keep(selection()), /no room/);
  assert.equal(attribution.has(selection()), false);
  fail(false);
  await attribution.keep(selection());
  assert.ok(attribution.has(selection()));
  assert.equal(calls.length, 2);
});
