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

test('an engine that opens is reported once', async () => {
  const { recovery, calls, finish } = start();
  await finish();
  await recovery.opened;
  assert.deepEqual(calls, ['open', 'ended']);
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

test('after a loss the engine opens again', async () => {
  const { recovery, calls, finish } = start();
  await finish();
  recovery.lost();
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
  const restarted = recovery.restart();
  await settled();
  await finish();
  await restarted;
  recovery.lost();
  await settled();
  await finish();
  await recovery.opened;
});

test('work waits for the engine, and its own failures are not repeated', async () => {
  const { recovery, finish } = start();
  let runs = 0;
  const work = recovery.run(async () => {
    runs += 1;
    throw namedError('ImageError', 'no image');
  });
  const rejected = assert.rejects(work, { name: 'ImageError' });
  await settled();
  assert.equal(runs, 0);
  await finish();
  await rejected;
  assert.equal(runs, 1);
});

for (const [when, name] of [
  ['to the lost engine', 'DeviceLost'],
  ['that a lost device fails with an error of its own', 'GpuError'],
  ['to the next engine, before it has its model', 'StateError'],
]) {
  test(`work that fails by a call ${when} is repeated once the engine runs`, async () => {
    const { recovery, finish } = start();
    await finish();
    const attempts = [];
    const work = recovery.run(() => new Promise((resolve, reject) => { attempts.push({ resolve, reject }); }));
    await settled();
    recovery.lost();
    await settled();
    attempts[0].reject(namedError(name, 'expected a loaded model, found none'));
    await settled();
    assert.equal(attempts.length, 1, 'it waits for the restart');
    await finish();
    assert.equal(attempts.length, 2);
    attempts[1].resolve('an answer');
    assert.equal(await work, 'an answer');
  });
}

test('work that repeated losses fail ends with them', async () => {
  const { recovery, finish } = start();
  await finish();
  const work = recovery.run(() => new Promise((_, reject) => { setTimeout(reject, 0, namedError('DeviceLost', 'reset')); }));
  work.catch(() => {});
  for (let loss = 0; loss < 3; loss += 1) recovery.lost();
  await finish();
  await assert.rejects(work, { name: 'DeviceLost' });
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
