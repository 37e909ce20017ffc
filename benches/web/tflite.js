// Writes a folded network as a TensorFlow Lite model: operators in NHWC, filters OHWI. The tables and their numbers are the part of
// schema.fbs (github.com/google-ai-edge/LiteRT, tflite/schema) that such a model needs.

import { Builder } from 'flatbuffers';

/** The numbers of the operator (`BuiltinOperator`) and of its options (`BuiltinOptions`), and how many fields the options have. */
const OPERATORS = {
  Add: { code: 0, options: 11, fields: 1 },
  Conv2d: { code: 3, options: 1, fields: 6 },
  Linear: { code: 9, options: 8, fields: 1 },
  MaxPool2d: { code: 17, options: 5, fields: 6 },
  Pad: { code: 34, options: 22, fields: 0 },
  Mean: { code: 40, options: 27, fields: 1 },
};
const SCHEMA_VERSION = 3;
const FLOAT32 = 0; // TensorType
const INT32 = 2;
const VALID = 1; // Padding
const RELU = 1; // ActivationFunctionType

/** The bytes of the model; `shape` is the input's, NCHW. The model takes its input in NHWC. */
export function tflite(steps, [batch, channels, height, width]) {
  const model = new Model();
  const values = new Map([['input', model.value([batch, height, width, channels])]]);
  for (const step of steps) values.set(step.name, apply(model, step, step.inputs.map((name) => values.get(name))));
  return model.finish(values.get('input').tensor, values.get(steps.at(-1).name).tensor);
}

/** Adds the operators of a step; returns `{ tensor, shape }` of its value. */
function apply(model, { op, name, shape, window, weight, bias, relu }, [x, other]) {
  const activation = relu ? RELU : 0;
  const spatial = shape.length === 4 ? [shape[0], shape[2], shape[3], shape[1]] : shape;
  switch (op) {
    case 'Conv2d': {
      const filter = model.constant(outputsFirst(weight));
      const inputs = [padded(model, x, window).tensor, filter, model.constant(bias)];
      const [rows, columns] = window.stride;
      return model.add('Conv2d', inputs, spatial, [[0, VALID, 'Int8'], [1, columns, 'Int32'], [2, rows, 'Int32'], [3, activation, 'Int8']]);
    }
    case 'MaxPool2d': {
      // Values after a ReLU are not negative, so zeros do not change their maximum.
      const [rows, columns] = window.stride;
      const fields = [[0, VALID, 'Int8'], [1, columns, 'Int32'], [2, rows, 'Int32'], [3, window.kernel[1], 'Int32'], [4, window.kernel[0], 'Int32']];
      return model.add('MaxPool2d', [padded(model, x, window).tensor], spatial, fields);
    }
    case 'Add': return model.add('Add', [x.tensor, other.tensor], spatial, [[0, activation, 'Int8']]);
    case 'AdaptiveAvgPool2d': return model.add('Mean', [x.tensor, model.integers([2], [1, 2])], [shape[0], shape[1]], []);
    case 'Flatten': return x; // The mean has no rows and columns.
    case 'Linear': return model.add('Linear', [x.tensor, model.constant(weight), model.constant(bias)], shape, []);
    default: throw new Error(`${name}: expected an operator that the .tflite writer knows, found ${op}`);
  }
}

/** `x` with the zeros of a window around it. */
function padded(model, x, { padding: [rows, columns] }) {
  if (rows === 0 && columns === 0) return x;
  const [batch, height, width, channels] = x.shape;
  const amounts = model.integers([4, 2], [0, 0, rows, rows, columns, columns, 0, 0]);
  return model.add('Pad', [x.tensor, amounts], [batch, height + 2 * rows, width + 2 * columns, channels], []);
}

