// The guided tour: complete texts, places in a network, and questions that are judged by what was measured.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Network } from '../../www/network/network.js';
import { judge } from '../../www/tour/checks.js';
import { channelMoments, largestDifference, largestOf, shareOfZeros } from '../../www/tour/map-values.js';
import { layerAt, longStage, stateOfView, stridedProjection } from '../../www/tour/places.js';
import { fieldOptions } from '../../www/tour/receptive-field.js';
import { isLeft, sceneOf } from '../../www/tour/scene.js';
import { SOURCES } from '../../www/tour/sources.js';
import { STEPS, tourStep } from '../../www/tour/steps.js';
import { TEXTS } from './texts.js';

const PARTS = ['title', 'text', 'question', 'right', 'wrong'];

test('every step has a link of its own, texts in both languages and known sources', () => {
  assert.equal(new Set(STEPS.map(({ id }) => id)).size, STEPS.length);
  for (const [lang, texts] of Object.entries(TEXTS)) {
    for (const { id, hasLarger, question: { options = [] }, sources } of STEPS) {
      const keys = [...PARTS, ...hasLarger ? ['larger'] : []].map((part) => `tour.${part}.${id}`);
      for (const key of [...keys, ...options.map((option) => `tour.option.${option}`)]) assert.ok(texts[key], `${lang}: ${key}`);
      assert.match(id, /^\w+$/);
      assert.equal(tourStep(id)?.id, id);
      for (const source of sources) assert.ok(SOURCES[source].year >= 2015, source);
    }
  }
  assert.deepEqual(Object.keys(SOURCES).filter((name) => !STEPS.some(({ sources }) => sources.includes(name))), [], 'every source is cited');
  assert.equal(tourStep('unknown'), null);
});

test('a step has at most 60 words before its question', () => {
  for (const { id } of STEPS) assert.ok(TEXTS.en[`tour.text.${id}`].split(/\s+/).length <= 60, id);
});

// A network in the order of execution.

const node = (name, role, inputs, { channels = 8, side = 8, kernel = null, stride = null, parameters = 0 } = {}) => ({
  name, op: role, role, shape: [1, channels, side, side], parameters, macs: 0, inputs, attributes: '',
  kernel_size: kernel && [kernel, kernel], stride: stride && [stride, stride],
  stage: /^s\d/.exec(name)?.[0] ?? null, block: /^s\d\.\d/.exec(name)?.[0] ?? null,
});

function convolution(name, input, options) {
  return [node(name, 'convolution', [input], options), node(`${name}.bn`, 'norm', [name], options), node(`${name}.relu`, 'activation', [`${name}.bn`], options)];
}

/** A bottleneck, with a projection if it has a stride or `projects`. */
function block(name, input, { channels, side, stride = 1, projects = stride > 1 }) {
  const size = { channels, side };
  const inner = { channels: channels / 4, side };
  const nodes = [
    ...convolution(`${name}.a`, input, { ...inner, kernel: 1, parameters: 100 }),
    ...convolution(`${name}.b`, `${name}.a.relu`, { ...inner, kernel: 3, stride, parameters: 300 }),
    ...convolution(`${name}.c`, `${name}.b.relu`, { ...size, kernel: 1, parameters: 200 }).slice(0, 2),
    ...projects ? convolution(`${name}.p`, input, { ...size, kernel: 1, stride }).slice(0, 2) : [],
  ];
  return [...nodes, node(`${name}.add`, 'add', [`${name}.c.bn`, projects ? `${name}.p.bn` : input], size), node(`${name}.out`, 'activation', [`${name}.add`], size)];
}

const network = new Network([
  ...convolution('stem', 'input', { kernel: 7, stride: 2, channels: 8, side: 16 }),
  node('pool', 'pool', ['stem.relu'], { kernel: 3, stride: 2, side: 8 }),
  ...block('s1.0', 'pool', { channels: 16, side: 8, projects: true }),
  ...block('s1.1', 's1.0.out', { channels: 16, side: 8 }),
  ...block('s2.0', 's1.1.out', { channels: 32, side: 4, stride: 2 }),
  ...block('s2.1', 's2.0.out', { channels: 32, side: 4 }),
  ...block('s2.2', 's2.1.out', { channels: 32, side: 4 }),
  node('average', 'pool', ['s2.2.out'], { channels: 32, side: 1 }),
  node('classes', 'linear', ['average'], { channels: 10, side: 1 }),
]);

