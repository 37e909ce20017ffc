import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { request } from '../../www/lib/download.js';
import { hubInUse, keepToken, tokenFor } from '../../www/models/hub-access.js';
import { hubFiles } from '../../www/models/hub-files.js';
import { askAgain } from '../../www/models/model-version.js';
import './texts.js';

const HUB = 'https://hub.example';
const { fetch } = globalThis;
const { withResolvers } = Promise;
globalThis.location ??= new URL('https://page.example/');
Promise.withResolvers ??= () => {};
const signal = () => new AbortController().signal;

afterEach(() => {
  globalThis.fetch = fetch;
  Promise.withResolvers = withResolvers ?? (() => {});
});

test('the hub is that of the page\u2019s address, or the usual one', () => {
  assert.equal(hubInUse(HUB, ''), HUB);
  assert.equal(hubInUse(HUB, '?hub='), HUB);
  assert.equal(hubInUse(HUB, '?hub=https://mirror.example/'), 'https://mirror.example');
  assert.equal(hubInUse(HUB, '?hub=http://localhost:8080/hub/?x#y'), 'http://localhost:8080/hub');
  for (const text of ['mirror', 'javascript:alert(1)', 'data:,x', 'ftp://a', '//a', 'https://user:word@a']) {
    assert.throws(() => hubInUse(HUB, `?hub=${encodeURIComponent(text)}`), { name: 'DownloadError', message: /must be an address that starts with https/ });
  }
});

test('a token is kept for its hub only', () => {
  keepToken(HUB, ' hf_x ');
  assert.equal(tokenFor(`${HUB}/path`), 'hf_x');
  for (const other of ['https://mirror.example', 'http://hub.example', 'https://hub.example:444']) assert.equal(tokenFor(other), null);
  keepToken(HUB, null);
  assert.equal(tokenFor(HUB), null);
});

test('a token is sent to its origin only, and not by a browser that may pass it on', async () => {
  const sent = [];
  globalThis.fetch = async (url, { headers }) => {
    sent.push([String(url), headers.authorization]);
    return new Response('x');
  };
  const access = { origin: HUB, token: 'hf_x' };
  for (const url of [`${HUB}/a`, 'https://hub.example.evil/a', 'https://storage.example/a']) await request(new URL(url), { what: 'download.model', access });
  assert.deepEqual(sent.map(([, authorization]) => authorization), ['Bearer hf_x', undefined, undefined]);
  delete Promise.withResolvers;
  await assert.rejects(request(new URL(`${HUB}/a`), { what: 'download.model', access }), /too old to send an access token/);
  assert.equal(sent.length, 3);
});

/** An engine with one repository, and a server that answers by path: a text, a status with an error code, or null (unreachable). */
function hub(answers, fixed = false) {
  const urls = {
    weights: ['model.safetensors', 'pytorch_model.bin'].map((file) => ({ file, url: `${HUB}/resolve/${file}`, pointer: `${HUB}/raw/${file}` })),
    indices: [`${HUB}/index.json`], configs: [`${HUB}/config.json`], preprocessors: [`${HUB}/pre.json`], listing: `${HUB}/api`, page: `${HUB}/a/b`, fixed,
  };
  const requested = [];
  globalThis.fetch = async (url) => {
    const path = new URL(url).pathname.slice(1);
    requested.push(path);
    const answer = Object.hasOwn(answers, path) ? answers[path] : [404, 'EntryNotFound'];
    if (answer === null) throw new TypeError('Failed to fetch');
    if (typeof answer === 'string') return new Response(answer, { headers: { etag: answer } });
    return new Response('no', { status: answer[0], headers: answer[1] ? { 'x-error-code': answer[1] } : {} });
  };
  const engine = {
    hubUrls: () => urls,
    hubCard: (id, config, preprocessor) => ({ id, config, preprocessor }),
    hubRefusal: (status, code) => (code === 'GatedRepo' ? 'gated' : status === 404 ? 'no-file' : status === 403 ? 'not-allowed' : undefined),
    hubWeights: (_, __, listing) => ({ file: listing, url: `${HUB}/resolve/${listing}`, pointer: `${HUB}/raw/${listing}` }),
    hubWithoutWeights: (_, found) => Object.assign(new Error(found ? `split: ${found}` : 'none'), { name: 'ModelError' }),
    parseLfsPointer: (text) => (text.startsWith('sha') ? { size: 3, sha256: text } : undefined),
  };
  const wanted = { id: 'hf:a/b', hub: HUB, card: null, token: null };
  return { engine, wanted, requested };
}

