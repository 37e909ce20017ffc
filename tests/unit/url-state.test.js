import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesBetween, parseUrlState } from '../../www/app/url-state.js';
import { changeFragment, clampGamma, parseViewState, viewStateErrors } from '../../www/app/view-state.js';
import './texts.js';

const DEFAULTS = {
  layer: null, tap: null, channel: null, sort: 'mean', scale: 'layer', colormap: 'magma', gamma: 1, overlay: 'none', plan: 'fused', class: null, compare: 'none', edit: '', with: null, gradient: '0', randomise: null, seeded: null, visualise: null, tour: null,
};

test('an empty fragment is the default view', () => {
  for (const fragment of ['', '#']) assert.deepEqual(parseViewState(fragment), DEFAULTS);
});

test('every key of the fragment is read', () => {
  const state = {
    layer: 'layer1.0.conv1', tap: 'a&b', channel: 7, sort: 'max', scale: 'network', colormap: 'grey', gamma: 0.5, overlay: 'cam', plan: 'inspected', class: 281, compare: 'sum', edit: 'branch:layer3.0:0,stride:1x1', with: 'hf:a/b', gradient: '1', randomise: 'layer4.0.conv1', seeded: '56-norm-3', visualise: 12, tour: 'relu',
  };
  const fragment = new URLSearchParams(Object.entries(state).map(([key, value]) => [key, String(value)])).toString();
  assert.deepEqual(parseViewState(`#${fragment}`), state);
});

test('invalid values of the fragment become their defaults, and gamma is limited', () => {
  assert.deepEqual(parseViewState('#channel=-1&sort=most&scale=&colormap=rainbow&gamma=nan&overlay=heat&plan=slow&class=1.5&visualise=4294967296'), DEFAULTS);
  assert.equal(parseViewState('#gamma=100').gamma, 4);
  assert.equal(parseViewState('#gamma=0.001').gamma, 0.25);
  assert.deepEqual([0.1, 1, 9].map(clampGamma), [0.25, 1, 4]);
});

test('changes of the fragment leave out defaults and keep other keys', () => {
  assert.equal(changeFragment('#other=1&channel=3', { channel: 4, sort: 'max' }), 'other=1&channel=4&sort=max');
  assert.equal(changeFragment('#other=1&channel=3&sort=max', { channel: null, sort: 'mean' }), 'other=1');
  assert.equal(changeFragment('', { gamma: 1 }), '');
});

test('a visualisation ends when another channel is selected, unless the change names one', () => {
  const from = '#layer=a&channel=3&visualise=4294967295';
  for (const changes of [{ channel: 4 }, { layer: 'b', tap: null, channel: null }, { tap: 'a.bn' }, { class: 7 }, { edit: 'stride:1x1' }]) {
    assert.equal(parseViewState(changeFragment(from, changes)).visualise, null, JSON.stringify(changes));
    assert.equal(parseViewState(changeFragment(from, { ...changes, visualise: 2 })).visualise, 2, JSON.stringify(changes));
  }
  for (const changes of [{ sort: 'max' }, { layer: 'a', tap: null, channel: 3 }, { overlay: 'gradcam' }, { edit: '' }]) {
    assert.equal(parseViewState(changeFragment(from, changes)).visualise, 4294967295, JSON.stringify(changes));
  }
});

test('a fragment that was written is read back', () => {
  const changes = { layer: 'layer2.1.relu_1', channel: 0, gamma: 2.83, overlay: 'channel' };
  assert.deepEqual(parseViewState(changeFragment('', changes)), { ...DEFAULTS, ...changes });
});

test('the query names model, image and language', () => {
  assert.deepEqual(parseUrlState('?model=hf%3Aa%2Fb&image=x.png&lang=ko&tune=off'), { model: 'hf:a/b', image: 'x.png', lang: 'ko' });
  assert.deepEqual(parseUrlState('?model=&other=1'), { model: null, image: null, lang: null });
});

test('only keys that differ are changes', () => {
  const before = parseUrlState('?model=a&image=b');
  assert.deepEqual(changesBetween(before, parseUrlState('?model=a&lang=en')), { model: false, image: true, lang: true });
});

test('any text is a valid view or reported', () => {
  let seed = 16;
  const below = (limit) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * limit);
  };
  const pieces = ['layer=', 'channel=', 'sort=', 'gamma=', 'class=', '&', '=', '#', '%', '%E0%A4', '+', '\u{1F408}', '\ud800', '\0', '-1', '1e309', '9'.repeat(40), 'Infinity', 'max', '__proto__=1', 'x'.repeat(5000)];
  for (let turn = 0; turn < 20_000; turn += 1) {
    const text = Array.from({ length: 1 + below(6) }, () => pieces[below(pieces.length)]).join('');
    const state = parseViewState(text);
    assert.deepEqual(Object.keys(state), Object.keys(DEFAULTS), text);
    for (const key of ['channel', 'class']) assert.ok(state[key] === null || Number.isSafeInteger(state[key]), `${key} in ${text}`);
    assert.ok(state.gamma >= 0.25 && state.gamma <= 4, text);
    for (const error of viewStateErrors(text)) assert.match(error.message, /: expected .+, found /s);
    parseUrlState(`?${text}`, text);
    assert.equal(parseViewState(changeFragment(text, { channel: 3 })).channel, 3, text);
  }
});
