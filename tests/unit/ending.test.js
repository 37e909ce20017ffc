import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logitSum, rankClasses, summand } from '../../www/lens/logit-sum.js';
import { endingOf, gradCamNode } from '../../www/network/ending.js';
import { Network } from '../../www/network/network.js';
import './texts.js';

const ROLES = { Conv2d: 'convolution', ReLU: 'activation', MaxPool2d: 'pool', AdaptiveAvgPool2d: 'pool', Flatten: 'reshape', Linear: 'linear' };

/** Nodes in a row, from `[name, op, channels, side]`. */
function chain(...given) {
  return given.map(([name, op, channels, side], i) => ({
    name, op, role: ROLES[op], inputs: [given[i - 1]?.[0] ?? 'input'], shape: [1, channels, side, side], parameters: 0, macs: 0, attributes: '',
    kernel_size: null, stride: null, stage: null, block: null,
  }));
}

const BODY = [['a', 'Conv2d', 8, 7], ['b', 'ReLU', 8, 7], ['c', 'AdaptiveAvgPool2d', 8, 1]];

test('the ending is found by roles and connections', () => {
  const network = new Network(chain(...BODY, ['d', 'Flatten', 8, 1], ['e', 'Linear', 3, 1]));
  const [first, pool, classifier] = network.layers;
  assert.equal(endingOf(network, first), null);
  assert.deepEqual(endingOf(network, pool), { kind: 'pool', map: 'b', mapLayer: first, classifier });
  assert.deepEqual(endingOf(network, classifier), { kind: 'classifier', map: 'b', mapLayer: first, classifier });
});

test('a network without classifier ends with its pool, one that ends with maps has no ending', () => {
  const headless = new Network(chain(...BODY));
  assert.deepEqual(endingOf(headless, headless.layers[1]), { kind: 'pool', map: 'b', mapLayer: headless.layers[0], classifier: null });
  for (const nodes of [chain(...BODY.slice(0, 2)), chain(['a', 'Conv2d', 8, 7], ['b', 'MaxPool2d', 8, 3])]) {
    const network = new Network(nodes);
    for (const layer of network.layers) assert.equal(endingOf(network, layer), null);
  }
});

test('Grad-CAM is that of the selected node, or of the last feature map behind it', () => {
  const network = new Network(chain(...BODY, ['d', 'Flatten', 8, 1], ['e', 'Linear', 3, 1]));
  const [first, pool, classifier] = network.layers;
  assert.deepEqual([gradCamNode(network, first, 'a'), gradCamNode(network, first, 'b')], ['a', 'b']);
  assert.deepEqual([gradCamNode(network, pool, 'c'), gradCamNode(network, classifier, 'e')], ['b', 'b']);
  const headless = new Network(chain(...BODY));
  assert.equal(gradCamNode(headless, headless.layers[0], 'a'), null);
});

test('classes are ranked by logit with the softmax over all classes', () => {
  const logits = Array.from({ length: 50 }, (_, i) => (i * 7) % 50 / 5);
  const total = logits.reduce((sum, one) => sum + Math.exp(one), 0);
  const ranked = rankClasses(logits, 0);
  assert.equal(ranked.length, 21, 'the chosen class is added to the best 20');
  assert.equal(ranked[20].index, 0);
  ranked.slice(1, 20).forEach((one, i) => assert.ok(one.logit <= ranked[i].logit));
  for (const { index, probability } of ranked) assert.ok(Math.abs(probability - Math.exp(logits[index]) / total) < 1e-12);
  assert.equal(rankClasses(logits, ranked[3].index).length, 20);
  const [best] = rankClasses([1000, -1000, 0], 1);
  assert.deepEqual([best.index, best.probability], [0, 1], 'large logits do not overflow');
});

test('the printed terms of a logit add up to it', () => {
  const term = (channel, product) => ({ channel, value: 1, weight: product, product });
  const positive = [0.54049, 0.52701, 0.42149].map((product, i) => term(i, product));
  const negative = [term(9, -0.34549)];
  const { lines, logit } = logitSum({ map: 'b', count: 512, positive, negative, sum: 4.29551, bias: -0.08751, logit: 4.208 });
  assert.deepEqual(lines.map(({ label }) => label), ['channel 0', 'channel 1', 'channel 2', 'channel 9', '508 other channels', 'bias']);
  const sum = lines.reduce((total, { product }) => total + Number(summand(product).replace('−', '-')), 0);
  assert.ok(Math.abs(sum - logit) < 1e-9, `${sum} instead of ${logit}`);
  assert.ok(Math.abs(logit - 4.208) < 1e-9);
  assert.equal(logitSum({ map: 'b', count: 4, positive, negative, sum: 1.1435, bias: 0, logit: 1.1435 }).lines.length, 5, 'no line for zero other channels');
});
