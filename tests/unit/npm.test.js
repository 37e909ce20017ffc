// Modules of the npm package that need no browser.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallQueue } from '../../npm/src/call-queue.js';
import { publicError } from '../../npm/src/errors.js';
import { tourLink } from '../../npm/src/elements/tour-link.js';
import { parseUrlState } from '../../www/app/url-state.js';
import { parseViewState } from '../../www/app/view-state.js';
import { namedError, textError } from '../../www/lib/errors.js';
import './texts.js';

/** A queue, and a call of it that notes its name in `begun` and ends with `result`. */
function makeQueue() {
  const queue = new CallQueue();
  const begun = [];
  const call = (name, result, options) => queue.run(async () => {
    begun.push(name);
    return result;
  }, options);
  return { begun, call };
}

/** A promise that the test settles. */
function deferred() {
  let settle;
  const promise = new Promise((resolve, reject) => { settle = { resolve, reject }; });
  return { promise, ...settle };
}

test('calls run one at a time and in order, whether the earlier ones succeed or fail', async () => {
  const { begun, call } = makeQueue();
  const [first, second] = [deferred(), deferred()];
  const results = [call('a', first.promise), call('b', second.promise), call('c', 3)];
  await Promise.resolve();
  assert.deepEqual(begun, ['a']);
  first.reject(new Error('broken'));
  await assert.rejects(results[0], /broken/);
  second.resolve(2);
  assert.deepEqual(await Promise.all(results.slice(1)), [2, 3]);
  assert.deepEqual(begun, ['a', 'b', 'c']);
});

test('an aborted call that waits is not run; one that runs is rejected at once, and the next begins when it has ended', async () => {
  const { begun, call } = makeQueue();
  const running = deferred();
  const [abortFirst, abortSecond] = [new AbortController(), new AbortController()];
  const first = call('a', running.promise, { signal: abortFirst.signal });
  const second = call('b', 2, { signal: abortSecond.signal });
  const third = call('c', 3);
  await Promise.resolve();
  abortFirst.abort();
  abortSecond.abort();
  await assert.rejects(first, { name: 'AbortError' });
  await assert.rejects(second, { name: 'AbortError' });
  assert.deepEqual(begun, ['a']);
  running.resolve();
  await third;
  assert.deepEqual(begun, ['a', 'c']);
});

test('an error of the engine is a sentence of the package, once', () => {
  const crash = publicError(textError('WorkerError', 'error.workerMessage'));
  assert.equal(crash.message, 'The engine’s worker stopped (the browser could not read one of its messages); the next call starts another one.');
  assert.equal(publicError(crash).message, crash.message);
  assert.deepEqual([publicError(namedError('StateError', 'no such node')).message, publicError('odd').message], ['No such node.', 'Odd.']);
  const aborted = new DOMException('stop', 'AbortError');
  assert.equal(publicError(aborted), aborted);
});

test('the link of an element opens the first step of the tour with what it shows', (context) => {
  globalThis.location = { href: 'https://blog.example/post/' };
  context.after(() => { delete globalThis.location; });
  const link = new URL(tourLink('https://lens.example/', { model: 'timm/resnet18.a1_in1k', src: 'cat.jpg', layer: 'maxpool', channel: '7', edits: ['skip:a.1', 'branch:a.2:0'], lang: 'ko' }));
  assert.equal(link.origin, 'https://lens.example');
  assert.deepEqual(parseUrlState(link.search), { model: 'timm/resnet18.a1_in1k', image: 'https://blog.example/post/cat.jpg', lang: 'ko' });
  const { layer, channel, tour } = parseViewState(link.hash);
  assert.deepEqual([layer, channel, tour], ['maxpool', 7, 'filters']);
  const own = new URL(tourLink('../lens/', { model: './mine.safetensors', src: '', layer: '', channel: null, edits: [], lang: 'en' }));
  assert.equal(own.pathname, '/lens/');
  assert.equal(own.searchParams.get('model'), 'https://blog.example/post/mine.safetensors');
});
