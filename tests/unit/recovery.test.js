import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recovery } from '../../www/app/recovery.js';
import { namedError } from '../../www/lib/errors.js';
import './texts.js';

const MINUTE = 60_000;

/** A recovery whose engine opens when `finish` is called, with the calls of its steps in `calls`. */
function start() {
  const calls = [];
  const opening = [];
  const clock = { now: 0 };
  const visible = { promise: Promise.resolve() };
  const recovery = new Recovery({
    open: () => {
      calls.push('open');
      return new Promise((resolve, reject) => { opening.push({ resolve, reject }); });
    },
    restarting: () => calls.push('restarting'),
    failed: (error) => calls.push(error.name),
    ended: () => calls.push('ended'),
    visible: () => visible.promise,
    now: () => clock.now,
  });
  /** Ends the newest opening, with an error if there is one. */
  const finish = async (error) => {
    const { resolve, reject } = opening.at(-1);
    if (error) reject(error);
    else resolve();
    await settled();
  };
  return { recovery, calls, clock, visible, finish };
}

const settled = () => new Promise((resolve) => { setTimeout(resolve); });
const lost = () => namedError('DeviceLost', 'reset');

test('an engine that opens is reported once', async () => {
  const { recovery, calls, finish } = start();
  await finish();
  await recovery.opened;
  assert.deepEqual(calls, ['open', 'ended']);
  assert.equal(recovery.repeats(lost()), false);
});

test('an engine that does not open is reported, and can be restarted without an unhandled rejection', async () => {
  const { recovery, calls, finish } = start();
  await finish(namedError('NoAdapter', ''));
  await assert.rejects(recovery.opened, { name: 'NoAdapter' });
  const restarted = recovery.restart();
  await finish(namedError('NoAdapter', ''));
  await restarted;
  assert.deepEqual(calls, ['open', 'NoAdapter', 'ended', 'restarting', 'open', 'NoAdapter', 'ended']);
});

test('after a loss the engine opens again, and failed calls can be repeated', async () => {
  const { recovery, calls, finish } = start();
  await finish();
  recovery.lost();
  assert.equal(recovery.repeats(lost()), true);
  assert.equal(recovery.repeats(namedError('ImageError', '')), false);
  await settled();
  await finish();
  await recovery.opened;
  assert.deepEqual(calls, ['open', 'ended', 'restarting', 'open', 'ended']);
});

test('a loss while the engine opens is no failure, whatever the calls say', async () => {
  const { recovery, calls, finish } = start();
  recovery.lost();
  await finish(namedError('GpuError', 'a buffer is invalid'));
  await finish();
  await recovery.opened;
  assert.deepEqual(calls, ['open', 'open', 'ended']);
});

test('a hidden page waits until it is visible', async () => {
  const { recovery, calls, visible, finish } = start();
  await finish();
  let show;
  visible.promise = new Promise((resolve) => { show = resolve; });
  recovery.lost();
  await settled();
  assert.deepEqual(calls, ['open', 'ended', 'restarting']);
  show();
  await settled();
  await finish();
  await recovery.opened;
  assert.deepEqual(calls.slice(3), ['open', 'ended']);
});

test('three losses within five minutes end in a failure, and a restart by the user counts from zero', async () => {
  const { recovery, calls, finish } = start();
  await finish();
  for (let loss = 0; loss < 2; loss += 1) {
    recovery.lost();
    await settled();
    await finish();
  }
  recovery.lost();
  await assert.rejects(recovery.opened, { name: 'DeviceLost' });
  assert.deepEqual(calls.slice(-3), ['restarting', 'DeviceLost', 'ended']);
  assert.equal(recovery.repeats(lost()), false, 'the calls that it failed are not repeated');
  const restarted = recovery.restart();
  await settled();
  await finish();
  await restarted;
  recovery.lost();
  await settled();
  await finish();
  await recovery.opened;
});

test('losses that are further apart are repaired every time', async () => {
  const { recovery, clock, finish } = start();
  await finish();
  for (let loss = 0; loss < 5; loss += 1) {
    clock.now += 3 * MINUTE;
    recovery.lost();
    await settled();
    await finish();
    await recovery.opened;
  }
});
