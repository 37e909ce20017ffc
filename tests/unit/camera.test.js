import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCamera } from '../../www/live/camera.js';
import './texts.js';

/** The constraints with which a camera is requested; it is then refused. */
async function wanted(id) {
  const asked = [];
  const getUserMedia = async ({ video }) => {
    asked.push(video);
    throw new DOMException('', 'NotFoundError');
  };
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { mediaDevices: { getUserMedia } } });
  await assert.rejects(openCamera(id, () => {}), { name: 'CameraError', message: /^No camera was found/ });
  assert.equal(asked.length, 1);
  return asked[0];
}

test('the camera at the back is preferred, where there is one', async () => {
  const { facingMode, deviceId } = await wanted(null);
  assert.deepEqual([facingMode, deviceId], [{ ideal: 'environment' }, undefined]);
});

test('a chosen camera is the one that is opened', async () => {
  const { facingMode, deviceId } = await wanted('second');
  assert.deepEqual([facingMode, deviceId], [undefined, { exact: 'second' }]);
});
