// NumPy's file format, version 1.0, for one array of 32-bit floats:
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

const MAGIC = [0x93, ...new TextEncoder().encode('NUMPY'), 1, 0];
/** Where the values begin is a multiple of this. */
const ALIGNMENT = 64;

/** `data`, a Float32Array in C order, as a file's Blob. Every machine with WebGPU is little-endian, as the header says. */
export function npy({ shape, data }) {
  const words = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  const before = MAGIC.length + 2;
  const padded = words.padEnd(Math.ceil((before + words.length + 1) / ALIGNMENT) * ALIGNMENT - before - 1) + '\n';
  const length = new Uint8Array(2);
  new DataView(length.buffer).setUint16(0, padded.length, true);
  return new Blob([new Uint8Array(MAGIC), length, padded, data], { type: 'application/octet-stream' });
}
