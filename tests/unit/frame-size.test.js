import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reducedSize } from '../../www/live/frame-size.js';

const bytes = ({ width, height }) => Math.ceil((width * 4) / 256) * 256 * height;

test('frames of cameras keep their size', () => {
  for (const [width, height] of [[1, 1], [1280, 720], [3840, 2160], [7680, 4320], [4320, 7680]]) assert.equal(reducedSize({ width, height }), null);
});

test('larger frames are reduced to what every GPU takes, in proportion', () => {
  for (const [width, height] of [[8192, 4320], [8192, 8192], [16384, 2], [3, 20000], [12288, 6480]]) {
    const size = reducedSize({ width, height });
    assert.ok(Math.max(size.width, size.height) <= 4096 && bytes(size) <= 128 << 20, JSON.stringify(size));
    assert.ok(Math.min(size.width, size.height) >= 1);
    if (Math.min(width, height) > 100) assert.ok(Math.abs(size.width / size.height - width / height) < 0.01, JSON.stringify(size));
  }
});