test('the weight file is the first that exists, or the one in the list', async () => {
  const find = (answers) => {
    const { engine, wanted } = hub(answers);
    return hubFiles(engine, wanted, signal());
  };
  const usual = await find({ 'raw/pytorch_model.bin': 'sha1', 'config.json': '{}' });
  assert.deepEqual([usual.card.file, usual.sha256, usual.url.pathname, usual.card.config], ['pytorch_model.bin', 'sha1', '/resolve/pytorch_model.bin', '{}']);
  assert.equal((await find({ 'raw/model.safetensors': [404], 'resolve/model.safetensors': 'weights' })).card.file, 'model.safetensors', 'a mirror without pointers');
  assert.equal((await find({ 'raw/model.safetensors': null, 'resolve/model.safetensors': 'weights' })).card.file, 'model.safetensors', 'or without CORS for them');
  const listed = await find({ api: 'best.pth', 'raw/best.pth': 'sha2' });
  assert.deepEqual([listed.card.file, listed.sha256, listed.card.config], ['best.pth', 'sha2', undefined]);
  await assert.rejects(find({ 'index.json': '{}' }), /split: index.json/);
  await assert.rejects(find({}), /none/);
  await assert.rejects(find({ 'raw/model.safetensors': [401, 'GatedRepo'] }), { name: 'AccessError', message: /hf:a\/b is private or gated: accept its conditions at https:\/\/hub.example\/a\/b/ });
  await assert.rejects(find({ 'config.json': '<!doctype html>', 'raw/model.safetensors': 'sha1' }), /web page \(HTML\)/);
  await assert.rejects(find({ 'config.json': [500], 'raw/model.safetensors': 'sha1' }), /answered 500/);
});

test('a kept model is compared with its server', async () => {
  const ask = (answers, kept, { fixed = false, ...changes } = {}) => {
    const { engine, wanted, requested } = hub(answers, fixed);
    return askAgain(engine, { ...wanted, ...changes }, kept, signal()).then(({ state }) => ({ state, requests: requested.length }));
  };
  const kept = { validator: 'v1', length: 3, sha256: 'sha1' };
  const state = async (...args) => (await ask(...args)).state;
  assert.equal(await state({ 'raw/model.safetensors': 'sha1' }, kept), 'same');
  assert.equal(await state({ 'raw/model.safetensors': 'sha2' }, kept), 'changed');
  assert.equal(await state({ 'raw/model.safetensors': 'sha2' }, { validator: null, length: 3 }), 'same', 'an entry without a digest: the length decides');
  assert.equal(await state({ 'raw/model.safetensors': null, 'resolve/model.safetensors': null }, kept), 'unknown');
  assert.equal(await state({ 'raw/model.safetensors': [403] }, kept), 'unknown');
  assert.deepEqual(await ask({}, kept, { fixed: true }), { state: 'same', requests: 0 }, 'a commit never changes');
  assert.deepEqual(await ask({}, kept, { card: { sha256: 'sha1' } }), { state: 'same', requests: 0 });
  const url = (address) => ({ id: undefined, hub: undefined, url: address });
  assert.equal(await state({ m: 'v1' }, kept, url(`${HUB}/m`)), 'same');
  assert.equal(await state({ m: 'v2' }, kept, url(`${HUB}/m`)), 'changed');
  assert.equal(await state({ m: null }, kept, url(`${HUB}/m`)), 'unknown');
  const unnamed = { ...kept, validator: null };
  assert.equal(await state({ m: 'v2' }, unnamed, url(`${HUB}/m`)), 'same', 'nothing can be compared');
  assert.equal(await state({ m: 'v2' }, unnamed, url('http://localhost:1/m')), 'changed', 'on this machine it counts as changed');
  assert.equal(await state({ m: 'v2' }, unnamed, url('http://127.0.0.1/m')), 'changed');
});
