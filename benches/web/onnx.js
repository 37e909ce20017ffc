// Writes a folded network as an ONNX model: plain operators of opset 17 in NCHW, which the runtime may fuse and lay out. The
// messages are the part of onnx.proto (github.com/onnx/onnx) that such a model needs.

import protobuf from 'protobufjs/light.js';

const message = (fields) => ({
  fields: Object.fromEntries(Object.entries(fields).map(([name, [id, type, rule]]) => [name, { id, type, rule }])),
});
const root = protobuf.Root.fromJSON({
  nested: {
    ModelProto: message({
      irVersion: [1, 'int64'], producerName: [2, 'string'], graph: [7, 'GraphProto'], opsetImport: [8, 'OperatorSetIdProto', 'repeated'],
    }),
    OperatorSetIdProto: message({ domain: [1, 'string'], version: [2, 'int64'] }),
    GraphProto: message({
      node: [1, 'NodeProto', 'repeated'], name: [2, 'string'], initializer: [5, 'TensorProto', 'repeated'],
      input: [11, 'ValueInfoProto', 'repeated'], output: [12, 'ValueInfoProto', 'repeated'],
    }),
    NodeProto: message({
      input: [1, 'string', 'repeated'], output: [2, 'string', 'repeated'], name: [3, 'string'], opType: [4, 'string'],
      attribute: [5, 'AttributeProto', 'repeated'],
    }),
    AttributeProto: message({ name: [1, 'string'], i: [3, 'int64'], ints: [8, 'int64', 'repeated'], type: [20, 'int32'] }),
    TensorProto: message({ dims: [1, 'int64', 'repeated'], dataType: [2, 'int32'], name: [8, 'string'], rawData: [9, 'bytes'] }),
    ValueInfoProto: message({ name: [1, 'string'], type: [2, 'TypeProto'] }),
    TypeProto: message({ tensorType: [1, 'TensorTypeProto'] }),
    TensorTypeProto: message({ elemType: [1, 'int32'], shape: [2, 'TensorShapeProto'] }),
    TensorShapeProto: message({ dim: [1, 'DimensionProto', 'repeated'] }),
    DimensionProto: message({ dimValue: [1, 'int64'] }),
  },
});
const FLOAT = 1; // TensorProto.DataType
const INT = 2; // AttributeProto.AttributeType
const INTS = 7;

/** The names of the model's input and output. */
export const INPUT = 'input';
export const OUTPUT = 'logits';

/** The bytes of the model; `shape` is the input's, NCHW. */
export function onnx(steps, shape) {
  const last = steps.at(-1);
  const named = (value) => (value === last.name ? OUTPUT : value);
  const graph = {
    name: 'network',
    node: steps.flatMap((step) => nodes(step, named)),
    initializer: steps.filter(({ weight }) => weight).flatMap(({ name, weight, bias }) => [
      tensor(`${name}.weight`, weight), tensor(`${name}.bias`, bias),
    ]),
    input: [value(INPUT, shape)],
    output: [value(OUTPUT, last.shape.slice(0, 2))],
  };
  const model = { irVersion: 8, producerName: 'resnet-lens', graph, opsetImport: [{ domain: '', version: 17 }] };
  return root.lookupType('ModelProto').encode(model).finish();
}

/** The operator of a step and its ReLU. */
function nodes({ op, name, inputs, window, weight, relu }, named) {
  const { opType, attribute = [] } = operator(op, name, window);
  const parameters = weight ? [`${name}.weight`, `${name}.bias`] : [];
  const output = relu ? `${name}.sum` : named(name);
  const node = { opType, name, input: [...inputs, ...parameters], output: [output], attribute };
  return relu ? [node, { opType: 'Relu', name: `${name}.relu`, input: [output], output: [named(name)] }] : [node];
}

function operator(op, name, window) {
  switch (op) {
    case 'Conv2d': return { opType: 'Conv', attribute: sliding(window) };
    case 'MaxPool2d': return { opType: 'MaxPool', attribute: sliding(window) };
    case 'Add': return { opType: 'Add' };
    case 'ReLU': return { opType: 'Relu' };
    case 'AdaptiveAvgPool2d': return { opType: 'GlobalAveragePool' };
    case 'Flatten': return { opType: 'Flatten' };
    case 'Linear': return { opType: 'Gemm', attribute: [{ name: 'transB', i: 1, type: INT }] };
    default: throw new Error(`${name}: expected an operator with an ONNX equivalent, found ${op}.`);
  }
}

function sliding({ kernel, stride, padding }) {
  const ints = (name, values) => ({ name, ints: values, type: INTS });
  return [ints('kernel_shape', kernel), ints('strides', stride), ints('pads', [...padding, ...padding])];
}

function tensor(name, { shape, data }) {
  return { name, dims: shape, dataType: FLOAT, rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

function value(name, shape) {
  return { name, type: { tensorType: { elemType: FLOAT, shape: { dim: shape.map((dimValue) => ({ dimValue })) } } } };
}
