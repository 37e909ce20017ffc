import assert from 'node:assert/strict';
import { test } from 'node:test';
import './texts.js';
import { areaUnder, areasOf, layOutCurves, randomOrderMap } from '../../www/gradient/deletion-curves.js';
import { sumOfChannels } from '../../www/gradient/image-maps.js';
import { Measurements } from '../../www/gradient/measurements.js';
import { PASSING, keepsValues, randomisationStops, verdictOf } from '../../www/gradient/randomised-layers.js';
import { agreementOf, rankCorrelation, ranksOf } from '../../www/gradient/rank-correlation.js';
import { namedError } from '../../www/lib/errors.js';
import { Network } from '../../www/network/network.js';
import { bottleneckResnet } from './nodes.js';

const near = (a, b, what) => assert.ok(Math.abs(a - b) < 1e-9, `${what ?? ''} ${a}, expected ${b}`);

test('equal values share the mean of their ranks', () => {
  assert.deepEqual([...ranksOf([30, 10, 20])], [3, 1, 2]);
  assert.deepEqual([...ranksOf([5, 1, 5, 0, 5])], [4, 2, 4, 1, 4]);
  assert.deepEqual([...ranksOf(Float32Array.of(0, 0))], [1.5, 1.5]);
  assert.deepEqual([...ranksOf([])], []);
});

test('the rank correlation is that of the order of the magnitudes', () => {
  near(rankCorrelation([1, 2, 3, 4], [10, 100, 1000, 1e9]), 1);
  near(rankCorrelation([1, 2, 3, 4], [4, 3, 2, 1]), -1);
  near(rankCorrelation([1, -2, 3, -4], [1, 2, -3, 4]), 1, 'signs do not count');
  // 1 - 6 Σd² / n(n² - 1) without ties.
  near(rankCorrelation([86, 97, 99, 100, 101, 103, 106, 110, 112, 113], [2, 20, 28, 27, 50, 29, 7, 17, 6, 12]), -29 / 165);
  // With ties: Pearson's correlation of the ranks 1.5 1.5 3.5 3.5 and 1 3 3 3.
  near(rankCorrelation([0, 0, 7, 7], [1, 2, 2, 2]), 1 / Math.sqrt(3));
});

test('a map of equal values has no rank correlation, and a randomised one counts as 0', () => {
  assert.equal(rankCorrelation([0, 0, 0], [1, 2, 3]), null);
  assert.equal(rankCorrelation([1, 2, 3], [-4, 4, 4]), null, 'equal magnitudes');
  assert.equal(agreementOf([0, 0, 0], [1, 2, 3]), null);
  assert.equal(agreementOf([], []), null);
  assert.equal(agreementOf([1, 2, 3], [0, 0, 0]), 0);
  near(agreementOf([1, 2, 3], [3, 2, 1]), -1);
});

const network = new Network(bottleneckResnet({ blocks: [1, 2, 1, 2] }));
const stops = randomisationStops(network);

test('the slider randomises from the last layer down to the whole network', () => {
  assert.deepEqual(stops.map(({ from, node }) => [from, node]), [
    ['', null], ['fc', 'fc'], ['layer4.1', 'layer4.1.conv1'], ['layer4.0', 'layer4.0.conv1'], ['layer3.0', 'layer3.0.conv1'],
    ['layer2.1', 'layer2.1.conv1'], ['layer2.0', 'layer2.0.conv1'], ['layer1.0', 'layer1.0.conv1'], ['conv1', 'conv1'],
  ]);
  assert.deepEqual(stops.filter(({ isWhole }) => isWhole).map(({ from }) => from), ['conv1']);
  assert.deepEqual(stops.filter(({ hasLastStage }) => hasLastStage).map(({ from }) => from), ['layer4.0', 'layer3.0', 'layer2.1', 'layer2.0', 'layer1.0', 'conv1']);
});

test('a network without blocks has one stop, and one without weights none', () => {
  const plain = bottleneckResnet({ blocks: [] });
  assert.deepEqual(randomisationStops(new Network(plain)).map(({ from, isWhole, hasLastStage }) => [from, isWhole, hasLastStage]), [['', false, false], ['conv1', true, true]]);
  assert.deepEqual(randomisationStops(new Network(plain.map((node) => ({ ...node, parameters: 0 })))).map(({ node }) => node), [null]);
});

test('values before the first random layer are those of trained weights', () => {
  const at = (from) => stops.find((stop) => stop.from === from);
  assert.equal(keepsValues(network, at('layer4.1'), 'layer4.0.relu_2'), true);
  assert.equal(keepsValues(network, at('layer4.0'), 'layer4.0.relu_2'), false);
  assert.equal(keepsValues(network, at('fc'), 'layer4.1.relu_2'), true);
  assert.equal(keepsValues(network, stops[0], 'fc'), true);
});

test('the verdict needs the whole last stage', () => {
  const [, fc, , last] = stops;
  assert.equal(verdictOf(fc, 0), null);
  assert.equal(verdictOf(last, PASSING), 'passes');
  assert.equal(verdictOf(last, -0.9), 'passes');
  assert.equal(verdictOf(last, PASSING + 0.004), 'passes', 'it is shown as 0.30');
  assert.equal(verdictOf(last, PASSING + 0.01), 'fails');
  assert.equal(verdictOf(last, null), null);
});

test('attributions are added over the channels with their signs', () => {
  const { shape, data } = sumOfChannels({ shape: [1, 3, 1, 2], data: Float32Array.of(1, -2, -3, 0.5, 2, 1) });
  assert.deepEqual(shape, [1, 1, 1, 2]);
  assert.deepEqual([...data], [0, -0.5]);
});

