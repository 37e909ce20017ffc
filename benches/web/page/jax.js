// jax-js on WebGPU: the gradient of a logit with respect to the input, compiled by `jit(grad(…))`. Convolutions are NCHW, as in JAX.

import { timed } from './timed.js';

/** `read(name)` resolves to a file of the run. */
export async function open(_, { shape, logit }, { packages, read }) {
  const { defaultDevice, grad, init, jit, lax, nn, numpy: np } = await import(`${packages}@jax-js/jax/dist/index.js`);
  if (!(await init('webgpu')).includes('webgpu')) throw new Error('the device “webgpu” did not start');
  defaultDevice('webgpu');
  const [steps, values, input] = await Promise.all([
    read('network.json').then((bytes) => JSON.parse(new TextDecoder().decode(bytes))),
    read('weights-nhwc.f32').then((bytes) => new Float32Array(bytes)),
    read('input-nchw.f32').then((bytes) => new Float32Array(bytes)),
  ]);
  const array = ({ shape: dims, offset }) => {
    const size = dims.reduce((product, extent) => product * extent);
    return np.array(values.slice(offset, offset + size)).reshape(dims);
  };
  const parameters = {};
  for (const { name, weight, bias } of steps.filter((step) => step.weight)) {
    // HWIO to OIHW; the matrix of a linear layer stays IO.
    const matrix = array(weight);
    parameters[name] = { weight: matrix.ndim === 4 ? np.transpose(matrix, [3, 2, 0, 1]) : matrix, bias: array(bias) };
  }
  const ops = { lax, nn, np };
  const loss = (x, given) => {
    const known = new Map([['input', x]]);
    const uses = new Map();
    for (const { inputs } of steps) for (const name of inputs) uses.set(name, (uses.get(name) ?? 0) + 1);
    // Each use but the last one takes a reference of its own.
    const take = (name) => {
      uses.set(name, uses.get(name) - 1);
      return uses.get(name) > 0 ? known.get(name).ref : known.get(name);
    };
    for (const step of steps) known.set(step.name, apply(ops, step, step.inputs.map(take), given[step.name]));
    const logits = known.get(steps.at(-1).name);
    const chosen = new Float32Array(logits.shape[1]);
    chosen[logit] = 1;
    return np.sum(logits.mul(np.array(chosen)));
  };
  const gradient = jit(grad(loss));
  const counted = () => Object.fromEntries(Object.entries(parameters).map(([name, { weight, bias }]) => [name, { weight: weight.ref, bias: bias.ref }]));
  return timed({
    adapter: { version: (await read('jax-version.txt').then((bytes) => new TextDecoder().decode(bytes))), name: 'webgpu' },
    compute: () => gradient(np.array(input).reshape(shape), counted()).data(),
  });
}

function apply({ lax, nn, np }, { op, name, window, relu }, [x, other], { weight, bias } = {}) {
  const activated = (value) => (relu ? nn.relu(value) : value);
  const both = ([rows, columns]) => [[rows, rows], [columns, columns]];
  switch (op) {
    case 'Conv2d': return activated(lax.convGeneralDilated(x, weight, window.stride, both(window.padding)).add(bias.reshape([1, -1, 1, 1])));
    // Zeros are as good as −∞ in the padding, because the pooling follows a ReLU.
    case 'MaxPool2d': return lax.reduceWindow(np.pad(x, [[0, 0], [0, 0], ...both(window.padding)]), np.max, [1, 1, ...window.kernel], [1, 1, ...window.stride]);
    case 'Add': return activated(x.add(other));
    case 'ReLU': return nn.relu(x);
    case 'AdaptiveAvgPool2d': return np.mean(x, [2, 3]);
    case 'Flatten': return x.reshape([x.shape[0], -1]);
    case 'Linear': return np.matmul(x, weight).add(bias);
    default: throw new Error(`${name}: expected an operator that jax-js has, found ${op}`);
  }
}
