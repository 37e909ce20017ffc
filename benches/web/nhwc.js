// A folded network in TensorFlow.js's layout: filters HWIO, matrices IO, all values in one block.

/** `{ manifest, values }`: the steps with `weight` and `bias` as `{ shape, offset }` into `values`, a Float32Array. */
export function nhwc(steps) {
  const blocks = [];
  let length = 0;
  const place = ({ shape, data }) => {
    const placed = { shape, offset: length };
    blocks.push(data);
    length += data.length;
    return placed;
  };
  const manifest = steps.map((step) => (step.weight
    ? { ...step, weight: place(outputsInnermost(step.weight)), bias: place(step.bias) }
    : step));
  const values = new Float32Array(length);
  let at = 0;
  for (const block of blocks) {
    values.set(block, at);
    at += block.length;
  }
  return { manifest, values };
}

/** OIHW to HWIO, OI to IO. */
function outputsInnermost({ shape: [outputs, inputs, ...kernel], data }) {
  const taps = kernel.reduce((product, extent) => product * extent, 1);
  const turned = new Float32Array(data.length);
  for (let o = 0; o < outputs; o += 1) {
    for (let i = 0; i < inputs; i += 1) {
      for (let tap = 0; tap < taps; tap += 1) {
        turned[(tap * inputs + i) * outputs + o] = data[(o * inputs + i) * taps + tap];
      }
    }
  }
  return { shape: [...kernel, inputs, outputs], data: turned };
}

/** NCHW to NHWC for one image. */
export function toNhwc(values, [, channels, height, width]) {
  const turned = new Float32Array(values.length);
  for (let c = 0; c < channels; c += 1) {
    for (let pixel = 0; pixel < height * width; pixel += 1) {
      turned[pixel * channels + c] = values[c * height * width + pixel];
    }
  }
  return turned;
}
