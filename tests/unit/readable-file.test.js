import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkModelFile, copiedImage } from '../../www/lib/readable-file.js';
import './texts.js';

/** A file on a drive that does not answer. */
const unreadable = (size) => {
  const file = new File([new Uint8Array(size)], 'photo.jpg', { type: 'image/jpeg' });
  const arrayBuffer = () => Promise.reject(new DOMException('The requested file could not be read.', 'NotReadableError'));
  return Object.assign(file, { arrayBuffer, slice: () => ({ arrayBuffer }) });
};

test('a file is read at once, and what was read stays', async () => {
  const file = new File(['abc'], 'photo.jpg', { type: 'image/jpeg' });
  const copy = await copiedImage(file, 'photo.jpg');
  file.arrayBuffer = unreadable(1).arrayBuffer;
  assert.deepEqual([copy.type, await copy.text()], ['image/jpeg', 'abc']);
  assert.equal(await copiedImage(copy, 'photo.jpg'), copy, 'and is not read again');
});

test('one of several files of a network is refused by its name', async () => {
  const check = (name) => checkModelFile(new Blob(['abc']), name);
  await assert.rejects(check('model-00001-of-00002.safetensors'), { name: 'ModelError', message: /^The file “model-00001-of-00002\.safetensors” is one of several .* \(shards\)/ });
  await check('model-00001-of-00001.safetensors');
  await check('best-of-3.pth');
});

test('a large file is not copied', async () => {
  const file = Object.defineProperty(new File(['abc'], 'photo.tif'), 'size', { value: 3e9 });
  assert.equal(await copiedImage(file, 'photo.tif'), file);
});

for (const size of [3, 65 << 20]) {
  test(`a file of ${size} bytes that cannot be read is one sentence`, () => assert.rejects(copiedImage(unreadable(size), 'photo.jpg'), {
    name: 'ImageError', message: /^The file “photo\.jpg” can no longer be read \(NotReadableError\): .*; choose it again\.$/,
  }));
}

test('a model file is not copied; one that cannot be read is one sentence', async () => {
  await checkModelFile(new Blob(['abc']), 'resnet.pth');
  await checkModelFile(new Blob([]), 'resnet.pth');
  await assert.rejects(checkModelFile(unreadable(3), 'resnet.pth'), { name: 'ModelError', message: /^The file “resnet\.pth” can no longer be read/ });
});
