import assert from 'node:assert/strict';
import { test } from 'node:test';
import './texts.js';
import { changeFragment, parseViewState } from '../../www/app/view-state.js';
import { Network } from '../../www/network/network.js';
import { residualSumOf } from '../../www/network/residual-sum.js';
import { barsOf, sortBlocks } from '../../www/surgery/block-numbers.js';
import { reversibleRun, runningOrder, strideOf } from '../../www/surgery/blocks.js';
import {
  areAllShortcutsOff, stateOf, withAllShortcuts, withFactor, withLesion, withRepeat, withReverse, withSkip, withStride, withSwap,
} from '../../www/surgery/change.js';
import { EditHistory } from '../../www/surgery/edit-history.js';
import { operandsOf } from '../../www/surgery/edited-sum.js';
import { formatEdits, parseEdits } from '../../www/surgery/edits.js';
import { fitEdits } from '../../www/surgery/fit.js';
import { marksOf } from '../../www/surgery/marks.js';
import { wordsOfAll } from '../../www/surgery/words.js';

const SIDES = { conv1: 1, conv2: 3, conv3: 1 };

/** The nodes of a bottleneck; with a projection, it doubles the channels and has the stride in the 3x3. */
function bottleneck(stage, block, from, { projects = false } = {}) {
  const [before, after] = projects ? [8, 4] : [4, 4];
  const channels = stage === 'a' ? 16 : 32;
  const node = (name, role, inputs, side = after, extra = {}) => ({
    name: `${block}.${name}`, role, op: role, inputs, stage, block, shape: [1, channels, side, side], parameters: 1, macs: 1, attributes: '', kernel_size: null, stride: null, ...extra,
  });
  const convolution = (name, input, stride) => node(name, 'convolution', [input], name === 'conv1' ? before : after, {
    kernel_size: [SIDES[name] ?? 1, SIDES[name] ?? 1], stride: [stride, stride],
  });
  const own = (name) => `${block}.${name}`;
  return [
    convolution('conv1', from, 1), convolution('conv2', own('conv1'), projects ? 2 : 1), convolution('conv3', own('conv2'), 1),
    ...projects ? [convolution('down', from, 2)] : [],
    node('add', 'add', [own('conv3'), projects ? own('down') : from]), node('out', 'activation', [own('add')]),
  ];
}

const stem = { name: 'stem', role: 'convolution', op: 'Conv2d', inputs: ['input'], stage: null, block: null, shape: [1, 8, 8, 8], parameters: 1, macs: 1, attributes: '', kernel_size: [7, 7], stride: [2, 2] };
/** Two stages: a projection and three identity blocks, and a projection and one identity block. */
const network = new Network([
  stem,
  ...bottleneck('a', 'a.0', 'stem', { projects: true }),
  ...bottleneck('a', 'a.1', 'a.0.out'), ...bottleneck('a', 'a.2', 'a.1.out'), ...bottleneck('a', 'a.3', 'a.2.out'),
  ...bottleneck('b', 'b.0', 'a.3.out', { projects: true }), ...bottleneck('b', 'b.1', 'b.0.out'),
]);
const edits = (text) => {
  const parsed = parseEdits(text);
  assert.deepEqual(parsed.errors, []);
  return parsed.edits;
};
const EVERY = 'branch:a.0:0,shortcut:a.1:1.25,skip:a.2,repeat:a.3:2,repeat:b.1:3:1,swap:a.1:a.2,reverse:a.1:a.3,lesion:a.0.conv1:7,stride:1x1,randomise:b.1.conv1:7';

test('every kind of edit is parsed and written as the same text', () => {
  assert.equal(formatEdits(edits(EVERY)), EVERY);
  assert.deepEqual(edits('branch:layer3.0:0.5'), [{ kind: 'branch', block: 'layer3.0', factor: 0.5 }]);
  assert.deepEqual(edits(''), []);
});

test('each part that is no edit is one sentence with what was expected and found; the others are kept', () => {
  const { edits: kept, errors } = parseEdits('branch:a.0:3,cut:a.1,skip:a.2,repeat:a.1:9,repeat:a.1:2:-1,swap:a.1:a.1,lesion:a.1:x,stride:5x5,branch:a.0:1e,skip:a.1:1,randomise:b.1.conv1,randomise:b.1.conv1:4294967296');
  assert.equal(formatEdits(kept), 'skip:a.2');
  assert.equal(errors.length, 11);
  for (const error of errors) assert.match(error(), /^edit: expected .+, found “[^”]+”\.$/);
  assert.match(errors[0](), /branch:BLOCK:FACTOR.*0 to 2.*“branch:a\.0:3”/);
  assert.match(errors[1](), /branch, shortcut, skip.* or randomise, found “cut:a\.1”/);
});

test('edits are kept in the fragment in readable form, beside other keys', () => {
  const fragment = changeFragment('#layer=a.1.out', { edit: 'branch:a.0:0,skip:a.1' });
  assert.equal(fragment, 'layer=a.1.out&edit=branch:a.0:0,skip:a.1');
  assert.equal(parseViewState(fragment).edit, 'branch:a.0:0,skip:a.1');
  assert.equal(parseViewState('#edit=branch%3Aa.0%3A0').edit, 'branch:a.0:0');
  assert.equal(changeFragment(fragment, { edit: '' }), 'layer=a.1.out');
});

