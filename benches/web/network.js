// The network for the other engines: built from our engine's description of its layers and from the weight file, with every
// batch norm folded into the preceding convolution.

const EPS = 1e-5;

/** The tensors of a safetensors file by name: `{ shape, data }`, widened to f32. */
export function readTensors(file) {
  const end = 8 + Number(file.readBigUInt64LE());
  const header = JSON.parse(file.subarray(8, end));
  delete header.__metadata__;
  return new Map(Object.entries(header).map(([name, { dtype, shape, data_offsets: [from, to] }]) => {
    // The copy starts at offset 0 of its buffer, as typed arrays of wider elements require.
    const bytes = file.subarray(end + from, end + to);
    const { buffer } = new Uint8Array(bytes);
    return [name, { shape, data: widen(buffer, dtype, name) }];
  }));
}

function widen(buffer, dtype, name) {
  if (dtype === 'F32') return new Float32Array(buffer);
  if (dtype === 'F16') return Float32Array.from(new Uint16Array(buffer), half);
  if (dtype === 'I64') return new Float32Array(0); // `num_batches_tracked`, a count of training steps.
  throw new Error(`${name}: expected values of type F32 or F16, found ${dtype}.`);
}

/** IEEE 754 binary16: 1 sign, 5 exponent, 10 fraction bits. */
function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/**
 * Steps in order of execution. A step is `{ op, name, inputs, shape, relu }`; its value has its name, and `inputs` lists names of
 * values, where "input" is the network's input. A convolution also has `window` (`kernel`, `stride`, `padding`, rows first),
 * `weight` (OIHW) and `bias`; a pooling `window`; a linear layer `weight` (OI) and `bias`.
 */
export function fold(layers, tensors) {
  /** The consumer of a layer's value, if it is the only one and an `op`. */
  const follower = ({ name }, op) => {
    const consumers = layers.filter(({ inputs }) => inputs.includes(name));
    return consumers.length === 1 && consumers[0].op === op ? consumers[0] : null;
  };
  const sources = new Map([['input', 'input']]);
  const steps = [];
  for (const layer of layers) {
    if (sources.has(layer.name)) continue;
    const { op, name, shape } = layer;
    const step = { op, name, shape, inputs: layer.inputs.map((input) => sources.get(input)), relu: false };
    const absorb = (absorbed) => sources.set(absorbed.name, name);
    absorb(layer);
    let last = layer;
    if (op === 'Conv2d') {
      step.window = windowOf(layer);
      const norm = follower(layer, 'BatchNorm2d');
      Object.assign(step, norm ? normalised(name, norm.name, tensors) : plain(name, tensors));
      if (norm) absorb(last = norm);
    }
    if (op === 'MaxPool2d') step.window = windowOf(layer);
    if (op === 'Linear') Object.assign(step, plain(name, tensors));
    const relu = ['Conv2d', 'Add'].includes(op) && follower(last, 'ReLU');
    if (relu) {
      absorb(relu);
      step.relu = true;
    }
    steps.push(step);
  }
  return steps;
}

function plain(name, tensors) {
  const weight = tensors.get(`${name}.weight`);
  const none = { shape: [weight.shape[0]], data: new Float32Array(weight.shape[0]) };
  return { weight, bias: tensors.get(`${name}.bias`) ?? none };
}

/** `γ (Wx + b - μ) / √(σ² + ε) + β` as one weight and one bias, in double precision. */
function normalised(conv, norm, tensors) {
  const { weight: { shape, data }, bias } = plain(conv, tensors);
  const [gamma, beta, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var']
    .map((parameter) => tensors.get(`${norm}.${parameter}`).data);
  const scale = Array.from(gamma, (value, o) => value / Math.sqrt(variance[o] + EPS));
  const each = data.length / shape[0];
  return {
    weight: { shape, data: data.map((value, i) => value * scale[Math.floor(i / each)]) },
    bias: { shape: [shape[0]], data: beta.map((value, o) => value + (bias.data[o] - mean[o]) * scale[o]) },
  };
}

/** From "7x7 stride 2 padding 3", where stride and padding may be "2x1" and absent means 1 and 0. */
function windowOf({ name, attributes }) {
  const pair = (pattern, otherwise) => {
    const [, rows, columns] = pattern.exec(attributes) ?? [];
    return rows === undefined ? [otherwise, otherwise] : [Number(rows), Number(columns ?? rows)];
  };
  const kernel = pair(/^(\d+)x(\d+)/, 0);
  if (!kernel[0]) throw new Error(`${name}: expected a window like “3x3 stride 2 padding 1”, found “${attributes}”.`);
  return { kernel, stride: pair(/stride (\d+)(?:x(\d+))?/, 1), padding: pair(/padding (\d+)(?:x(\d+))?/, 0) };
}
