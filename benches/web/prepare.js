// The files of the other engines.

import { fold, readTensors } from './network.js';
import { nhwc, toNhwc } from './nhwc.js';
import { onnx } from './onnx.js';
import { tflite } from './tflite.js';

/** Writes the files of the other engines, from our engine's description of the network. */
export function prepare({ put }, { weights, values, shape }, layers) {
  const steps = fold(layers, readTensors(weights));
  const { manifest, values: block } = nhwc(steps);
  const bytes = ({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength);
  put('model.onnx', Buffer.from(onnx(steps, shape)));
  put('model.tflite', Buffer.from(tflite(steps, shape)));
  put('network.json', JSON.stringify(manifest), 'application/json');
  put('weights-nhwc.f32', bytes(block));
  put('input-nchw.f32', bytes(values));
  put('input-nhwc.f32', bytes(toNhwc(values, shape)));
}