test('edits that do not fit the network are named, one sentence each', () => {
  assert.deepEqual(fitEdits(network, edits(EVERY)).errors, []);
  const misfits = {
    'skip:c.0': /no residual block called “c\.0”/,
    'repeat:a.0:2': /identity/,
    'swap:a.0:a.1': /shapes/,
    'swap:a.1:c.1': /“c\.1”/,
    'reverse:a.2:b.1': /shapes/,
    'reverse:a.3:a.1': /later/,
    'lesion:a.9.conv1:0': /no node/,
    'lesion:stem:8': /from 0 to 7, found 8/,
    'randomise:a.9.conv1:0': /no node/,
  };
  for (const [text, sentence] of Object.entries(misfits)) {
    const { fitting, errors } = fitEdits(network, edits(`${text},skip:a.1`));
    assert.equal(formatEdits(fitting), 'skip:a.1');
    assert.equal(errors.length, 1, text);
    assert.match(errors[0](), sentence);
  }
  assert.equal(formatEdits(fitEdits(network, edits('branch:a.0:0,skip:a.1,branch:a.0:0.5')).fitting), 'skip:a.1,branch:a.0:0.5', 'the last of several counts');
  assert.equal(formatEdits(fitEdits(network, edits('randomise:stem:1,randomise:b.1.conv1:2')).fitting), 'randomise:b.1.conv1:2');
  const plain = new Network(network.nodes.filter(({ block }) => block !== 'a.0' && block !== 'b.0').map((node) => ({ ...node, stride: null })));
  assert.match(fitEdits(plain, edits('stride:1x1')).errors[0](), /no bottleneck/);
});

test('controls change one edit and leave the others; the neutral value removes it', () => {
  let list = withFactor([], 'branch', 'a.1', 0);
  list = withFactor(list, 'shortcut', 'a.1', 0.5);
  list = withFactor(list, 'branch', 'a.1', 1.5);
  assert.equal(formatEdits(list), 'branch:a.1:1.5,shortcut:a.1:0.5', 'a changed factor keeps its place');
  assert.deepEqual(stateOf(list, 'a.1'), { branch: 1.5, shortcut: 0.5, skipped: false, steps: 1, stepFactor: 1 });
  list = withRepeat(withSkip(withFactor(list, 'branch', 'a.1', 1), 'a.2', true), 'a.3', 4, null);
  assert.equal(formatEdits(list), 'shortcut:a.1:0.5,skip:a.2,repeat:a.3:4');
  assert.equal(stateOf(list, 'a.3').stepFactor, 0.25);
  list = withRepeat(withSkip(list, 'a.2', false), 'a.3', 1, null);
  assert.equal(formatEdits(list), 'shortcut:a.1:0.5');
  list = withStride(withLesion(list, 'stem', 3, true), '1x1');
  assert.equal(formatEdits(list), 'shortcut:a.1:0.5,lesion:stem:3,stride:1x1');
  assert.equal(formatEdits(withStride(withLesion(list, 'stem', 3, false), null)), 'shortcut:a.1:0.5');
});

test('all shortcuts are switched off and restored at once', () => {
  const blocks = ['a.0', 'a.1'];
  const off = withAllShortcuts(edits('skip:b.1,shortcut:a.0:2'), blocks, true);
  assert.equal(formatEdits(off), 'skip:b.1,shortcut:a.0:0,shortcut:a.1:0');
  assert.equal(areAllShortcutsOff(off, blocks), true);
  assert.equal(areAllShortcutsOff(off.slice(0, -1), blocks), false);
  assert.equal(formatEdits(withAllShortcuts(off, blocks, false)), 'skip:b.1');
});

test('swapping or reversing again returns the blocks to their places', () => {
  const swapped = withSwap([], 'a.1', 'a.2');
  assert.deepEqual(runningOrder(network, swapped), ['a.0', 'a.2', 'a.1', 'a.3', 'b.0', 'b.1']);
  assert.deepEqual(withSwap(swapped, 'a.2', 'a.1'), []);
  const moved = withSwap(swapped, 'a.1', 'a.3');
  assert.deepEqual(runningOrder(network, moved).slice(0, 4), ['a.0', 'a.2', 'a.3', 'a.1']);
  const reversed = withReverse([], 'a.1', 'a.3');
  assert.deepEqual(runningOrder(network, reversed).slice(0, 4), ['a.0', 'a.3', 'a.2', 'a.1']);
  assert.deepEqual(withReverse(reversed, 'a.1', 'a.3'), []);
});

test('a run that can be reversed has identity blocks of one stage and one shape', () => {
  const runOf = (name) => reversibleRun(network, network.blocks.find((block) => block.name === name));
  assert.deepEqual(runOf('a.2'), { first: 'a.1', last: 'a.3' });
  assert.equal(runOf('a.0'), null, 'a projection');
  assert.equal(runOf('b.1'), null, 'alone in its stage');
  assert.equal(strideOf(network), '3x3');
});

