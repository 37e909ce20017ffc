import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, count, duration, exact, percent, seconds, times, value } from '../../www/lib/format.js';
import './texts.js';

/** Compares `format(input)` with the expected text of each case. */
function cases(name, format, expected) {
  test(name, () => {
    for (const [input, text] of expected) assert.equal(format(input), text, `${name}(${input})`);
  });
}

cases('duration', duration, [
  [null, '–'], [undefined, '–'], [0, '0.0 ms'], [8.44, '8.4 ms'], [9.99, '10.0 ms'], [10, '10 ms'], [999.4, '999 ms'], [1520, '1.52 s'],
]);
cases('seconds', seconds, [[0, '1 s'], [8.4, '8 s'], [59.4, '59 s'], [80, '1 min 20 s'], [3599, '59 min 59 s'], [7500, '2 h 5 min']]);
cases('percent', percent, [[0, '0.0 %'], [0.0001, '< 0.1 %'], [0.0005, '0.1 %'], [0.1234, '12.3 %'], [0.9996, '> 99.9 %'], [1, '100.0 %']]);
cases('bytes', bytes, [[0, '0 B'], [999, '999 B'], [1000, '1 kB'], [3_121_734, '3.1 MB'], [97_800_000, '97.8 MB']]);
cases('count', count, [[0, '0'], [9_999, '9,999'], [10_000, '10.0 k'], [25_557_032, '25.6 M'], [1_840_000_000, '1.84 G']]);
cases('exact', exact, [[0, '0'], [25_557_032, '25,557,032']]);
cases('times', times, [[[3, 128, 128], '3 × 128 × 128'], [[7], '7']]);
cases('value', value, [[0, '0'], [0.8741, '0.874'], [-12.34, '−12.3'], [1.23e-5, '1.2e−5'], [0.001, '0.00100'], [12345, '1.2e+4'], [-0.0004, '−4.0e−4']]);