test('areas are those of the trapezoidal rule', () => {
  near(areaUnder([0, 0.5, 1], [1, 1, 1]), 1);
  near(areaUnder([0, 1], [0, 1]), 0.5);
  near(areaUnder([0, 0.25, 1], [1, 0.5, 0]), 0.25 * 0.75 + 0.75 * 0.25);
  assert.equal(areaUnder([], []), 0);
  assert.deepEqual(areasOf({ fractions: [0, 1], deletion: [1, 0], insertion: [0.25, 0.75] }), { deletion: 0.5, insertion: 0.5 });
});

test('a random order is the same for a seed and puts every pixel somewhere', () => {
  const map = randomOrderMap({ rows: 40, columns: 50 }, 1);
  assert.deepEqual(map.shape, [1, 1, 40, 50]);
  assert.deepEqual(map, randomOrderMap({ rows: 40, columns: 50 }, 1));
  assert.ok(Math.abs(rankCorrelation(map.data, randomOrderMap({ rows: 40, columns: 50 }, 2).data)) < 0.1);
  assert.ok(new Set(map.data).size > 1990, 'few ties');
  const mean = map.data.reduce((sum, one) => sum + one, 0) / map.data.length;
  assert.ok(Math.abs(mean - 0.5) < 0.03, String(mean));
  // No correlation with the position.
  assert.ok(Math.abs(rankCorrelation(map.data, map.data.map((_, i) => i))) < 0.1);
});

test('curves are in the plot, and the axis ends at a round probability above them', () => {
  for (const largest of [1, 0.93, 0.031, 1e-6]) {
    const { plot, rows, columns, curves: [{ points }] } = layOutCurves([0, 0.5, 1], [{ kind: 'deletion', isRandom: false, values: [largest, largest / 2, 0] }], { width: 400, height: 180 });
    for (const { x, y } of points) assert.ok(x >= plot.left && x <= plot.right && y >= plot.top - 1e-9 && y <= plot.bottom, `${largest}: ${x}, ${y}`);
    assert.ok(rows.at(-1).probability >= largest && rows.length <= 5, String(rows.length));
    assert.ok(rows.at(-1).probability <= 1);
    assert.deepEqual([points[0].x, points[2].x], [plot.left, plot.right]);
    assert.deepEqual(columns.map(({ share }) => share), [0, 0.25, 0.5, 0.75, 1]);
  }
});

/** A part that `finish` ends. */
function part(name, key) {
  const made = { name, key, runs: 0 };
  made.measure = ({ signal, onProgress }) => {
    made.runs += 1;
    made.signal = signal;
    made.report = onProgress;
    return new Promise((resolve, reject) => { Object.assign(made, { finish: resolve, fail: reject }); });
  };
  return made;
}
const later = () => new Promise((resolve) => { setImmediate(resolve); });

test('parts are measured one after the other, in the order wanted at that time', async () => {
  let wanted = [part('a', '1'), part('b', '1')];
  const [a, b] = wanted;
  const measurements = new Measurements({ wanted: () => wanted, changed: () => {} });
  measurements.update();
  assert.deepEqual([a.runs, b.runs], [1, 0]);
  measurements.update();
  a.report({ done: 1, total: 4 });
  assert.deepEqual(measurements.progressOf(a), { done: 1, total: 4 });
  assert.equal(measurements.progressOf(b), null);
  a.finish('A');
  await later();
  assert.deepEqual([a.runs, b.runs], [1, 1]);
  assert.equal(measurements.valueOf(a), 'A');
  const c = part('a', '2');
  wanted = [c, b];
  measurements.update();
  assert.equal(b.signal.aborted, false, 'it is still wanted');
  b.finish('B');
  await later();
  assert.equal(measurements.valueOf(c), null);
  assert.equal(measurements.latest('a'), 'A', 'the earlier value stays, as an outdated one');
  c.finish('C');
  await later();
  assert.equal(measurements.valueOf(c), 'C');
  assert.equal(measurements.progressOf(c), null);
});

test('a part that is no longer wanted is cancelled, and its value and progress are dropped', async () => {
  const a = part('a', '1');
  let wanted = [a];
  let changes = 0;
  const measurements = new Measurements({ wanted: () => wanted, changed: () => { changes += 1; } });
  measurements.update();
  wanted = [];
  measurements.update();
  assert.equal(a.signal.aborted, true);
  const before = changes;
  a.report({ done: 3, total: 4 });
  assert.equal(changes, before);
  a.finish('late');
  await later();
  assert.equal(measurements.latest('a'), null);
  wanted = [a];
  measurements.update();
  assert.equal(a.runs, 2, 'it can be measured again');
  measurements.forget();
  a.fail(new Error('of another network'));
  await later();
  assert.equal(measurements.failureOf(a), '');
});

test('a failure is kept until it is measured again; an interruption ends the work', async () => {
  const [a, b] = [part('a', '1'), part('b', '1')];
  const measurements = new Measurements({ wanted: () => [a, b], changed: () => {} });
  measurements.update();
  a.fail(new Error('no memory'));
  await later();
  assert.equal(measurements.failureOf(a), 'no memory');
  assert.equal(b.runs, 1, 'the next one is measured');
  b.fail(namedError('DeviceLost', 'lost'));
  await later();
  assert.deepEqual([a.runs, b.runs], [1, 1]);
  measurements.retry();
  measurements.update();
  assert.equal(a.runs, 2);
});
