import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorkerRpc } from '../../www/engine/worker-rpc.js';
import './texts.js';

/** A worker that keeps the messages it gets. */
class FakeWorker extends EventTarget {
  sent = [];
  terminated = false;

  postMessage(message) {
    structuredClone(message);
    this.sent.push(message);
  }

  terminate() {
    this.terminated = true;
  }

  answer(message) {
    this.dispatchEvent(Object.assign(new Event('message'), { data: message }));
  }

  get methods() {
    return this.sent.map(({ method }) => method);
  }
}

function start() {
  const worker = new FakeWorker();
  const failures = [];
  return { worker, failures, rpc: new WorkerRpc(worker, (error) => failures.push(error)) };
}

test('calls are sent one after the other', async () => {
  const { worker, rpc } = start();
  const [first, second] = [rpc.call('a', [1]), rpc.call('b')];
  assert.deepEqual(worker.methods, ['a']);
  worker.answer({ id: worker.sent[0].id, value: 'one' });
  assert.equal(await first, 'one');
  assert.deepEqual(worker.methods, ['a', 'b']);
  worker.answer({ id: worker.sent[1].id, error: { name: 'StateError', message: 'no model' } });
  await assert.rejects(second, { name: 'StateError', message: 'no model' });
});

test('a call beside the queue starts at once', async () => {
  const { worker, rpc } = start();
  rpc.call('a');
  const beside = rpc.call('download', [], { beside: true });
  assert.deepEqual(worker.methods, ['a', 'download']);
  worker.answer({ id: worker.sent[1].id, value: 2 });
  assert.equal(await beside, 2);
});

test('a newer call replaces a waiting one with the same key, not the running one', async () => {
  const { worker, rpc } = start();
  const running = rpc.call('probe', [0], { latest: 'probe' });
  const replaced = rpc.call('probe', [1], { latest: 'probe' });
  const other = rpc.call('draw');
  const newest = rpc.call('probe', [2], { latest: 'probe' });
  await assert.rejects(replaced, { name: 'AbortError' });
  for (const [i, value] of ['x', 'y', 'z'].entries()) worker.answer({ id: worker.sent[i].id, value });
  assert.deepEqual(await Promise.all([running, other, newest]), ['x', 'y', 'z']);
  assert.deepEqual(worker.sent.map(({ args }) => args), [[0], [], [2]]);
});

test('notes come before the result and do not end the call', async () => {
  const { worker, rpc } = start();
  const notes = [];
  const call = rpc.call('load', [], { onNote: (note) => notes.push(note) });
  const { id } = worker.sent[0];
  worker.answer({ id, note: { received: 1 } });
  worker.answer({ id, note: { received: 2 } });
  worker.answer({ id, value: 'done' });
  assert.equal(await call, 'done');
  assert.deepEqual(notes, [{ received: 1 }, { received: 2 }]);
});

test('an argument that cannot be sent fails its call only', async () => {
  const { worker, rpc } = start();
  await assert.rejects(rpc.call('a', [() => {}]), { name: 'DataCloneError' });
  const calls = [rpc.call('b'), rpc.call('c', [() => {}]), rpc.call('d'), rpc.call('e', [() => {}], { beside: true })];
  for (const refused of [calls[1], calls[3]]) refused.catch(() => {});
  worker.answer({ id: worker.sent[0].id, value: 1 });
  for (const refused of [calls[1], calls[3]]) await assert.rejects(refused, { name: 'DataCloneError' });
  assert.deepEqual(worker.methods, ['b', 'd']);
  worker.answer({ id: worker.sent[1].id, value: 2 });
  assert.deepEqual(await Promise.all([calls[0], calls[2]]), [1, 2]);
});

test('closing terminates the worker and rejects every call, also later ones', async () => {
  const { worker, rpc } = start();
  const calls = [rpc.call('a'), rpc.call('b'), rpc.call('c', [], { beside: true })];
  rpc.close(new Error('restarted'));
  assert.equal(worker.terminated, true);
  for (const call of [...calls, rpc.call('d')]) await assert.rejects(call, /restarted/);
});

test('every call gets an error of its own, since callers mark those that are shown', async () => {
  const { worker, rpc } = start();
  const calls = [rpc.call('a'), rpc.call('b')];
  worker.dispatchEvent(new Event('error', { cancelable: true }));
  calls.push(rpc.call('c'), rpc.call('d'));
  const errors = await Promise.all(calls.map((call) => call.catch((error) => error)));
  assert.equal(new Set(errors).size, 4);
});

const FAILURES = {
  'an error of the worker': [(worker) => worker.dispatchEvent(Object.assign(new Event('error', { cancelable: true }), { message: 'out of memory' })),
    { name: 'WorkerError', message: 'out of memory' }],
  'a message that cannot be read': [(worker) => worker.dispatchEvent(new Event('messageerror')), { name: 'WorkerError' }],
  'a failure that the worker reports': [(worker) => worker.answer({ failure: { name: 'DeviceLost', message: 'reset' } }), { name: 'DeviceLost', message: 'reset' }],
};

for (const [what, [fail, expected]] of Object.entries(FAILURES)) {
  test(`${what} ends all calls and is reported once`, async () => {
    const { worker, rpc, failures } = start();
    const calls = [rpc.call('a'), rpc.call('b'), rpc.call('c', [], { beside: true })];
    fail(worker);
    fail(worker);
    for (const call of calls) await assert.rejects(call, expected);
    assert.equal(worker.terminated, true);
    assert.deepEqual(failures.map(({ name }) => name), [expected.name]);
  });
}

test('closing on purpose is no failure', () => {
  const { worker, rpc, failures } = start();
  rpc.close(new Error('restarted'));
  worker.dispatchEvent(new Event('error', { cancelable: true }));
  assert.deepEqual(failures, []);
});
