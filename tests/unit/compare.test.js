import assert from 'node:assert/strict';
import { test } from 'node:test';
import './texts.js';
import { boundsOf, colourValues, positionOf } from '../../www/lens/colour-values.js';
import { channelOf, comparePair, compareSum, sumText } from '../../www/lens/compared-maps.js';
import { Network } from '../../www/network/network.js';
import { residualSumOf } from '../../www/network/residual-sum.js';
import './texts.js';

const node = (name, role, inputs, channels, block = null) => ({
  name, role, op: { add: 'Add', activation: 'ReLU', convolution: 'Conv2d', norm: 'BatchNorm2d', pool: 'Pool' }[role], inputs, block, stage: null,
  shape: [1, channels, 4, 4], parameters: 0, macs: 0, attributes: '', kernel_size: null, stride: null,
});

/** A stem and one block whose shortcut is `shortcut`. */
function networkWith(shortcut) {
  const last = shortcut.at(-1)?.name ?? 'stem';
  return new Network([
    node('stem', 'convolution', ['input'], 8),
    node('a', 'convolution', ['stem'], 16, 'b'), node('b', 'norm', ['a'], 16, 'b'), node('c', 'activation', ['b'], 16, 'b'),
    node('d', 'convolution', ['c'], 16, 'b'), node('e', 'norm', ['d'], 16, 'b'),
    ...shortcut,
    node('f', 'add', ['e', last], 16, 'b'), node('g', 'activation', ['f'], 16, 'b'),
  ]);
}
const pool = node('p', 'pool', ['stem'], 8, 'b');
const conv = (input) => node('q', 'convolution', [input], 16, 'b');
const norm = node('r', 'norm', ['q'], 16, 'b');

test('the four nodes of a residual sum are found from roles and connections', () => {
  const network = networkWith([]);
  const { x, residual, sum, activation, block } = residualSumOf(network, network.find('a'));
  assert.deepEqual([x, residual, sum, activation, block], ['stem', 'e', 'f', { node: 'g', op: 'ReLU' }, 'b']);
  assert.equal(residualSumOf(network, network.find('stem')), null, 'the stem is in no block');
});

test('the shortcut is named by what it computes', () => {
  const nameOf = (...nodes) => {
    const network = networkWith(nodes);
    const found = residualSumOf(network, network.find('f'));
    return [found.shortcut, found.x];
  };
  assert.deepEqual(nameOf(), ['identity', 'stem']);
  assert.deepEqual(nameOf(conv('stem'), norm), ['projected', 'r']);
  assert.deepEqual(nameOf(pool, conv('p'), norm), ['average-pooled and projected', 'r']);
  assert.deepEqual(nameOf(node('z', 'pool', ['stem'], 16, 'b')), ['zero-padded', 'z']);
});

test('maps share one symmetric scale, and colours follow value and gamma', () => {
  const bounds = boundsOf([[1, 2], [-3]], { signed: true });
  assert.deepEqual(bounds, { low: -3, high: 3, signed: true });
  assert.deepEqual([-3, 0, 3, 1.5].map((v) => positionOf(v, bounds, 1)), [0, 0.5, 1, 0.75]);
  assert.equal(positionOf(1.5, bounds, 2), 0.625);
  assert.deepEqual(boundsOf([], { signed: false }), { low: 0, high: 0, signed: false });
  assert.equal(positionOf(7, { low: 7, high: 7, signed: false }, 1), 0, 'a constant map has the low colour');
  const table = [[0, 0, 1], [1, 1, 1], [1, 0, 0]];
  assert.deepEqual([...colourValues([-3, 0, 3, NaN], bounds, { gamma: 1, table })], [0, 0, 255, 255, 255, 255, 255, 255, 255, 0, 0, 255, 0, 0, 0, 0]);
});

const feature = (...data) => ({ shape: [1, data.length / 2, 1, 2], data: Float32Array.from(data) });