/** OIHW to OHWI. */
function outputsFirst({ shape: [outputs, inputs, rows, columns], data }) {
  const taps = rows * columns;
  const turned = new Float32Array(data.length);
  for (let o = 0; o < outputs; o += 1) {
    for (let i = 0; i < inputs; i += 1) {
      for (let tap = 0; tap < taps; tap += 1) turned[(o * taps + tap) * inputs + i] = data[(o * inputs + i) * taps + tap];
    }
  }
  return { shape: [outputs, rows, columns, inputs], data: turned };
}

/** Collects tensors and operators. Every offset is written before the table that contains it. */
class Model {
  #builder = new Builder(2 ** 27);
  #buffers = [this.#table(1, [])]; // Buffer 0 is empty: values computed at run time.
  #tensors = [];
  #operators = [];
  #codes = Object.keys(OPERATORS);

  value(shape) {
    return { tensor: this.#tensor(shape, FLOAT32, 0), shape };
  }

  constant({ shape, data }) {
    return this.#stored(shape, FLOAT32, data);
  }

  integers(shape, numbers) {
    return this.#stored(shape, INT32, Int32Array.from(numbers));
  }

  /** `fields` are `[index, value, type]` of the operator's options. */
  add(name, inputs, shape, fields) {
    const value = this.value(shape);
    const { options, fields: count } = OPERATORS[name];
    const written = this.#table(count, fields);
    const [from, to] = [this.#vector(inputs), this.#vector([value.tensor])];
    this.#operators.push(this.#table(5, [
      [0, this.#codes.indexOf(name), 'Int32'], [1, from, 'Offset'], [2, to, 'Offset'], [3, options, 'Int8'], [4, written, 'Offset'],
    ]));
    return value;
  }

  finish(input, output) {
    const builder = this.#builder;
    const codes = this.#codes.map((name) => this.#table(4, [
      [0, OPERATORS[name].code, 'Int8'], [2, 1, 'Int32'], [3, OPERATORS[name].code, 'Int32'],
    ]));
    const [tensors, operators] = [this.#offsets(this.#tensors), this.#offsets(this.#operators)];
    const [inputs, outputs] = [this.#vector([input]), this.#vector([output])];
    const graph = this.#table(5, [[0, tensors, 'Offset'], [1, inputs, 'Offset'], [2, outputs, 'Offset'], [3, operators, 'Offset']]);
    const [operatorCodes, graphs, buffers] = [this.#offsets(codes), this.#offsets([graph]), this.#offsets(this.#buffers)];
    builder.finish(this.#table(5, [
      [0, SCHEMA_VERSION, 'Int32'], [1, operatorCodes, 'Offset'], [2, graphs, 'Offset'], [4, buffers, 'Offset'],
    ]), 'TFL3');
    return builder.asUint8Array();
  }

  #stored(shape, type, data) {
    const bytes = this.#builder.createByteVector(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    this.#buffers.push(this.#table(1, [[0, bytes, 'Offset']]));
    return this.#tensor(shape, type, this.#buffers.length - 1);
  }

  #tensor(shape, type, buffer) {
    const [extents, name] = [this.#vector(shape), this.#builder.createString(`t${this.#tensors.length}`)];
    this.#tensors.push(this.#table(4, [[0, extents, 'Offset'], [1, type, 'Int8'], [2, buffer, 'Int32'], [3, name, 'Offset']]));
    return this.#tensors.length - 1;
  }

  #table(size, fields) {
    this.#builder.startObject(size);
    for (const [index, value, type] of fields) this.#builder[`addField${type}`](index, value, 0);
    return this.#builder.endObject();
  }

  #vector(numbers) {
    this.#builder.startVector(4, numbers.length, 4);
    for (const number of numbers.toReversed()) this.#builder.addInt32(number);
    return this.#builder.endVector();
  }

  #offsets(offsets) {
    this.#builder.startVector(4, offsets.length, 4);
    for (const offset of offsets.toReversed()) this.#builder.addOffset(offset);
    return this.#builder.endVector();
  }
}
