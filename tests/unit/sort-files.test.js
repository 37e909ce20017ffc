import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindByName, sortFiles } from '../../www/models/sort-files.js';

const KINDS = {
  weights: ['model.safetensors', 'model.pth.tar', 'Model.CKPT', 'model.onnx', 'model.safetensors.index.json', 'pytorch_model.bin.index.json'],
  notes: ['config.json', 'labels.txt', 'classes.csv', 'index.json.txt', 'myindex.json'],
  images: ['photo.JPG', 'photo.heic', 'drawing.svg'],
};

test('names say what files are', () => {
  for (const [kind, names] of Object.entries(KINDS)) for (const name of names) assert.equal(kindByName({ name, type: '' }), kind, name);
  assert.equal(kindByName({ name: 'clip', type: 'video/mp4' }), 'images');
  assert.equal(kindByName({ name: 'model', type: '' }), null);
});

test('the first bytes of a file without a telling name decide', async () => {
  const file = (name, ...parts) => new File(parts, name);
  const files = [file('a', 'PK\x03\x04…'), file('b', 'GGUF…'), file('c', new Uint8Array([9, 0, 0, 0, 0, 0, 0, 0]), '{"a":{}}'), file('d', '\x89PNG\r\n')];
  const { weights, images, notes } = await sortFiles(files);
  assert.deepEqual([weights, images, notes].map((sorted) => sorted.map(({ name }) => name).join('')), ['abc', 'd', '']);
});
