// Untrained networks: the choice in the page's address, the rows of both curves, and measurements that are made once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import './texts.js';
import { sortLayers } from '../../www/gradient/layer-gradients.js';
import { DEPTHS, FIRST_CHOICE, formatSeeded, parseSeeded } from '../../www/gradient/seeded-choice.js';
import { SeededMeasurements } from '../../www/gradient/seeded-measurements.js';
import { seededFactors, seededRows } from '../../www/gradient/seeded-rows.js';

const norm = (node, gradient) => ({ node, gradient, value: 1 });
const NODES = ['conv1', 'layer1.0.conv1', 'layer1.0.conv2', 'layer2.0.conv1'];
const NORMS = { plain: NODES.map((node, i) => norm(node, 10 ** -i)), residual: NODES.map((node, i) => norm(node, 2 ** -i)) };

test('a choice that was written is read back; the seed is 1 by default', () => {
  for (const depth of DEPTHS) {
    assert.equal((depth - 2) % 6, 0, 'the form of the paper');
    for (const normalised of [false, true]) assert.deepEqual(parseSeeded(formatSeeded({ depth, normalised, seed: 123 })), { depth, normalised, seed: 123 });
  }
  assert.deepEqual(parseSeeded('110-none'), { depth: 110, normalised: false, seed: 1 });
  assert.deepEqual(parseSeeded('56-norm'), FIRST_CHOICE);
});

test('any other text is no choice', () => {
  for (const text of ['', '56', '57-norm', '56-batch', '56-norm-', '56-norm--1', '56-norm-1.5', '56-norm-1234567', ' 56-norm', '56-norm-1-2', '1000-norm', '__proto__']) assert.equal(parseSeeded(text), null, text);
});

test('a row has the norms of both networks at one convolution', () => {
  const rows = seededRows(NORMS);
  assert.deepEqual(rows.map(({ node, stage }) => [node, stage]), [['conv1', null], ['layer1.0.conv1', 'layer1'], ['layer1.0.conv2', 'layer1'], ['layer2.0.conv1', 'layer2']]);
  assert.deepEqual(rows[2], { node: 'layer1.0.conv2', layer: 'layer1.0.conv2', stage: 'layer1', isProjection: false, gradient: 0.25, without: 0.01, value: null });
  assert.deepEqual(sortLayers(rows, 'without', false).map(({ node }) => node), NODES.toReversed());
});

test('the factors are those of the first and the last convolution', () => {
  assert.deepEqual(seededFactors(NORMS), { first: 'conv1', last: 'layer2.0.conv1', plain: 1000, residual: 8 });
  const vanished = { ...NORMS, plain: NODES.map((node) => norm(node, 0)) };
  assert.deepEqual(seededFactors(vanished), { first: 'conv1', last: 'layer2.0.conv1', plain: null, residual: 8 });
  assert.deepEqual(seededFactors({ plain: [], residual: [] }), { first: '', last: '', plain: null, residual: null });
});

test('both networks of a choice are measured once, also if they are wanted again meanwhile', async () => {
  const calls = [];
  const measurements = new SeededMeasurements(async (network) => {
    calls.push(network);
    return network.shortcuts ? NORMS.residual : NORMS.plain;
  });
  const [first, second] = await Promise.all([measurements.of(FIRST_CHOICE), measurements.of({ ...FIRST_CHOICE })]);
  assert.deepEqual(first, NORMS);
  assert.equal(second, first);
  assert.deepEqual(calls, [{ ...FIRST_CHOICE, shortcuts: false }, { ...FIRST_CHOICE, shortcuts: true }]);
  await measurements.of({ ...FIRST_CHOICE, seed: 2 });
  assert.equal(calls.length, 4);
});

test('a failed measurement is made again', async () => {
  let fails = true;
  const measurements = new SeededMeasurements(async () => {
    if (fails) throw new Error('no memory');
    return NORMS.plain;
  });
  await assert.rejects(measurements.of(FIRST_CHOICE), /no memory/);
  fails = false;
  assert.equal((await measurements.of(FIRST_CHOICE)).plain, NORMS.plain);
});
