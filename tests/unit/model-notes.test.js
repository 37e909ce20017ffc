// Texts that come with a weight file, sorted from images and weights, and the card that they make.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classCount, largerModel } from '../../www/models/catalog.js';
import { cardOfNotes } from '../../www/models/model-notes.js';
import { sortFiles } from '../../www/models/sort-files.js';

const fail = (reason) => { throw new Error(reason); };
const engine = {
  torchvisionCard: (name) => ({ id: 'own', name, file: '', source: '' }),
  parseCard: (text) => (text.includes('bad') ? fail('the model card: expected an id') : JSON.parse(text)),
  parseLabels: (text) => (text.trim() ? text.trim().split('\n') : fail('labels: expected one, found none')),
  hubCard: (id, config, preprocessor) => (config.includes('bad') ? fail('config.json: expected a ResNet') : { id, preprocess: { config, preprocessor }, labels: null, licence: 'mit', stride: 'conv3x3' }),
};
const OWN = { id: 'own', name: 'net.pth', file: '', source: '' };
const note = (file, text) => ({ file, text });
const cardOf = (...notes) => cardOfNotes(engine, 'net.pth', null, notes);

test('class names, a card and the configuration of a hub folder make the card of a file', () => {
  assert.deepEqual(cardOf(), { card: OWN, unused: [] });
  assert.deepEqual(cardOf(note('labels.txt', 'cat\ndog')).card, { ...OWN, labels: ['cat', 'dog'] });
  assert.deepEqual(cardOf(note('names.txt', 'cat\ndog'), note('net.json', '{"id":"a","name":"A","labels":["x","y"]}')).card, { ...OWN, id: 'a', name: 'A', labels: ['cat', 'dog'] }, 'names replace those of a card');
  const { card } = cardOf(note('preprocessor_config.json', 'P'), note('config.json', 'C'));
  assert.deepEqual([card.id, card.name, card.preprocess], ['own', 'net.pth', { config: 'C', preprocessor: 'P' }]);
});

test('a text is recognised by what it holds, whatever it is called, and a card may be incomplete', () => {
  const { card, unused } = cardOf(note('config (1).json', '{"model_type":"resnet"}'), note('p.json', '{"image_mean":[0,0,0]}'), note('notes.json', '{"labels":["x","y"]}'));
  assert.deepEqual(unused, []);
  assert.deepEqual([card.id, card.labels, card.licence], ['own', ['x', 'y'], 'mit'], 'a card replaces what it states of a configuration');
  assert.equal(cardOf(note('a.json', '{"architectures":["ResNet"]}'), note('b.json', '{"image_mean":[0,0,0]}')).card.preprocess.preprocessor, '{"image_mean":[0,0,0]}');
  assert.deepEqual(cardOf(note('names.json', '{"0":"cat","1":"dog"}')).card.labels, ['{"0":"cat","1":"dog"}']);
});

test('a text that cannot be read is named, and the others are used', () => {
  const { card, unused } = cardOf(note('config.json', 'bad'), note('labels.txt', 'cat\ndog'), note('empty.txt', ''), note('card.json', '{"id":"bad"}'));
  assert.deepEqual(card, { ...OWN, labels: ['cat', 'dog'] });
  assert.deepEqual(unused, [
    { file: 'config.json', reason: 'config.json: expected a ResNet' },
    { file: 'card.json', reason: 'the model card: expected an id' },
    { file: 'empty.txt', reason: 'labels: expected one, found none' },
  ]);
});

test('files are sorted by name, and by their first bytes where the name says nothing', async () => {
  const file = (name, bytes = [], type = '') => new File([new Uint8Array(bytes)], name, { type });
  const zip = [0x50, 0x4b, 3, 4, 0, 0, 0, 0, 0];
  const header = [200, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x22];
  const files = [
    file('a.safetensors'), file('b.pth.tar'), file('c.th'), file('checkpoint', zip), file('d.weights', [0x80, 2, 0x7d]), file('model', header),
    file('e.onnx'), file('f', [...'GGUF'].map((letter) => letter.charCodeAt(0))), file('labels.txt'), file('config.json'), file('classes.csv'), file('cat.jpg', zip), file('photo', [0xff, 0xd8]), file('film', zip, 'video/mp4'), file('empty'),
  ];
  const { weights, notes, images } = await sortFiles(files);
  const names = (of) => of.map(({ name }) => name);
  assert.deepEqual(names(weights), ['a.safetensors', 'b.pth.tar', 'c.th', 'checkpoint', 'd.weights', 'model', 'e.onnx', 'f']);
  assert.deepEqual(names(notes), ['labels.txt', 'config.json', 'classes.csv']);
  assert.deepEqual(names(images), ['cat.jpg', 'photo', 'film', 'empty']);
});

test('the larger model is the first with the most classes', () => {
  const models = [{ id: 'starter', labels: ['a', 'b', 'c'] }, { id: 'first' }, { id: 'second' }, { id: 'small', labels: ['a'] }];
  assert.equal(classCount(models[1]), 1000);
  assert.equal(largerModel(models, 3).id, 'first');
  assert.equal(largerModel(models, 10).id, 'first');
  assert.equal(largerModel(models, 1000), null);
});
