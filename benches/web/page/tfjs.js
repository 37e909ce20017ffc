// TensorFlow.js on WebGPU or, with SIMD and the given number of threads, on the CPU: NHWC, bias and ReLU fused into each convolution where its API allows.

import { describe } from './gpu-device.js';
import { timed } from './timed.js';

/** `tensorflow(backend)` returns the library, `read(name)` resolves to a file of the run, `packages` is the URL of the packages. */
export async function open(name, { shape: [, channels, height, width] }, { tensorflow, read, packages, threads }) {
  const backend = name === 'tfjs-wasm' ? 'wasm' : 'webgpu';
  const tf = tensorflow(backend);
  if (backend === 'wasm') {
    tf.wasm.setWasmPaths(`${packages}@tensorflow/tfjs-backend-wasm/dist/`);
    tf.wasm.setThreadsCount(threads);
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', threads > 1);
  }
  if (!await tf.setBackend(backend)) throw new Error(`the backend “${backend}” did not start`);
  await tf.ready();
  const [steps, values, input] = await Promise.all([
    read('network.json').then((bytes) => JSON.parse(new TextDecoder().decode(bytes))),
    read('weights-nhwc.f32').then((bytes) => new Float32Array(bytes)),
    read('input-nhwc.f32').then((bytes) => new Float32Array(bytes)),
  ]);
  const tensor = ({ shape, offset }) =>
    tf.tensor(values.subarray(offset, offset + shape.reduce((product, extent) => product * extent)), shape);
  const parameters = new Map(steps.filter(({ weight }) => weight)
    .map(({ name, weight, bias }) => [name, { weight: tensor(weight), bias: tensor(bias) }]));
  const forward = () => {
    const known = new Map([['input', tf.tensor4d(input, [1, height, width, channels])]]);
    for (const step of steps) known.set(step.name, apply(tf, step, step.inputs.map((name) => known.get(name)), parameters.get(step.name)));
    return known.get(steps.at(-1).name);
  };
  return timed({
    adapter: { version: tf.version_core, ...backend === 'wasm' ? { name: `CPU, ${tf.wasm.getThreadsCount()} threads` } : describe(tf.backend().device) },
    async compute() {
      const answer = tf.tidy(forward);
      const logits = await answer.data();
      answer.dispose();
      return logits;
    },
  });
}

function apply(tf, { op, name, window, relu }, [x, other], { weight, bias } = {}) {
  const activation = relu ? 'relu' : 'linear';
  const even = ([rows, columns]) => {
    if (rows !== columns) throw new Error(`${name}: expected equal vertical and horizontal padding, found ${rows}x${columns}`);
    return rows;
  };
  switch (op) {
    case 'Conv2d': return tf.fused.conv2d({
      x, filter: weight, strides: window.stride, pad: even(window.padding), dimRoundingMode: 'floor', bias, activation,
    });
    case 'MaxPool2d': return tf.maxPool(x, window.kernel, window.stride, even(window.padding), 'floor');
    case 'Add': return relu ? tf.relu(tf.add(x, other)) : tf.add(x, other);
    case 'ReLU': return tf.relu(x);
    case 'AdaptiveAvgPool2d': return tf.mean(x, [1, 2]);
    case 'Flatten': return tf.reshape(x, [x.shape[0], -1]);
    case 'Linear': return tf.fused.matMul({ a: x, b: weight, bias });
    default: throw new Error(`${name}: expected an operator that TensorFlow.js has, found ${op}`);
  }
}
