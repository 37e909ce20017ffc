import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorkerRpc } from '../../www/engine/worker-rpc.js';

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
  return { worker, rpc: new WorkerRpc(worker) };
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
  rpc.call('b');
  assert.deepEqual(worker.methods, ['b']);
});

test('closing terminates the worker and rejects every call, also later ones', async () => {
  const { worker, rpc } = start();
  const calls = [rpc.call('a'), rpc.call('b'), rpc.call('c', [], { beside: true })];
  rpc.close(new Error('restarted'));
  assert.equal(worker.terminated, true);
  for (const call of [...calls, rpc.call('d')]) await assert.rejects(call, /restarted/);
});

test('an error of the worker closes it', async () => {
  const { worker, rpc } = start();
  const call = rpc.call('a');
  worker.dispatchEvent(Object.assign(new Event('error', { cancelable: true }), { message: 'out of memory' }));
  await assert.rejects(call, { name: 'WorkerError', message: 'out of memory' });
});
