import assert from 'node:assert/strict';
import { test } from 'node:test';
import { viewStateErrors } from '../../www/app/view-state.js';
import { percentages } from '../../www/lens/profile.js';
import { chainOf, kindOf, valueNameOf } from '../../www/network/layer-names.js';
import { LayerSearch } from '../../www/network/layer-search.js';
import { Network } from '../../www/network/network.js';
import './texts.js';

/** A node as the engine's `layers()` reports it. */
function node(name, op, role, inputs, shape, { attributes = '', kernel = null, stride = null } = {}) {
  const parts = name.split('.');
  const [stage, block] = parts.length > 2 ? [parts[0], parts.slice(0, 2).join('.')] : [null, null];
  return { name, op, role, inputs, shape, parameters: 0, macs: 0, attributes, kernel_size: kernel, stride, stage, block };
}

function convolution(name, input, shape, side, stride, padding) {
  const attributes = `${side}x${side} stride ${stride} padding ${padding}`;
  return node(name, 'Conv2d', 'convolution', [input], shape, { attributes, kernel: [side, side], stride: [stride, stride] });
}

const norm = (name, input, shape) => node(name, 'BatchNorm2d', 'norm', [input], shape);
const relu = (name, input, shape) => node(name, 'ReLU', 'activation', [input], shape);

const SMALL = [1, 64, 16, 16];
const DEEP = [1, 512, 8, 8];
/** A stem, one bottleneck block with a strided projection, and a head. */
const NETWORK = new Network([
  convolution('conv1', 'input', SMALL, 7, 2, 3), norm('bn1', 'conv1', SMALL), relu('relu', 'bn1', SMALL),
  convolution('layer1.0.conv1', 'relu', SMALL, 1, 1, 0), norm('layer1.0.bn1', 'layer1.0.conv1', SMALL), relu('layer1.0.relu', 'layer1.0.bn1', SMALL),
  convolution('layer1.0.conv2', 'layer1.0.relu', SMALL, 3, 1, 1), norm('layer1.0.bn2', 'layer1.0.conv2', SMALL), relu('layer1.0.relu_1', 'layer1.0.bn2', SMALL),
  convolution('layer1.0.conv3', 'layer1.0.relu_1', DEEP, 1, 2, 0), norm('layer1.0.bn3', 'layer1.0.conv3', DEEP),
  convolution('layer1.0.downsample.0', 'relu', DEEP, 1, 2, 0), norm('layer1.0.downsample.1', 'layer1.0.downsample.0', DEEP),
  node('layer1.0.add', 'Add', 'add', ['layer1.0.bn3', 'layer1.0.downsample.1'], DEEP), relu('layer1.0.relu_2', 'layer1.0.add', DEEP),
  node('avgpool', 'AdaptiveAvgPool2d', 'pool', ['layer1.0.relu_2'], [1, 512, 1, 1]), node('flatten', 'Flatten', 'reshape', ['avgpool'], [1, 512, 1, 1]),
  node('fc', 'Linear', 'linear', ['flatten'], [1, 10, 1, 1]),
]);
const search = new LayerSearch(NETWORK);

test('the first result is right for names, attributes, sizes and common words', () => {
  const expected = {
    'stride 2': 'conv1', 'stride: 1': 'layer1.0.conv1', '3×3': 'layer1.0.conv2', 512: 'layer1.0.conv3', '64 channels': 'conv1', 'kernel 7': 'conv1',
    shortcut: 'layer1.0.downsample.0', skip: 'layer1.0.add', residual: 'layer1.0.add', bottleneck: 'layer1.0.conv1', 'Down-Sampling': 'layer1.0.downsample.0',
    add: 'layer1.0.add', bn: 'bn1', stem: 'conv1', 'global average pooling': 'avgpool', classifier: 'fc', 'layer1 conv2': 'layer1.0.conv2',
  };
  assert.deepEqual(Object.fromEntries(Object.keys(expected).map((query) => [query, search.find(query)[0]?.name])), expected);
});

test('words match from their start, numbers as a whole, and every term has to match', () => {
  assert.deepEqual(search.find('add').map(({ op }) => op), ['Add'], 'padding does not contain the word add');
  assert.deepEqual(search.find('51'), []);
  assert.deepEqual(search.find('padding 3').map(({ name }) => name), ['conv1']);
  assert.deepEqual(search.find('conv 3x3').map(({ name }) => name), ['layer1.0.conv2']);
  assert.deepEqual(search.find('transformer'), []);
  assert.equal(search.find('')[0], NETWORK.nodes[0], 'an empty query lists all nodes in order');
  assert.equal(search.find('').length, NETWORK.nodes.length);
});

test('layers are called by their convolution, additions by their block', () => {
  const layer = (name) => NETWORK.find(name);
  assert.equal(chainOf(layer('bn1')), 'conv1 → BN → ReLU');
  assert.equal(chainOf(layer('layer1.0.add')), 'layer1.0 block output: add → ReLU');
  assert.equal(chainOf(layer('flatten')), 'avgpool');
  assert.equal(valueNameOf(layer('relu'), 'bn1'), 'conv1 after BN');
  assert.equal(valueNameOf(layer('relu'), 'conv1'), 'conv1');
  assert.equal(valueNameOf(layer('layer1.0.add'), 'layer1.0.add'), 'layer1.0 block output, sum before ReLU');
  assert.equal(valueNameOf(layer('layer1.0.add'), 'layer1.0.bn3'), 'layer1.0.bn3', 'a node of another layer keeps its name');
  assert.deepEqual(['conv1', 'layer1.0.downsample.0', 'avgpool', 'fc'].map((name) => kindOf(layer(name))), ['', 'projection shortcut', 'pooling', 'fully connected']);
});

test('weighted layers are numbered without projections', () => {
  assert.deepEqual([NETWORK.depth, NETWORK.depthByPart.map(({ layers }) => layers)], [5, [1, 3, 1]]);
  assert.deepEqual(NETWORK.layers.map(({ number }) => number), [1, 2, 3, 4, null, null, null, 5]);
});

test('whole percentages sum to 100', () => {
  assert.deepEqual(percentages([1 / 3, 1 / 3, 1 / 3]).toSorted(), [33, 33, 34]);
  assert.deepEqual(percentages([0.005, 0.995]), [1, 99]);
  assert.deepEqual(percentages([1]), [100]);
});

test('every invalid value of the view state is named', () => {
  assert.deepEqual(viewStateErrors('#layer=x&sort=size&gamma=dark&channel=-1&scale=layer').map(({ message }) => message), [
    'channel: expected a number from 0, found “-1”.',
    'sort: expected mean, max or index, found “size”.',
    'gamma: expected a number from 0.25 to 4, found “dark”.',
  ]);
  assert.deepEqual(viewStateErrors(''), []);
});
