// @ts-check
// NumPy's file format, version 1.0, for one array of 32-bit floats:
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

const MAGIC = [0x93, ...new TextEncoder().encode('NUMPY'), 1, 0];
/** The offset of the values is a multiple of this. */
const ALIGNMENT = 64;

/**
 * An array in C order as a .npy file. The header declares little-endian, as every machine with WebGPU is.
 * @param {{ shape: number[], data: Float32Array<ArrayBuffer> }} array
 */
export function npy({ shape, data }) {
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  const before = MAGIC.length + 2;
  const padded = `${dictionary.padEnd(Math.ceil((before + dictionary.length + 1) / ALIGNMENT) * ALIGNMENT - before - 1)}\n`;
  const length = new Uint8Array(2);
  new DataView(length.buffer).setUint16(0, padded.length, true);
  return new Blob([new Uint8Array(MAGIC), length, padded, data], { type: 'application/octet-stream' });
}
