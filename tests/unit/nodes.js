// Networks as the engine's `layers()` reports them, for tests of pure modules.

const CLASSES = { convolution: 'Conv2d', norm: 'BatchNorm2d', activation: 'ReLU', add: 'Add', linear: 'Linear', reshape: 'Flatten' };

/** Collects the nodes of a network; `add` returns the name of the node. */
class Nodes {
  list = [];

  add(name, role, inputs, shape, { op = CLASSES[role], parameters = 0, macs = 0, kernel = null, stride = null } = {}) {
    const parts = name.split('.');
    const [stage, block] = parts.length > 2 ? [parts[0], parts.slice(0, 2).join('.')] : [null, null];
    const square = (side) => (side === null ? null : [side, side]);
    this.list.push({ name, op, role, inputs, shape, parameters, macs, attributes: '', kernel_size: square(kernel), stride: square(stride), stage, block });
    return name;
  }

  shape(name) {
    return this.list.find((node) => node.name === name)?.shape ?? [1, 3, 224, 224];
  }

  /** A convolution and its batch norm. */
  conv(name, bn, input, channels, kernel, stride) {
    const [, inputs, height, width] = this.shape(input);
    const shape = [1, channels, Math.ceil(height / stride), Math.ceil(width / stride)];
    const parameters = inputs * channels * kernel * kernel;
    this.add(name, 'convolution', [input], shape, { parameters, macs: parameters * shape[2] * shape[3], kernel, stride });
    return this.add(bn, 'norm', [name], shape, { parameters: 2 * channels });
  }

  relu(name, input) {
    return this.add(name, 'activation', [input], this.shape(input));
  }
}

/** A ResNet of bottlenecks at 224 x 224; `firstConv`: stride 2 is in the first 1x1 as in the paper, else in the 3x3. */
export function bottleneckResnet({ blocks = [3, 4, 6, 3], classes = 1000, firstConv = false } = {}) {
  const net = new Nodes();
  const stem = net.relu('relu', net.conv('conv1', 'bn1', 'input', 64, 7, 2));
  let x = net.add('maxpool', 'pool', [stem], [1, 64, 56, 56], { op: 'MaxPool2d', kernel: 3, stride: 2 });
  blocks.forEach((count, stage) => {
    for (let index = 0; index < count; index += 1) {
      const name = `layer${stage + 1}.${index}`;
      const stride = stage > 0 && index === 0 ? 2 : 1;
      const inner = 64 << stage;
      const first = net.relu(`${name}.relu`, net.conv(`${name}.conv1`, `${name}.bn1`, x, inner, 1, firstConv ? stride : 1));
      const second = net.relu(`${name}.relu_1`, net.conv(`${name}.conv2`, `${name}.bn2`, first, inner, 3, firstConv ? 1 : stride));
      const residual = net.conv(`${name}.conv3`, `${name}.bn3`, second, inner * 4, 1, 1);
      const shortcut = index ? x : net.conv(`${name}.downsample.0`, `${name}.downsample.1`, x, inner * 4, 1, stride);
      x = net.relu(`${name}.relu_2`, net.add(`${name}.add`, 'add', [residual, shortcut], net.shape(residual)));
    }
  });
  const features = net.shape(x)[1];
  x = net.add('avgpool', 'pool', [x], [1, features, 1, 1], { op: 'AdaptiveAvgPool2d' });
  x = net.add('flatten', 'reshape', [x], [1, features, 1, 1]);
  net.add('fc', 'linear', [x], [1, classes, 1, 1], { parameters: (features + 1) * classes, macs: features * classes });
  return net.list;
}
