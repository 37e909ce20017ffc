import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { MemoryStore } from '../../www/models/byte-store.js';
import { StreamingFile } from '../../www/models/streaming-file.js';
import './texts.js';

const URL_OF_FILE = new URL('https://hub.example/model.safetensors');
const CONTENT = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);
globalThis.location ??= new URL('https://page.example/');
const { fetch } = globalThis;

afterEach(() => { globalThis.fetch = fetch; });

/** Serves CONTENT in pieces; `cut` ends the first response there with an error. Returns the ranges that were requested. */
function serve({ cut = Infinity, etag = () => '"v1"', ranges = true } = {}) {
  const requested = [];
  globalThis.fetch = async (_, { headers }) => {
    requested.push(headers.range ?? null);
    const from = ranges && headers.range ? Number(/bytes=(\d+)-/.exec(headers.range)[1]) : 0;
    const end = requested.length === 1 ? Math.min(cut, CONTENT.length) : CONTENT.length;
    let at = from;
    const body = new ReadableStream({
      pull(controller) {
        if (at < end) {
          controller.enqueue(CONTENT.slice(at, Math.min(at + 100, end)));
          at += 100;
        } else if (end < CONTENT.length) controller.error(new TypeError('connection reset'));
        else controller.close();
      },
    });
    const length = String(CONTENT.length - from);
    return new Response(body, { status: from > 0 ? 206 : 200, headers: { etag: etag(requested.length), 'content-length': length } });
  };
  return requested;
}

function streamingFile(store = new MemoryStore(), options = {}) {
  const hashed = [];
  const control = new AbortController();
  const digest = { update: (chunk) => hashed.push(...chunk) };
  const file = new StreamingFile(URL_OF_FILE, { store, digest, signal: control.signal, onProgress: () => {}, ...options });
  return { file, store, hashed, control };
}

test('a read waits for its bytes', async () => {
  serve();
  const { file, store, hashed } = streamingFile();
  await file.open();
  assert.equal(file.length, 1000);
  store.begin(file);
  const read = file.read(300, 420);
  await file.download();
  assert.deepEqual(await read, CONTENT.subarray(300, 420));
  assert.deepEqual(hashed, [...CONTENT]);
});

for (const ranges of [true, false]) {
  test(`a broken connection is resumed, ${ranges ? 'with a range' : 'by skipping where the server has no ranges'}`, async () => {
    const requested = serve({ cut: 450, ranges });
    const { file, store, hashed } = streamingFile();
    await file.open();
    store.begin(file);
    await file.download();
    assert.deepEqual(requested, ['bytes=0-', 'bytes=450-'], 'with a range no server compresses');
    assert.deepEqual(hashed, [...CONTENT], 'every byte is hashed once');
    assert.deepEqual([...await file.read(0, 1000)], [...CONTENT]);
  });
}

test('a file that changes during the download is refused', async () => {
  serve({ cut: 450, etag: (request) => `"v${request}"` });
  const { file, store } = streamingFile();
  await file.open();
  store.begin(file);
  await assert.rejects(file.download(), { name: 'DownloadError', message: /was changed/ });
});

test('the beginning of an interrupted download is used and hashed', async () => {
  const requested = serve();
  const store = new MemoryStore();
  store.begin({ validator: '"v1"', length: 1000 });
  store.write(CONTENT.slice(0, 600), 0);
  const { file, hashed } = streamingFile(store);
  await file.open();
  await file.download();
  assert.deepEqual(requested, ['bytes=600-']);
  assert.deepEqual(hashed, [...CONTENT]);
});

test('the beginning of another version is dropped', async () => {
  const requested = serve({ etag: () => '"v2"' });
  const store = new MemoryStore();
  store.begin({ validator: '"v1"', length: 900 });
  store.write(new Uint8Array(600), 0);
  const { file, hashed } = streamingFile(store);
  await file.open();
  store.begin(file);
  await file.download();
  assert.deepEqual(requested, ['bytes=600-', 'bytes=0-']);
  assert.deepEqual(hashed, [...CONTENT]);
});

test('the length of another origin counts only for a part, which is not compressed', async () => {
  for (const [status, size, expected] of [[200, null, null], [200, 1000, 1000], [206, null, 700]]) {
    globalThis.fetch = async () => Object.defineProperty(new Response(CONTENT, { status, headers: { 'content-length': '700' } }), 'type', { value: 'cors' });
    const { file, store } = streamingFile(new MemoryStore(), { size });
    await file.open();
    assert.equal(file.length, expected, `${status}`);
    if (status === 206) continue;
    store.begin(file);
    await file.download();
    assert.equal(file.received, 1000, 'more bytes than reported have arrived');
  }
});

test('a server that compresses parts, which browsers refuse, is asked for the whole file', async () => {
  const requested = serve({ cut: 450, ranges: false });
  const whole = globalThis.fetch;
  const ranges = [];
  globalThis.fetch = async (url, options) => {
    ranges.push(options.headers.range ?? null);
    if (options.headers.range) throw new TypeError('Failed to fetch');
    return whole(url, options);
  };
  const { file, store, hashed } = streamingFile();
  await file.open();
  store.begin(file);
  await file.download();
  assert.deepEqual([ranges, requested], [['bytes=0-', null, null], [null, null]]);
  assert.deepEqual(hashed, [...CONTENT]);
});

test('a failure rejects waiting reads', async () => {
  serve();
  const { file } = streamingFile();
  await file.open();
  const read = file.read(0, 1000);
  file.fail(new Error('no network of this kind'));
  await assert.rejects(read, /no network of this kind/);
});
