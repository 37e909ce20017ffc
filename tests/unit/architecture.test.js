import assert from 'node:assert/strict';
import { test } from 'node:test';
import { architectureTable } from '../../www/network/architecture-table.js';
import { layerNoteOf } from '../../www/network/layer-note.js';
import { Network } from '../../www/network/network.js';
import { bottleneckResnet } from './nodes.js';

const network = new Network(bottleneckResnet());

test('ResNet-50 has the rows of Table 1 of He et al. 2015', () => {
  const rows = architectureTable(network);
  assert.deepEqual(rows.map(({ paper, stage }) => [paper, stage]), [
    ['conv1', null], ['conv2_x', 'layer1'], ['conv3_x', 'layer2'], ['conv4_x', 'layer3'], ['conv5_x', 'layer4'], ['', null],
  ]);
  assert.deepEqual(rows.map(({ output }) => output[0]), [112, 56, 28, 14, 7, 1]);
  assert.deepEqual(rows.map(({ blocks }) => blocks), [0, 3, 4, 6, 3, 0]);
  assert.deepEqual(rows.map(({ layers }) => layers), [1, 9, 12, 18, 9, 1]);
  const block = (inner) => [[1, inner], [3, inner], [1, 4 * inner]];
  assert.deepEqual(rows.map(({ kernels }) => kernels.map(({ kernel, channels }) => [kernel[0], channels])),
    [[[7, 64]], block(64), block(128), block(256), block(512), []]);
  assert.equal(rows[1].pool.name, 'maxpool', 'the paper counts the pooling to conv2_x');
});

test('parameters and multiply-adds add up to those of the network', () => {
  const rows = architectureTable(network);
  const total = (key) => rows.reduce((sum, row) => sum + row[key], 0);
  assert.equal(total('parameters'), 25_557_032);
  assert.equal((total('macs') / 1e9).toFixed(2), '4.09', 'the count of torchvision');
});

test('the first block of a stage names what it changes', () => {
  const [, first, second] = architectureTable(network);
  assert.deepEqual(first.change, {
    block: 'layer1.0', channels: [64, 256], height: [56, 56], inner: 64, strided: null, window: null, projected: true,
  });
  assert.deepEqual(second.change, {
    block: 'layer2.0', channels: [256, 512], height: [56, 28], inner: 128, strided: 'layer2.0.conv2', window: [3, 3], projected: true,
  });
  const paper = architectureTable(new Network(bottleneckResnet({ firstConv: true })));
  assert.deepEqual([paper[2].change.strided, paper[2].change.window], ['layer2.0.conv1', [1, 1]]);
});

test('a layer that changes the shape has a note', () => {
  const note = (node, net = network) => layerNoteOf(net, net.find(node));
  const values = { before: 256, after: 512, inner: 128, from: '56 × 56', to: '28 × 28' };
  assert.deepEqual(note('layer2.0.conv1'), { key: 'architecture.note.first', values });
  assert.deepEqual(note('layer2.0.conv2'), { key: 'architecture.note.strideLater', values });
  assert.deepEqual(note('layer2.0.downsample.0'), { key: 'architecture.note.projection', values });
  assert.deepEqual(note('layer2.0.add'), { key: 'architecture.note.output', values });
  assert.equal(note('layer1.0.downsample.0').key, 'architecture.note.widen');
  assert.equal(note('layer1.0.add'), null, 'the map keeps its size');
  for (const node of ['conv1', 'layer2.0.conv3', 'layer2.1.conv1', 'fc']) assert.equal(note(node), null, node);
  assert.equal(note('layer2.0.conv1', new Network(bottleneckResnet({ firstConv: true }))).key, 'architecture.note.strideFirst');
});