test('undo and redo return to the texts before and after; a dragged slider is one step', () => {
  const history = new EditHistory();
  history.edit('branch:a.1:0.9');
  history.edit('branch:a.1:0.5', { merge: true });
  history.edit('branch:a.1:0.5,skip:a.2');
  assert.equal(history.undo(), 'branch:a.1:0.5');
  assert.equal(history.undo(), '');
  assert.equal(history.canUndo, false);
  assert.equal(history.undo(), '', 'there is nothing before');
  assert.equal(history.redo(), 'branch:a.1:0.5');
  history.edit('skip:a.1');
  assert.equal(history.canRedo, false, 'a new edit ends what could be redone');
});

test('back and forward in the browser move along the same line', () => {
  const history = new EditHistory();
  history.edit('skip:a.1');
  history.edit('skip:a.1,skip:a.2');
  history.follow('skip:a.1');
  assert.deepEqual([history.canUndo, history.canRedo], [true, true]);
  history.follow('skip:a.1,skip:a.2');
  assert.equal(history.canRedo, false);
  history.follow('skip:b.1');
  assert.equal(history.undo(), 'skip:a.1,skip:a.2', 'an address typed by the user is an edit');
});

test('edits are described in words', () => {
  assert.equal(wordsOfAll(edits('branch:a.0:0,shortcut:a.1:1.25,repeat:a.3:2,repeat:b.1:3:1,lesion:stem:7,stride:1x1,randomise:b.1.conv1:9')),
    'a.0: F(x) off; a.1: 1.25 · shortcut; a.3: 2 steps of 1/2 · F(x); b.1: 3 times in full; stem: channel 7 is zero; stride 2 in the 1×1; random weights from b.1.conv1 to the end (seed 9)');
});

test('the map marks shortcuts, branches, steps, order and channels of the edited blocks only', () => {
  const marks = Object.fromEntries(marksOf(network, edits('shortcut:a.0:0,branch:a.1:0.5,swap:a.1:a.2,repeat:a.3:2,lesion:a.3.conv2:1,skip:b.1')).map(({ block, ...mark }) => [block, mark]));
  assert.deepEqual(Object.keys(marks), ['a.0', 'a.1', 'a.2', 'a.3', 'b.1']);
  assert.deepEqual([marks['a.0'].arc, marks['a.0'].boxes, marks['a.0'].label], ['cut', 'whole', '']);
  assert.deepEqual([marks['a.1'].boxes, marks['a.1'].label], ['scaled', 'F×0.5 ⇄2']);
  assert.equal(marks['a.2'].label, '⇄1');
  assert.match(marks['a.3'].label, /^2×0\.5F ∅$/);
  assert.equal(marks['b.1'].boxes, 'cut');
  assert.match(marks['a.2'].words, /swapped/);
  assert.deepEqual(marksOf(network, []), []);
});

test('the operands of a sum follow the edits', () => {
  const operands = (block, text) => operandsOf(network, residualSumOf(network, network.find(`${block}.out`)), edits(text));
  assert.deepEqual(operands('a.2', ''), { x: 'a.1.out', shortcutFactor: 1, branchFactor: 1, skipped: false });
  assert.deepEqual(operands('a.2', 'branch:a.2:1.5,shortcut:a.2:0'), { x: 'a.1.out', shortcutFactor: 0, branchFactor: 1.5, skipped: false });
  assert.deepEqual(operands('a.2', 'repeat:a.2:4,branch:a.2:2'), { x: 'a.2@3.out', shortcutFactor: 1, branchFactor: 0.5, skipped: false });
  assert.equal(operands('a.2', 'swap:a.1:a.2').x, 'a.0.out', 'it runs after another block');
  assert.equal(operands('a.3', 'swap:a.1:a.2').x, 'a.1.out');
  assert.equal(operands('b.0', 'reverse:a.1:a.3').x, 'b.0.down', 'a projection is its own operand');
});

test('blocks are sorted by a column, those without a value last, and their bars fill the largest', () => {
  const norms = (ratio, cosine) => ({ branch: ratio, shortcut: 1, ratio, cosine });
  const blocks = [
    { block: 'a', norms: norms(0.5, -0.5), importance: { change: -0.2, probability: 0.1, best: 'x' } },
    { block: 'b', norms: null, importance: null },
    { block: 'c', norms: norms(2, 1), importance: { change: 0.1, probability: 0.4, best: 'y' } },
  ];
  const order = (column, descending) => sortBlocks(blocks, column, descending).map(({ block }) => block).join('');
  assert.deepEqual([order('block', false), order('block', true), order('ratio', true), order('change', false), order('cosine', false)], ['abc', 'cba', 'cab', 'acb', 'acb']);
  assert.deepEqual(barsOf(blocks), [{ ratio: 0.25, cosine: -0.5, change: -1 }, { ratio: 0, cosine: 0, change: 0 }, { ratio: 1, cosine: 1, change: 0.5 }]);
});
