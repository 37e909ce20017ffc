import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ObservedNodes } from '../../www/lens/observed-nodes.js';

/** `calls`: the nodes of each call to the engine, which refuses nodes whose names begin with "no". */
function start() {
  const calls = [];
  const observe = async (nodes) => {
    calls.push(nodes);
    if (nodes.some((node) => node.startsWith('no'))) throw new Error('no such node');
  };
  return { calls, observed: new ObservedNodes({ engine: { observe } }) };
}

const NOW = { again: false };

test('shown and requested nodes are kept, and asked for once', async () => {
  const { calls, observed } = start();
  observed.request(['conv1']);
  assert.equal(await observed.keep(['relu'], NOW), true);
  assert.equal(await observed.keep(['relu'], NOW), false);
  assert.deepEqual(calls, [['relu', 'conv1']]);
  assert.equal(observed.has('conv1'), true);
});

test('requested nodes are kept again after a restart, and by another network that has them', async () => {
  const { calls, observed } = start();
  observed.request(['conv1', 'layer1.0.conv3']);
  await observed.keep([], NOW);
  observed.reset(['conv1', 'relu', 'layer1.0.conv3']);
  assert.equal(observed.has('conv1'), false, 'until the engine keeps them');
  await observed.keep(['relu'], NOW);
  observed.reset(['conv1', 'relu']);
  await observed.keep(['relu'], NOW);
  assert.deepEqual(calls.slice(1), [['relu', 'conv1', 'layer1.0.conv3'], ['relu', 'conv1']]);
});

test('a request that the engine refuses does not affect the next call', async () => {
  const { calls, observed } = start();
  observed.request(['conv1']);
  await observed.keep([], NOW);
  observed.request(['nothing']);
  await assert.rejects(observed.keep(['relu'], NOW), /no such node/);
  assert.equal(observed.has('relu'), false);
  assert.equal(await observed.keep(['relu'], NOW), true);
  assert.deepEqual(calls.at(-1), ['relu', 'conv1']);
});
