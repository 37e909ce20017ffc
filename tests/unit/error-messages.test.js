import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACTION_LABELS, errorMessageOf, storageFullMessage, unknownLayerMessage, warningMessageOf } from '../../www/app/error-messages.js';
import { namedError } from '../../www/lib/errors.js';
import './texts.js';

const ACTIVITIES = ['open', 'model', 'image', 'settings', 'lens'];
const NAMES = ['NoEngine', 'WorkerError', 'DeviceLost', 'GpuError', 'ModelError', 'ImageError', 'UnknownFormat', 'StateError', 'DownloadError', 'BrokenDownload', 'AccessError', 'TypeError'];

test('every error is one sentence with known actions, whatever the page was doing', () => {
  for (const activity of ACTIVITIES) {
    for (const name of NAMES) {
      const { sentence, actions } = errorMessageOf(namedError(name, 'the file is empty'), activity);
      assert.match(sentence, /^[\p{Lu}].*[.!?]$/u, `${name} during ${activity}`);
      for (const action of actions) assert.ok(Object.hasOwn(ACTION_LABELS, action), action);
    }
  }
});

test('without an engine the page cannot be used', () => {
  assert.deepEqual(errorMessageOf(namedError('GpuError', 'there is no adapter'), 'open'), {
    sentence: 'There is no adapter.', actions: ['restart'], fatal: true,
  });
});

test('a browser without WebGPU learns which ones have it, an insecure page why it has none', () => {
  try {
    globalThis.isSecureContext = true;
    assert.match(errorMessageOf(namedError('NoWebGpu', ''), 'open').sentence, /Chrome/);
    globalThis.isSecureContext = false;
    const { sentence, actions } = errorMessageOf(namedError('NoWebGpu', ''), 'open');
    assert.match(sentence, /https:/);
    assert.deepEqual(actions, ['reload']);
  } finally {
    delete globalThis.isSecureContext;
  }
});

test('after a crash and after repeated losses of the device the page cannot be used until a restart', () => {
  for (const name of ['WorkerError', 'DeviceLost']) {
    for (const activity of ['image', 'model', 'lens']) {
      const { actions, fatal } = errorMessageOf(namedError(name, 'out of memory'), activity);
      assert.deepEqual([actions, fatal], [['restart', 'reload'], true]);
    }
  }
});

test('device errors and unexpected errors offer a restart', () => {
  for (const name of ['GpuError', 'RuntimeError']) assert.deepEqual(errorMessageOf(namedError(name, 'lost'), 'image').actions, ['restart', 'reload']);
  assert.match(errorMessageOf(namedError('RuntimeError', 'unreachable'), 'image').sentence, /\(unreachable\)/);
});

test('a bad file offers another one, a broken download another attempt', () => {
  assert.deepEqual(errorMessageOf(namedError('ImageError', 'x'), 'image').actions, ['image']);
  assert.deepEqual(errorMessageOf(namedError('ModelError', 'x'), 'model').actions, ['model', 'starter']);
  assert.deepEqual(errorMessageOf(namedError('BrokenDownload', 'x'), 'model').actions, ['retry', 'starter']);
});

test('a warning is a mild message', () => {
  const image = { width: 1, height: 1, crop: { x: 0, y: 0, width: 1, height: 1 } };
  assert.equal(warningMessageOf({ image: { ...image, warning: null } }), null);
  assert.deepEqual(warningMessageOf({ image: { ...image, warning: 'this image is tiny' } }), { sentence: 'This image is tiny.', actions: [], mild: true });
  for (const { mild } of [storageFullMessage('A'), unknownLayerMessage('b')]) assert.equal(mild, true);
});
