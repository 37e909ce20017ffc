import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesBetween, parseUrlState } from '../../www/app/url-state.js';
import { changeFragment, clampGamma, parseViewState } from '../../www/app/view-state.js';

const DEFAULTS = {
  layer: null, tap: null, channel: null, sort: 'mean', scale: 'layer', colormap: 'magma', gamma: 1, overlay: 'none', plan: 'fused', class: null, compare: 'none',
};

test('an empty fragment is the default view', () => {
  for (const fragment of ['', '#']) assert.deepEqual(parseViewState(fragment), DEFAULTS);
});

test('every key of the fragment is read', () => {
  const state = {
    layer: 'layer1.0.conv1', tap: 'a&b', channel: 7, sort: 'max', scale: 'network', colormap: 'grey', gamma: 0.5, overlay: 'cam', plan: 'inspected', class: 281, compare: 'sum',
  };
  const fragment = new URLSearchParams(Object.entries(state).map(([key, value]) => [key, String(value)])).toString();
  assert.deepEqual(parseViewState(`#${fragment}`), state);
});

test('invalid values of the fragment become their defaults, and gamma is limited', () => {
  assert.deepEqual(parseViewState('#channel=-1&sort=most&scale=&colormap=rainbow&gamma=nan&overlay=heat&plan=slow&class=1.5'), DEFAULTS);
  assert.equal(parseViewState('#gamma=100').gamma, 4);
  assert.equal(parseViewState('#gamma=0.001').gamma, 0.25);
  assert.deepEqual([0.1, 1, 9].map(clampGamma), [0.25, 1, 4]);
});

test('changes of the fragment leave out defaults and keep other keys', () => {
  assert.equal(changeFragment('#other=1&channel=3', { channel: 4, sort: 'max' }), 'other=1&channel=4&sort=max');
  assert.equal(changeFragment('#other=1&channel=3&sort=max', { channel: null, sort: 'mean' }), 'other=1');
  assert.equal(changeFragment('', { gamma: 1 }), '');
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
