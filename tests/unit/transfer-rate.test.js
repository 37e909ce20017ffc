import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TransferRate } from '../../www/lib/transfer-rate.js';

test('rate and remaining time are unknown at first', () => {
  const rate = new TransferRate();
  assert.deepEqual(rate.update(0, 1000, 0), { speed: null, left: null });
  assert.deepEqual(rate.update(100, 1000, 499), { speed: null, left: null });
});

test('a steady transfer has its rate', () => {
  const rate = new TransferRate();
  rate.update(0, 1_000_000, 0);
  assert.deepEqual(rate.update(100_000, 1_000_000, 1000), { speed: 100_000, left: 9 });
});

test('only the last four seconds count', () => {
  const rate = new TransferRate();
  for (let second = 0; second <= 10; second += 1) rate.update(second * 1000, null, second * 1000);
  const faster = [11, 12, 13, 14].map((second, i) => rate.update(10_000 + (i + 1) * 5000, null, second * 1000));
  assert.deepEqual(faster.at(-1), { speed: 5000, left: null });
});

test('a transfer that stalls has no remaining time', () => {
  const rate = new TransferRate();
  rate.update(500, 1000, 0);
  assert.deepEqual(rate.update(500, 1000, 2000), { speed: 0, left: null });
});
