// Parts of stored files, which the service worker serves.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partOf } from '../../www/offline/ranges.js';

const file = () => new Response('0123456789', { headers: { 'content-type': 'text/plain', 'content-encoding': 'br', etag: '"1"' } });

async function part(range) {
  const response = await partOf(file(), range);
  return { status: response.status, range: response.headers.get('content-range'), text: await response.text() };
}

test('one range is answered with its bytes', async () => {
  assert.deepEqual(await part('bytes=2-5'), { status: 206, range: 'bytes 2-5/10', text: '2345' });
  assert.deepEqual(await part('bytes=7-'), { status: 206, range: 'bytes 7-9/10', text: '789' });
  assert.deepEqual(await part('bytes=0-99'), { status: 206, range: 'bytes 0-9/10', text: '0123456789' });
  assert.deepEqual(await part('bytes=-3'), { status: 206, range: 'bytes 7-9/10', text: '789' });
  const { headers } = await partOf(file(), 'bytes=2-5');
  assert.deepEqual([headers.get('content-length'), headers.get('content-encoding'), headers.get('etag')], ['4', null, '"1"']);
});

test('bytes behind the end are refused', async () => {
  assert.deepEqual(await part('bytes=10-'), { status: 416, range: 'bytes */10', text: '' });
});

test('without a range, with several or a malformed one, the answer is the whole file', async () => {
  for (const range of [null, 'bytes=0-1,3-4', 'bytes=-', 'bytes=5-3', 'bytes=a-b', 'lines=1-2']) {
    assert.deepEqual(await part(range), { status: 200, range: null, text: '0123456789' });
  }
});