test('places are found by what layers do', () => {
  const places = ['stem', 'stem-pool', 'identity-block', 'bottleneck', 'inner-layer', 'before-projection', 'last-block', 'long-stage', 'classifier'];
  assert.deepEqual(places.map((place) => layerAt(network, place)?.shown),
    ['stem.relu', 'pool', 's1.1.out', 's1.1.out', 's1.1.a.relu', 's1.1.out', 's2.2.out', 's2.2.out', 'classes']);
  assert.equal(stridedProjection(network)?.name, 's2.0.p');
  assert.deepEqual(longStage(network).map(({ name }) => name), ['s2.1', 's2.2']);
  assert.deepEqual(fieldOptions(network), { kernel: 7, pooled: 11, double: 14 });
});

test('every step sets a view of this network, and the edits of the network in use', () => {
  for (const step of STEPS) assert.ok(sceneOf(network, step), step.id);
  assert.deepEqual(stateOfView(network, { place: 'stem', value: 'convolution' }), { layer: 'stem.relu', tap: 'stem', channel: null, class: null, compare: 'none', overlay: 'none', edit: '', gradient: '0', randomise: null, seeded: null, visualise: null });
  assert.equal(stateOfView(network, { place: 'identity-block', edit: 'cut-shortcut' }).edit, 'shortcut:s1.1:0');
  assert.equal(stateOfView(network, { place: 'long-stage', edit: 'half-steps' }).edit, 'repeat:s2.1:2,repeat:s2.2:2');
  const { before, after } = sceneOf(network, tourStep('trust'));
  assert.deepEqual([before, after].map(({ gradient, randomise }) => [gradient, randomise]), [['1', null], ['1', 's2.0.a']], 'the first node of the last stage');
});

test('a network without the place of a step has no scene for it', () => {
  const plain = new Network([...convolution('stem', 'input', { kernel: 3 }), node('average', 'pool', ['stem.relu'], { side: 1 })]);
  const missing = STEPS.filter((step) => !sceneOf(plain, step)).map(({ id }) => id);
  assert.deepEqual(missing, STEPS.map(({ id }) => id).filter((id) => !['filters', 'channels', 'batchNorm', 'depth', 'yourTurn'].includes(id)));
});

test('a step is left by what it has set, and not by its answer or by settings', () => {
  const leaves = (id, changes) => {
    const scene = sceneOf(network, tourStep(id));
    return isLeft(scene, { ...scene.before, sort: 'mean', ...changes });
  };
  assert.equal(leaves('relu', {}), false);
  assert.equal(leaves('relu', { layer: 'pool' }), true);
  assert.equal(leaves('relu', { tap: null }), false, 'what the answer reveals');
  assert.equal(leaves('relu', { channel: 3, sort: 'max', gamma: 2, overlay: 'cam' }), false);
  assert.equal(leaves('relu', { edit: 'branch:s1.1:0' }), true);
  assert.equal(leaves('projection', { layer: 's2.0.p.bn' }), false, 'the answer');
  assert.equal(leaves('projection', { edit: 'branch:s1.1:0' }), true);
  assert.equal(leaves('shortcut', { edit: 'branch:s1.1:0' }), false, 'the answer');
  assert.equal(leaves('shortcut', { compare: 'none' }), true);
  assert.equal(leaves('cutShortcut', { edit: 'shortcut:s1.1:0' }), false, 'what the answer reveals');
  assert.equal(leaves('depth', { seeded: '110-none-1', layer: 'pool' }), false, 'the panel is in use');
  assert.equal(leaves('depth', { gradient: '0' }), true);
  assert.equal(leaves('trust', { randomise: 'stem' }), false, 'the slider is in use');
  assert.equal(leaves('yourTurn', { layer: 'pool', edit: 'branch:s1.1:0' }), false);
});

