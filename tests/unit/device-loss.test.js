import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeviceLoss } from '../../www/engine/device-loss.js';

/** A session whose device is reported as lost when `lose` is called. `responds`: the device computes. */
function session({ responds }) {
  const lost = withResolvers();
  return { deviceLost: () => lost.promise, deviceResponds: async () => responds, lose: (message) => lost.resolve({ message }) };
}

function withResolvers() {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
}

test('an error of a device that responds waits for nothing', async () => {
  const loss = new DeviceLoss(() => assert.fail('nothing is lost'));
  loss.watch(session({ responds: true }));
  await loss.reported();
});

test('an error of a lost device waits for the notice of the loss, which is reported first', async () => {
  const reports = [];
  const loss = new DeviceLoss((message) => reports.push(message));
  const watched = session({ responds: false });
  loss.watch(watched);
  let ended = false;
  const reported = loss.reported().then(() => { ended = true; });
  await new Promise((resolve) => { setTimeout(resolve, 150); });
  assert.equal(ended, false);
  watched.lose('gone');
  await reported;
  assert.deepEqual(reports, ['gone']);
});

test('the loss of an earlier device is not reported, and the CPU is never lost', async () => {
  const loss = new DeviceLoss(() => assert.fail('an earlier device'));
  const earlier = session({ responds: false });
  loss.watch(earlier);
  loss.watch({ deviceLost: () => undefined, deviceResponds: async () => false });
  earlier.lose('gone');
  await loss.reported();
});
