import assert from 'node:assert/strict';
import { test } from 'node:test';
import { npy } from '../../www/lib/npy.js';

/** Reads a .npy file: its header's text, the offset of the values, and the values. */
async function read(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  assert.deepEqual([...bytes.subarray(0, 8)], [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0], 'magic and version');
  const length = new DataView(bytes.buffer).getUint16(8, true);
  const offset = 10 + length;
  return { header: new TextDecoder().decode(bytes.subarray(10, offset)), offset, values: [...new Float32Array(bytes.slice(offset).buffer)] };
}

test('header and values follow the format', async () => {
  for (const shape of [[1, 2, 3, 1], [6], [2, 3]]) {
    const data = Float32Array.from([0, -1.5, 2, 3.25, 4, 5]);
    const { header, offset, values } = await read(npy({ shape, data }));
    assert.equal(offset % 64, 0, 'values are aligned');
    assert.ok(header.endsWith('\n'));
    const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
    assert.equal(header.trimEnd(), `{'descr': '<f4', 'fortran_order': False, 'shape': ${tuple}, }`);
    assert.deepEqual(values, [...data]);
  }
});