// Questions.

const right = (check, facts, answers) => answers.filter((answer) => judge(check, facts, answer).right);
const prediction = (index, probability, label = `class ${index}`) => ({ index, probability, label, ko: null, id: null });

test('a choice is judged by the measured value', () => {
  const options = (id) => tourStep(id).question.options;
  for (const [field, answer] of [[1, 'pixel'], [7, 'patch'], [127, 'patch'], [128, 'image'], [200, 'image']]) {
    assert.deepEqual(right('patch', { field, side: 128 }, options('filters')), [answer]);
  }
  assert.deepEqual(right('normalised', { means: [0, 0.2], stds: [1, 1] }, options('batchNorm')), ['shifted']);
  assert.deepEqual(right('normalised', { means: [0, 0], stds: [1, 1] }, options('batchNorm')), ['standardised']);
  for (const [zeros, answer] of [[0.1, 'few'], [0.5, 'half'], [0.9, 'most']]) assert.deepEqual(right('zeros', { zeros }, options('relu')), [answer]);
  assert.deepEqual(right('field', { field: 11, options: fieldOptions(network) }, options('receptiveField')), ['pooled']);
  for (const [last, answer] of [[[32, 8, 8], 'grow'], [[64, 4, 4], 'same'], [[32, 4, 4], 'shrink']]) {
    assert.deepEqual(right('pyramid', { shapes: [[16, 8, 8], last] }, options('pyramid')), [answer]);
  }
  for (const [ratios, answer] of [[[0.02, 0.05, 3], 'tiny'], [[0.2, 0.4], 'small'], [[0.1, 0.7, 0.9], 'large']]) {
    assert.deepEqual(right('ratio', { ratios, cosines: ratios }, options('sizeOfF')), [answer]);
  }
});

test('the gradient of an untrained network is judged by its measured factor', () => {
  const factors = (plain, residual = 20) => ({ first: 'conv1', last: 'layer3.8.conv2', plain, residual });
  const facts = (plain) => ({ deep: factors(plain), shallow: factors(17, 5), bare: factors(0.14, 7000) });
  for (const [plain, answer] of [[0.09, 'vanishes'], [0.5, 'holds'], [9, 'holds'], [1.7e4, 'explodes'], [null, 'vanishes']]) {
    assert.deepEqual(right('depth', facts(plain), tourStep('depth').question.options), [answer]);
  }
  assert.deepEqual(judge('depth', facts(1.7e4), 'explodes').values, { plain: '1.7e+4', residual: '20.0', shallowPlain: '17.0', shallowResidual: '5.00', barePlain: '0.140', bareResidual: '7.00e+3' });
});

test('a computed image is compared with the image in view', () => {
  const facts = (photo, image) => ({ channel: 3, photo, image, noise: 1, step: 32 });
  for (const [photo, image, answer] of [[2, 1, 'photo'], [2, 2.1, 'alike'], [2, 4, 'computed'], [0, 4, 'computed']]) {
    assert.deepEqual(right('visualise', facts(photo, image), tourStep('visualise').question.options), [answer]);
  }
  assert.deepEqual(judge('visualise', facts(2, 4), 'photo').values, { channel: '3', photo: '2.00', image: '4.00', noise: '1.00', step: '32' });
});

