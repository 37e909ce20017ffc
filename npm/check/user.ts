// What a user writes in TypeScript, compiled strictly against the declarations of the package.

import { ResNetLens, type Classification, type FeatureMap, type LoadProgress } from 'resnet-lens';
import { ResNetLens as Inline } from 'resnet-lens/inline';
import { starter } from 'resnet-lens/starter';
import { ResNetClassifierElement, ResNetLensElement, configure } from 'resnet-lens/elements';

configure({ device: 'cpu', worker: () => new Worker('worker.js', { type: 'module' }), wasm: 'resnet_lens_bg.wasm' });

export async function main(file: File, canvas: HTMLCanvasElement): Promise<string[]> {
  const control = new AbortController();
  const shares: number[] = [];
  const onProgress = ({ done, total }: LoadProgress) => { if (total !== null) shares.push(done / total); };
  const lens = await ResNetLens.load({ model: starter, device: 'cpu', onProgress, signal: control.signal });
  const answer: Classification = await lens.classify(file, { top: 3, signal: control.signal });
  await lens.classify(canvas);
  const map: FeatureMap = await lens.featureMap('layer1.0.relu_2');
  const [batch, channels, rows, columns] = map.shape;
  const values: Float32Array = map.data;
  const shown: ImageData = await lens.drawClassMap({ class: answer.predictions[0]?.index ?? 0, width: columns });
  const edited = await lens.operate(['skip:layer1.1'], { top: 1 });
  const gradient = await lens.gradient({ node: 'input', channel: 1 });
  await lens.observe([]);
  const times = await lens.profile({ onProgress: ({ done, total }) => { shares.push(done / total); } });
  const names = (await lens.layers()).map(({ name, role }) => `${name} ${role}`);
  const both = await lens.exclusive(async (part) => [await part.classify(file), await part.classMap()] as const);
  lens.dispose();
  return [...names, lens.model.architecture, lens.device.name, ...times.map(({ kernel }) => kernel), String(batch * channels * rows), String(values.length + shown.width + gradient.data.length), edited?.predictions[0]?.label ?? '', both[0].predictions[0]?.label ?? ''];
}

// @ts-expect-error A model is needed.
void ResNetLens.load({});
// @ts-expect-error There is no such device.
void Inline.load({ model: 'timm/resnet18.a1_in1k', device: 'tpu' });

const viewer = document.createElement('resnet-lens') as ResNetLensElement;
viewer.channel = 3;
const answer: ResNetClassifierElement = new ResNetClassifierElement();
answer.addEventListener('predictions', () => answer.result?.predictions);
