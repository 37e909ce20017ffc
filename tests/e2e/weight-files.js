// Weight files derived from the bundled starter model, each with one defect.

import { readFileSync } from 'node:fs';

export const starter = readFileSync(new URL('../../www/assets/starter.safetensors', import.meta.url));

/** A safetensors file with this header (an object or raw text) and tensor bytes. */
export function safetensors(header, data = Buffer.alloc(0)) {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  return Buffer.concat([headerLength(text.length), text, data]);
}

export function headerLength(bytes) {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes));
  return length;
}

const { header, data } = split(starter);

function split(file) {
  const end = 8 + Number(file.readBigUInt64LE());
  return { header: JSON.parse(file.subarray(8, end)), data: file.subarray(end) };
}

/** The starter model with its header changed by `edit(header)`. */
export function withHeader(edit) {
  const copy = structuredClone(header);
  edit(copy);
  return safetensors(copy, data);
}

/** The starter model with NaN as the first weight of `name`. */
export function withNan(name) {
  const copy = Buffer.from(data);
  // f16 NaN: all exponent bits set and a non-zero fraction.
  copy.writeUInt16LE(0x7e00, header[name].data_offsets[0]);
  return safetensors(header, copy);
}

/** A valid file of another network. */
export function otherNetwork() {
  const tensors = {
    'encoder.weight': { dtype: 'F32', shape: [4, 4], data_offsets: [0, 64] },
    'encoder.bias': { dtype: 'F32', shape: [4], data_offsets: [64, 80] },
  };
  return safetensors(tensors, Buffer.alloc(80, 1));
}