test('two maps keep more of their pattern by more than chance, or the same', () => {
  const facts = (cam, saliency, cells = 196) => ({ layer: 's2.2', cells, cam, saliency });
  for (const [cam, saliency, answer] of [[0.5, 0.2, 'gradCam'], [-0.3, 0.2, 'saliency'], [0.3, 0.21, 'alike'], [0.21, 0.3, 'alike'], [null, 0.4, 'saliency'], [null, 0, 'alike']]) {
    assert.deepEqual(right('trust', facts(cam, saliency), tourStep('trust').question.options), [answer]);
  }
  // With 16 values, chance moves the mean of three seeds by 1 / √15 / √3.
  assert.deepEqual(right('trust', facts(0.34, 0.2, 16), tourStep('trust').question.options), ['alike']);
  assert.deepEqual(right('trust', facts(0.36, 0.2, 16), tourStep('trust').question.options), ['gradCam']);
  const { values } = judge('trust', facts(-0.304, 0.2, 16), 'saliency');
  assert.deepEqual(values, { layer: 's2.2', cells: '16', cam: '−0.30', saliency: '0.20', seeds: '3', chance: '0.15', same: '0.15' });
  assert.equal(judge('trust', facts(null, 0.4), 'saliency').values.cam, '–');
});

test('whether an answer survives is judged by the class and by its probability', () => {
  const of = (after, kept) => right('survival', { before: prediction(3, 0.8), after, kept }, tourStep('cutShortcut').question.options);
  assert.deepEqual(of(prediction(3, 0.75), 0.75), ['kept']);
  assert.deepEqual(of(prediction(3, 0.6), 0.6), ['weaker']);
  assert.deepEqual(of(prediction(5, 0.9), 0.01), ['lost']);
  assert.deepEqual(judge('survival', { before: prediction(3, 0.8), after: prediction(5, 0.9), kept: 0 }, 'lost').values, { before: 'class 3, 80.0 %', after: 'class 5, 90.0 %' });
});

test('an answer in the page is judged by the measured value', () => {
  const means = [0.1, 0.97, 1];
  assert.deepEqual(right('strongest', { means }, ['0', '1', '2']), ['1', '2'], 'a difference that nobody sees does not count');
  const layers = [{ node: 'a', name: 'a', parameters: 100 }, { node: 'b', name: 'b', parameters: 300 }];
  assert.deepEqual(right('parameters', { block: 's', layers }, ['a', 'b', 'elsewhere']), ['b']);
  assert.equal(judge('parameters', { block: 's', layers }, 'a').values.share, '75.0 %');
  const blocks = [{ block: 'x', change: -0.3 }, { block: 'y', change: -0.021 }, { block: 'z', change: -0.02 }];
  assert.deepEqual(right('least', { first: prediction(1, 0.6), blocks }, ['x', 'y', 'z', 'none']), ['y', 'z']);
  const { values } = judge('least', { first: prediction(1, 0.6), blocks }, 'x');
  assert.deepEqual([values.change, values.best, values.bestChange, values.worst], ['−30.0', 'z', '−2.0', 'x']);
  const untouched = (factor) => ({ block: 's', factor, difference: 0, largest: 2 });
  assert.deepEqual([0, 0.5, 1].map((factor) => judge('untouched', untouched(factor), '').right), [true, false, false]);
  const projections = { layers: [{ node: 'p', name: 'p', isProjection: true }, { node: 'm', name: 'm', isProjection: false }], example: { name: 'p', from: [1], to: [2] } };
  assert.deepEqual(right('projection', projections, ['p', 'm', 'elsewhere']), ['p']);
  const evidence = { overlay: 'cam', wanted: prediction(7, 0.2), sum: 1, bias: 0.5, logit: 1.5 };
  assert.deepEqual(right('evidence', evidence, ['6', '7']), ['7']);
  assert.deepEqual(right('evidence', { ...evidence, overlay: 'none' }, ['7']), []);
  const changed = (edits, index) => judge('changed', { edits, before: prediction(1, 0.5), after: prediction(index, 0.5) }, '').right;
  assert.deepEqual([changed(1, 2), changed(1, 1), changed(0, 2)], [true, false, false]);
});

test('figures of feature maps', () => {
  const map = { shape: [1, 2, 1, 2], data: Float32Array.of(0, 2, 3, -3) };
  assert.deepEqual(channelMoments(map), { means: [1, 0], stds: [1, 3] });
  assert.equal(shareOfZeros(map), 0.25);
  assert.equal(largestOf(map), 3);
  assert.equal(largestDifference(map, { ...map, data: Float32Array.of(0, 2, 3, 1) }), 4);
});