test('the sum of a block: one scale for all maps, and its arithmetic', () => {
  const names = { layer: null, block: 'b', x: 'x', shortcut: 'identity', residual: 'r', sum: 's', activation: { node: 'g', op: 'ReLU' } };
  const operands = { x: 'x', shortcutFactor: 1, branchFactor: 1, skipped: false };
  const maps = [feature(9, 9, 0.42, -1), feature(9, 9, 1.13, 0.25), feature(9, 9, 1.55, -0.75), feature(9, 9, 1.55, 0)];
  const { groups, rows, columns, describe } = compareSum(names, operands, maps, 1);
  assert.deepEqual([rows, columns, groups.length], [1, 2, 1]);
  assert.equal(groups[0].bounds.high, Math.fround(1.55));
  assert.deepEqual(groups[0].maps.map(({ title }) => title), ['x', 'F(x)', 'x + F(x)', 'ReLU']);
  assert.equal(describe(0), '0.42 + 1.13 = 1.55 → ReLU 1.55');
  assert.equal(describe(1), '−1.00 + 0.25 = −0.75 → ReLU 0.00');
  assert.equal(sumText([1, -250, -249], null, 250), '1 + (−250) = −249');
});

test('the operands of an edited sum are multiplied by their factors, so that the maps add up', () => {
  const names = { layer: null, block: 'b', x: 'x', shortcut: 'identity', residual: 'r', sum: 's', activation: { node: 'g', op: 'ReLU' } };
  const compared = (operands, ...maps) => compareSum(names, { x: 'y', shortcutFactor: 1, branchFactor: 1, skipped: false, ...operands }, maps, 0);
  const titlesOf = ({ groups: [{ maps }] }) => maps.map(({ title }) => title);
  const half = compared({ branchFactor: 1.5 }, feature(1, 2), feature(2, 4), feature(4, 8), feature(4, 8));
  assert.deepEqual(titlesOf(half), ['x', '1.5 · F(x)', 'x + 1.5 · F(x)', 'ReLU']);
  assert.equal(half.describe(0), '1.00 + 3.00 = 4.00 → ReLU 4.00');
  assert.match(half.groups[0].maps[0].note, /: y$/, 'the block that runs before it');
  const cut = compared({ shortcutFactor: 0 }, feature(1, 2), feature(2, -4), feature(2, -4), feature(2, 0));
  assert.deepEqual(titlesOf(cut), ['x off', 'F(x)', 'F(x)', 'ReLU']);
  assert.equal(cut.describe(1), '0.00 + (−4.00) = −4.00 → ReLU 0.00');
  const bypassed = compared({ skipped: true }, feature(1, -2), feature(2, 4), feature(1, -2), feature(1, -2));
  assert.deepEqual(titlesOf(bypassed), ['x', 'F(x) off', 'x', 'output']);
  assert.equal(bypassed.describe(1), '−2.00 + 0.00 = −2.00 → output −2.00');
});

test('two images share a scale; their difference has a signed one', () => {
  const { groups, describe } = comparePair([{ title: 'a', values: feature(1, 2) }, { title: 'b', values: feature(4, 0) }], 0);
  assert.deepEqual(groups.map(({ bounds }) => bounds), [{ low: 0, high: 4, signed: false }, { low: -3, high: 3, signed: true }]);
  assert.deepEqual([...groups[1].maps[0].values], [3, -2]);
  assert.equal(describe(0), '4.00 − 1.00 = 3.00');
  assert.deepEqual([...channelOf(feature(1, 2, 3, 4), 1)], [3, 4]);
});

test('maps of two sizes have a scale each and no difference; a cell is compared with the nearest one', () => {
  const small = { shape: [1, 1, 2, 2], data: Float32Array.of(1, 2, 3, 4) };
  const large = { shape: [1, 1, 4, 4], data: Float32Array.from({ length: 16 }, (_, i) => -i) };
  const { rows, columns, groups, describe } = comparePair([{ title: 'a', values: small }, { title: 'b', values: large }], 0);
  assert.deepEqual([rows, columns], [2, 2]);
  assert.deepEqual(groups.map(({ maps }) => maps.map(({ title, size }) => [title, size?.rows])), [[['A', undefined]], [['B', 4]]]);
  assert.deepEqual(groups.map(({ bounds }) => bounds), [{ low: 1, high: 4, signed: false }, { low: -15, high: 15, signed: true }]);
  assert.equal(describe(1), 'A 2.0 · B −7.0', 'row 0, column 1 of two is row 1, column 3 of four');
});
