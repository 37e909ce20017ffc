import assert from 'node:assert/strict';
import { test } from 'node:test';
import './texts.js';
import { decadesOf, layOutChart } from '../../www/gradient/chart-layout.js';
import { factorOf, layerGradients, pointsOf, sortLayers } from '../../www/gradient/layer-gradients.js';
import { saliencyOf } from '../../www/gradient/image-maps.js';
import { Network } from '../../www/network/network.js';
import { bottleneckResnet } from './nodes.js';

const network = new Network(bottleneckResnet({ blocks: [1, 1] }));
const norm = (node, gradient, value = 1) => ({ node, gradient, value });
const OWN = [
  norm('conv1', 0.1, 40), norm('layer1.0.conv1', 0.2), norm('layer1.0.conv2', 0.3), norm('layer1.0.conv3', 0.4), norm('layer1.0.downsample.0', 5),
  norm('layer2.0.conv1', 0.2), norm('layer2.0.conv2', 0.3), norm('layer2.0.conv3', 0.5), norm('layer2.0.downsample.0', 0.7),
];
const OFF = OWN.filter(({ node }) => !node.includes('downsample')).map(({ node }, i, list) => norm(node, 10 ** (i + 1 - list.length)));
const rows = layerGradients(network, OWN, OFF);
const CURVES = [{ curve: 'gradient', name: 'this network' }, { curve: 'without', name: 'all shortcuts off' }];
const SIZE = { width: 600, height: 210 };

test('one row per convolution in execution order, without numbers where the logit does not depend on it', () => {
  assert.deepEqual(rows.map(({ node }) => node), OWN.map(({ node }) => node));
  assert.deepEqual(rows[0], { node: 'conv1', layer: 'conv1', stage: null, isProjection: false, gradient: 0.1, without: 1e-6, value: 40 });
  assert.deepEqual(rows.filter(({ isProjection }) => isProjection).map(({ node, stage, without }) => ({ node, stage, without })), [
    { node: 'layer1.0.downsample.0', stage: 'layer1', without: null }, { node: 'layer2.0.downsample.0', stage: 'layer2', without: null },
  ]);
});

test('a step of a repeated block is a layer of that block', () => {
  const [row] = layerGradients(network, [norm('layer1.0@2.conv1', 1)], []);
  assert.deepEqual([row.node, row.layer, row.stage], ['layer1.0@2.conv1', 'layer1.0.conv1', 'layer1']);
});

test('the factor is that of the first and the last convolution of the main path', () => {
  assert.deepEqual(factorOf(rows, 'gradient'), { first: 'conv1', last: 'layer2.0.conv3', factor: 0.2 });
  assert.ok(Math.abs(factorOf(rows, 'without').factor - 1e-6) < 1e-12);
});

test('there is no factor without a pair of gradients', () => {
  assert.equal(factorOf([], 'gradient'), null);
  assert.equal(factorOf(rows.slice(0, 1), 'gradient'), null);
  const vanished = layerGradients(network, [norm('conv1', 0), norm('layer1.0.conv1', 1)], []);
  assert.equal(factorOf(vanished, 'gradient'), null);
  assert.equal(factorOf(vanished, 'without'), null);
});

test('a curve has a point for every positive norm', () => {
  assert.equal(pointsOf(rows, 'gradient').length, 9);
  assert.equal(pointsOf(rows, 'without').length, 7);
  const odd = layerGradients(network, [norm('conv1', 0), norm('layer1.0.conv1', Infinity), norm('layer1.0.conv2', 1e-30)], []);
  assert.deepEqual(pointsOf(odd, 'gradient').map(({ node }) => node), ['layer1.0.conv2']);
});

test('rows are sorted by a column, those without a number last', () => {
  assert.deepEqual(sortLayers(rows, 'layer', false), rows);
  assert.equal(sortLayers(rows, 'layer', true)[0].node, 'layer2.0.downsample.0');
  assert.equal(sortLayers(rows, 'gradient', true)[0].node, 'layer1.0.downsample.0');
  for (const descending of [false, true]) assert.deepEqual(sortLayers(rows, 'without', descending).slice(-2).map(({ without }) => without), [null, null]);
  assert.equal(sortLayers(rows, 'without', false)[0].node, 'conv1');
});

test('the axis has whole powers of ten around all values', () => {
  const range = (values) => {
    const { low, high } = decadesOf(values);
    return `${low} to ${high}`;
  };
  assert.equal(range([0.02, 0.5]), '-2 to 0');
  assert.equal(range([1]), '0 to 1');
  assert.equal(range([3e-9, 20]), '-9 to 2');
  assert.equal(range([]), '0 to 1');
});

test('points are at equal distances and on a logarithmic scale, in the plot', () => {
  const { plot, ticks, curves: [own, off], columns, stages } = layOutChart(rows, SIZE, CURVES);
  assert.equal(columns.length, 9);
  const gaps = own.points.slice(1).map(({ x }, i) => x - own.points[i].x);
  for (const gap of gaps) assert.ok(Math.abs(gap - columns[0].width) < 1e-9);
  const decade = ticks[1].y - ticks[0].y;
  assert.ok(Math.abs(off.points[0].y - off.points[1].y - decade * (ticks[0].exponent - ticks[1].exponent)) < 1e-6, 'a factor of ten is one decade');
  for (const { x, y } of [...own.points, ...off.points]) assert.ok(x >= plot.left && x <= plot.right && y >= plot.top && y <= plot.bottom);
  assert.deepEqual(stages.map(({ stage }) => stage), [null, 'layer1', 'layer2']);
  assert.equal(stages[1].from, stages[0].to);
});

test('ticks of a large range are thinned out and stay at powers of ten', () => {
  const wide = layerGradients(network, [norm('conv1', 1e-30), norm('layer1.0.conv1', 1)], []);
  const { ticks } = layOutChart(wide, SIZE, CURVES);
  const distances = ticks.slice(1).map(({ y }, i) => y - ticks[i].y);
  for (const distance of distances) assert.ok(distance >= 20, String(distance));
  assert.ok(ticks.every(({ exponent }) => Number.isInteger(exponent)));
});

test('the names of the curves overlap neither each other nor the curves', () => {
  for (const width of [300, 600, 1200]) {
    const { curves, plot } = layOutChart(rows, { ...SIZE, width }, CURVES);
    const [own, off] = curves.map(({ label }) => label);
    assert.ok(Math.abs(own.y - off.y) >= 12, 'two lines');
    for (const { label, points } of curves) {
      assert.ok(label.x >= plot.left && label.y <= plot.bottom && label.y >= plot.top);
      for (const { x, y } of points.filter((point) => point.x >= label.x && point.x <= label.x + 40)) assert.ok(y < label.y - 10 || y > label.y + 2, `${width}: a point at ${x}, ${y}`);
    }
  }
  const { curves: [own, off] } = layOutChart(layerGradients(network, OWN, []), SIZE, CURVES);
  assert.ok(own.label);
  assert.equal(off.label, null);
  assert.deepEqual(layOutChart([], SIZE, CURVES).curves.map(({ label }) => label), [null, null]);
});

test('the saliency is the largest magnitude over the channels', () => {
  const { shape, data } = saliencyOf({ shape: [1, 3, 1, 2], data: Float32Array.of(1, -2, -3, 0.5, 2, 1) });
  assert.deepEqual(shape, [1, 1, 1, 2]);
  assert.deepEqual([...data], [3, 2]);
});
