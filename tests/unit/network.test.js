import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layOutMap } from '../../www/network/map-layout.js';
import { Network } from '../../www/network/network.js';
import './texts.js';

const ROLES = {
  Conv2d: 'convolution', BatchNorm2d: 'norm', ReLU: 'activation', Add: 'add', ChannelGate: 'scale', AdaptiveAvgPool2d: 'pool', Flatten: 'reshape', Linear: 'linear',
};

/** A node as the engine's `layers()` reports it. */
function node(name, op, inputs, shape, { parameters = 0, stride = null } = {}) {
  const parts = name.split('.');
  const [stage, block] = parts.length > 2 ? [parts[0], parts.slice(0, 2).join('.')] : [null, null];
  const role = ROLES[op];
  return { name, op, role, inputs, shape, parameters, macs: parameters, attributes: '', kernel_size: null, stride, stage, block };
}

/** A stem, a block with a projection whose nodes are interleaved with the main branch, a block without, a head. */
const NODES = [
  node('conv', 'Conv2d', ['input'], [1, 16, 32, 32], { parameters: 10, stride: [2, 2] }),
  node('bn', 'BatchNorm2d', ['conv'], [1, 16, 32, 32], { parameters: 2 }),
  node('relu', 'ReLU', ['bn'], [1, 16, 32, 32]),
  node('s1.0.conv', 'Conv2d', ['relu'], [1, 32, 16, 16], { parameters: 20, stride: [2, 2] }),
  node('s1.0.short', 'Conv2d', ['relu'], [1, 32, 16, 16], { parameters: 5, stride: [2, 2] }),
  node('s1.0.bn', 'BatchNorm2d', ['s1.0.conv'], [1, 32, 16, 16], { parameters: 4 }),
  node('s1.0.conv2', 'Conv2d', ['s1.0.bn'], [1, 32, 16, 16], { parameters: 7 }),
  node('s1.0.short_bn', 'BatchNorm2d', ['s1.0.short'], [1, 32, 16, 16], { parameters: 4 }),
  node('s1.0.add', 'Add', ['s1.0.conv2', 's1.0.short_bn'], [1, 32, 16, 16]),
  node('s1.0.relu', 'ReLU', ['s1.0.add'], [1, 32, 16, 16]),
  node('s1.1.conv', 'Conv2d', ['s1.0.relu'], [1, 32, 16, 16], { parameters: 9 }),
  node('s1.1.add', 'Add', ['s1.1.conv', 's1.0.relu'], [1, 32, 16, 16]),
  node('pool', 'AdaptiveAvgPool2d', ['s1.1.add'], [1, 32, 1, 1]),
  node('flat', 'Flatten', ['pool'], [1, 32, 1, 1]),
  node('fc', 'Linear', ['flat'], [1, 10, 1, 1], { parameters: 330 }),
];

test('nodes are grouped into layers by operator and connection', () => {
  const network = new Network(NODES);
  assert.deepEqual(network.layers.map(({ nodes }) => nodes.map(({ name }) => name)), [
    ['conv', 'bn', 'relu'], ['s1.0.conv', 's1.0.bn'], ['s1.0.short', 's1.0.short_bn'], ['s1.0.conv2'], ['s1.0.add', 's1.0.relu'],
    ['s1.1.conv'], ['s1.1.add'], ['pool', 'flat'], ['fc'],
  ]);
  const [stem] = network.layers;
  assert.deepEqual([stem.shown, stem.op, stem.channels, stem.height, stem.parameters, stem.stride], ['relu', 'Conv2d', 16, 32, 12, 2]);
  assert.equal(network.find('bn'), stem);
  assert.equal(network.find('nothing'), null);
  assert.deepEqual(network.sources(stem), [], 'the image is no layer');
  assert.deepEqual(network.sources(network.find('s1.1.add')).map(({ shown }) => shown), ['s1.1.conv', 's1.0.relu']);
});

test('blocks have a main branch, an addition and, where it is projected, a shortcut', () => {
  const { blocks } = new Network(NODES);
  const shown = (layers) => layers.map((layer) => layer.shown);
  assert.deepEqual(blocks.map(({ name, stage }) => [name, stage]), [['s1.0', 's1'], ['s1.1', 's1']]);
  assert.deepEqual(shown(blocks[0].main), ['s1.0.bn', 's1.0.conv2', 's1.0.relu']);
  assert.deepEqual(shown(blocks[0].shortcut), ['s1.0.short_bn']);
  assert.equal(blocks[0].shortcut[0].isProjection, true);
  assert.equal(blocks[0].add.shown, 's1.0.relu');
  assert.deepEqual(blocks[1].shortcut, []);
});

test('squeeze-and-excitation is part of the main branch and does not count towards the depth', () => {
  const gate = [
    node('s1.1.se.pool', 'AdaptiveAvgPool2d', ['s1.1.conv'], [1, 32, 1, 1]),
    node('s1.1.se.fc1', 'Conv2d', ['s1.1.se.pool'], [1, 2, 1, 1], { parameters: 66 }),
    node('s1.1.se.act', 'ReLU', ['s1.1.se.fc1'], [1, 2, 1, 1]),
    node('s1.1.se.fc2', 'Conv2d', ['s1.1.se.act'], [1, 32, 1, 1], { parameters: 96 }),
    node('s1.1.se.gate', 'ChannelGate', ['s1.1.conv', 's1.1.se.fc2'], [1, 32, 16, 16]),
    node('s1.1.add', 'Add', ['s1.1.se.gate', 's1.0.relu'], [1, 32, 16, 16]),
  ];
  const at = NODES.findIndex(({ name }) => name === 's1.1.add');
  const network = new Network(NODES.toSpliced(at, 1, ...gate));
  assert.equal(network.depth, new Network(NODES).depth);
  const [, block] = network.blocks;
  assert.deepEqual(block.main.map(({ shown }) => shown), ['s1.1.conv', 's1.1.se.pool', 's1.1.se.act', 's1.1.se.fc2', 's1.1.se.gate', 's1.1.add']);
  assert.deepEqual(block.main.filter(({ isGate }) => isGate).map(({ shown }) => shown), ['s1.1.se.pool', 's1.1.se.act', 's1.1.se.fc2']);
  assert.deepEqual(block.shortcut, []);
});

test('the map has a box for every layer, in order and without overlap, and scales with its box', () => {
  const network = new Network(NODES);
  for (const width of [200, 700, 2000]) {
    const layout = layOutMap(network, { width, height: 150 });
    assert.ok(layout.width >= width);
    assert.deepEqual(layout.boxes.map(({ layer }) => layer), network.layers);
    const path = layout.boxes.filter(({ layer }) => !layer.isProjection);
    for (const [i, box] of path.entries()) {
      const before = path[i - 1];
      if (before) assert.ok(box.x >= before.x + before.width, `${box.layer.shown} overlaps ${before.layer.shown}`);
      assert.ok(box.x >= 0 && box.x + box.width <= layout.width && box.y >= 0 && box.y + box.height <= 150);
    }
    assert.equal(layout.arcs.length, 2);
    assert.deepEqual(layout.arcs.map(({ projection }) => projection?.layer.shown ?? null), ['s1.0.short_bn', null]);
    assert.deepEqual(layout.stages.map(({ name, blocks, channels, height }) => [name, blocks, channels, height]), [['s1', 2, 32, 16]]);
  }
});

test('coarse pointers get a wider map', () => {
  const network = new Network(NODES);
  const box = { width: 100, height: 150 };
  assert.ok(layOutMap(network, box, { coarse: true }).width > layOutMap(network, box).width);
});
