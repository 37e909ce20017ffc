import assert from 'node:assert/strict';
import { test } from 'node:test';
import './texts.js';
import { STEPS, Ascent, stepsPerCall } from '../../www/visualisation/ascent.js';
import { activationText, targetOf } from '../../www/visualisation/target.js';

const REQUEST = { node: 'relu', channel: 7, seed: 1 };

/** `calls`: those that reach the engine, as text. A step takes `ms` of the clock `now`. `failing`: the call that fails. */
function start({ ms = 1, failing = '' } = {}) {
  const calls = [];
  let time = 0;
  let step = 0;
  const call = async (text) => {
    calls.push(text);
    if (failing && text.startsWith(failing)) throw new Error(`${failing} failed`);
    return { step, activation: step + 1, initial: 1, pixels: { width: 1, height: 1, data: Uint8ClampedArray.of(step, 0, 0, 255) } };
  };
  const engine = {
    beginVisualisation: ({ node, channel, seed }) => {
      step = 0;
      return call(`begin ${node} ${channel} ${seed}`);
    },
    advanceVisualisation: (count) => {
      step += count;
      time += count * ms;
      return call(`advance ${count}`);
    },
    endVisualisation: () => call('end'),
  };
  return { calls, ascent: new Ascent(engine), now: () => time, fail: (text) => { failing = text; } };
}

const stepsOf = (calls) => calls.filter((call) => call.startsWith('advance')).reduce((sum, call) => sum + Number(call.split(' ')[1]), 0);

test('an ascent takes all steps, at most four per call, shows each image and ends', async () => {
  const { calls, ascent, now } = start();
  const seen = [];
  const last = await ascent.run(REQUEST, { now, onProgress: ({ step }) => seen.push(step) });
  assert.equal(last.step, STEPS);
  assert.equal(calls[0], 'begin relu 7 1');
  assert.equal(calls.at(-1), 'end');
  assert.equal(calls.filter((call) => call === 'end').length, 1);
  assert.equal(stepsOf(calls), STEPS);
  assert.ok(calls.every((call) => !/advance ([5-9]|\d\d)/.test(call)));
  assert.deepEqual([seen[0], seen.at(-1), seen.length], [0, STEPS, calls.length - 1]);
});

test('slow adapters take fewer steps per call', async () => {
  assert.deepEqual([0, 20, 250, 251, 500, 999, 9000].map(stepsPerCall), [4, 4, 4, 3, 2, 1, 1]);
  const { calls, ascent, now } = start({ ms: 800 });
  assert.equal((await ascent.run(REQUEST, { steps: 3, now })).step, 3);
  assert.deepEqual(calls, ['begin relu 7 1', 'advance 1', 'advance 1', 'advance 1', 'end']);
});

test('the number of steps is exact', async () => {
  const { calls, ascent, now } = start();
  assert.equal((await ascent.run(REQUEST, { steps: 7, now })).step, 7);
  assert.deepEqual(calls, ['begin relu 7 1', 'advance 1', 'advance 4', 'advance 2', 'end']);
  assert.equal((await ascent.run(REQUEST, { steps: 0, now })).step, 0);
});

test('an ascent that is not wanted any more ends after the call that runs, and one that never was makes no call', async () => {
  const { calls, ascent, now } = start();
  let isWanted = true;
  const last = await ascent.run(REQUEST, { now, isWanted: () => isWanted, onProgress: ({ step }) => { isWanted = step < 9; } });
  assert.equal(last.step, 9);
  assert.equal(calls.at(-1), 'end');
  calls.length = 0;
  assert.equal(await ascent.run(REQUEST, { isWanted: () => false }), null);
  assert.deepEqual(calls, []);
});

test('ascents run one after the other', async () => {
  const { calls, ascent, now } = start();
  await Promise.all([ascent.run(REQUEST, { steps: 2, now }), ascent.run({ ...REQUEST, seed: 2 }, { steps: 1, now })]);
  assert.deepEqual(calls, ['begin relu 7 1', 'advance 1', 'advance 1', 'end', 'begin relu 7 2', 'advance 1', 'end']);
});

test('a failure ends the ascent and does not affect the next one', async () => {
  for (const failing of ['begin', 'advance', 'end']) {
    const { calls, ascent, now, fail } = start({ failing });
    if (failing === 'end') assert.equal((await ascent.run(REQUEST, { steps: 1, now })).step, 1);
    else await assert.rejects(ascent.run(REQUEST, { steps: 1, now }), { message: `${failing} failed` });
    assert.equal(calls.at(-1), 'end');
    fail('');
    assert.equal((await ascent.run(REQUEST, { steps: 5, now })).step, 5);
  }
});

test('the target is the channel, or the class where the end of the network shows one', () => {
  const current = { node: 'relu', channel: 7, cam: 3, compare: 'none', ending: null };
  assert.deepEqual(targetOf(current), { node: 'relu', channel: 7, isClass: false });
  assert.deepEqual(targetOf({ ...current, node: 'fc', ending: { kind: 'classifier' } }), { node: 'fc', channel: 3, isClass: true });
  assert.equal(targetOf({ ...current, node: 'avgpool', ending: { kind: 'pool' } }), null);
  assert.deepEqual(targetOf({ ...current, node: 'fc', compare: 'model', ending: { kind: 'classifier' } }), { node: 'fc', channel: 7, isClass: false });
});

test('activations are compared where they have a common sign', () => {
  const channel = { node: 'relu', channel: 7, isClass: false };
  assert.equal(activationText(channel, { activation: 12.3, initial: 0.3 }), 'Mean activation 12.3, 41 times that of the seed image.');
  assert.equal(activationText(channel, { activation: 0.3, initial: 0.1 }), 'Mean activation 0.300, 3.00 times that of the seed image.');
  for (const initial of [0, -0.5]) assert.match(activationText(channel, { activation: 2, initial }), /^Mean activation 2\.00; seed image (0|−0\.500)\.$/);
  assert.equal(activationText({ ...channel, isClass: true }, { activation: 30, initial: 0.5 }), 'Logit 30.0; seed image 0.500.');
});
