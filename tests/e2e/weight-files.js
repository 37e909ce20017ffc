// Weight files derived from the bundled starter model, each with one defect.

import { readFileSync } from 'node:fs';

export const starter = readFileSync(new URL('../../www/assets/starter.safetensors', import.meta.url));

const { models } = JSON.parse(readFileSync(new URL('../../www/assets/catalog.json', import.meta.url)));
/** The configuration of a repository of the hub with the starter model. */
export const HUB_CONFIG = JSON.stringify({
  architecture: 'resnet50',
  num_classes: 107,
  label_names: models[0].labels,
  pretrained_cfg: { input_size: [3, 128, 128], crop_pct: 0.876, interpolation: 'bilinear', license: 'mit' },
});

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

/**
 * A file with the tensors of `file` under other names.
 * @param {Buffer} file
 * @param {(name: string) => string} rename
 * @param {Record<string, (entry: object, bytes: Buffer) => [object, Buffer]>} [changed] what replaces a tensor, by its name in `file`
 */
export function renamedTensors(file, rename, changed = {}) {
  const parts = split(file);
  const written = {};
  const tensors = [];
  let at = 0;
  for (const [name, entry] of Object.entries(parts.header)) {
    if (name === '__metadata__') continue;
    const values = parts.data.subarray(...entry.data_offsets);
    const [{ dtype, shape }, bytes] = changed[name]?.(entry, values) ?? [entry, values];
    written[rename(name)] = { dtype, shape, data_offsets: [at, at + bytes.length] };
    tensors.push(bytes);
    at += bytes.length;
  }
  return safetensors(written, Buffer.concat(tensors));
}

/** The starter model with NaN as the first weight of `name`. */
export function withNan(name) {
  const copy = Buffer.from(data);
  // f16 NaN: all exponent bits set and a non-zero fraction.
  copy.writeUInt16LE(0x7e00, header[name].data_offsets[0]);
  return safetensors(header, copy);
}

/** The starter model with its classes in the opposite order. */
export function reversedClasses() {
  const copy = Buffer.from(data);
  for (const name of ['fc.weight', 'fc.bias']) {
    const { shape: [rows], data_offsets: [start, end] } = header[name];
    const size = (end - start) / rows;
    for (let row = 0; row < rows; row += 1) data.copy(copy, start + row * size, end - (row + 1) * size, end - row * size);
  }
  return safetensors(header, copy);
}

/** The starter model with weights of the last layer that are finite as `f32`, and whose sums are not. */
export function withHugeOutputs() {
  const entries = {};
  const parts = [];
  let at = 0;
  for (const [name, { dtype, shape, data_offsets: [start, end] = [] }] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const isLast = name === 'fc.weight';
    const bytes = isLast ? Buffer.from(new Float32Array((end - start) / 2).fill(3e38).buffer) : data.subarray(start, end);
    entries[name] = { dtype: isLast ? 'F32' : dtype, shape, data_offsets: [at, at + bytes.length] };
    parts.push(bytes);
    at += bytes.length;
  }
  return safetensors(entries, Buffer.concat(parts));
}

/** A valid file of another network. */
export function otherNetwork() {
  const tensors = {
    'encoder.weight': { dtype: 'F32', shape: [4, 4], data_offsets: [0, 64] },
    'encoder.bias': { dtype: 'F32', shape: [4], data_offsets: [64, 80] },
  };
  return safetensors(tensors, Buffer.alloc(80, 1));
}

/** The starter model with its last layer product-quantised: codes and a codebook in place of the weights. Its answers are not the starter's. */
export function quantisedStarter() {
  const { 'fc.weight': { shape: [rows, columns], data_offsets: [start] }, __metadata__: metadata, ...rest } = header;
  const [entries, width] = [256, 4];
  const codebook = data.subarray(start, start + entries * width * 2);
  const codes = Buffer.from({ length: (rows * columns) / width }, (_, i) => (i * 7) % entries);
  const written = { __metadata__: metadata };
  const parts = [];
  let at = 0;
  const add = (name, dtype, shape, bytes) => {
    written[name] = { dtype, shape, data_offsets: [at, at + bytes.length] };
    parts.push(bytes);
    at += bytes.length;
  };
  add('fc.codes_matrix', 'U8', [rows, columns / width], codes);
  add('fc.codebook', 'F16', [entries, width], codebook);
  for (const [name, { dtype, shape, data_offsets: [from, to] }] of Object.entries(rest)) add(name, dtype, shape, data.subarray(from, to));
  return safetensors(written, Buffer.concat(parts));
}
