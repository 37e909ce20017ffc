// Command-line options.

import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

const ENGINES = [
  'ours', 'ort', 'tfjs', 'litert', 'litert-f16', 'ort-wasm', 'tfjs-wasm', 'litert-wasm', 'ort-capture', 'ort-jspi', 'ort-jsep',
];
const DEFAULT = ['ours', 'ort', 'tfjs', 'litert', 'ort-wasm'];
/** LiteRT.js loads its script as a page or a worker does. */
const DAWN = ENGINES.filter((name) => !name.startsWith('litert'));

export const HELP = `Options:
  --engines LIST    of ${ENGINES.join(', ')}; default ${DEFAULT.join(',')}
  --rounds N        turns of each engine, one after another; default 3
  --seconds S       minimum duration of a turn; default 0.5
  --model FILE      a .safetensors file with its card FILE.json beside it; default the ImageNet ResNet-50 of ../shared/data
                    where it exists, otherwise the starter
  --precision P     our engine's weight format, f32 or f16; default f32, as in the other engines
  --device D        where our engine runs, gpu or cpu; default gpu
  --threads N       threads of each engine on the CPU; default: as many as it takes itself
  --tune            tunes our engine to this adapter first, as the page does while idle
  --smoke           the starter, one round by default: do all engines agree?
  --gradient        the gradient of a logit with respect to the image instead, ours and that of jax-js; default model: the starter
  --hardware        headless on this machine's GPU instead of SwiftShader
  --dawn            in Node on Dawn, Chromium's WebGPU, where no browser can use the GPU; without LiteRT.js
  --headed          in a visible browser on this machine's GPU
  --images N        images for the main-thread measurement; 0 omits it; default 3
  --json FILE       where to write the results; default benches/results/web-<time>.json`;

/** The options, or null if help is requested. */
export function parse(args) {
  const { values: given } = parseArgs({
    args,
    options: {
      engines: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string', default: '0.5' },
      images: { type: 'string', default: '3' },
      precision: { type: 'string', default: 'f32' },
      device: { type: 'string', default: 'gpu' },
      threads: { type: 'string' },
      tune: { type: 'boolean', default: false },
      model: { type: 'string' },
      json: { type: 'string' },
      smoke: { type: 'boolean', default: false },
      gradient: { type: 'boolean', default: false },
      hardware: { type: 'boolean', default: false },
      headed: { type: 'boolean', default: false },
      dawn: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (given.help) return null;
  const engines = given.dawn ? DAWN : ENGINES;
  const wanted = given.engines?.split(',') ?? DEFAULT.filter((name) => engines.includes(name));
  return {
    ...given,
    engines: wanted.map((name) => oneOf('engines', name, engines)),
    device: oneOf('device', given.device, ['gpu', 'cpu']),
    threads: given.threads === undefined ? null : number('threads', given.threads, 1),
    precision: oneOf('precision', given.precision, ['f32', 'f16']),
    rounds: number('rounds', given.rounds ?? (given.smoke ? '1' : '3'), 1),
    seconds: number('seconds', given.seconds, 0),
    images: number('images', given.images, 0),
    model: given.model && resolve(given.model),
  };
}

function number(name, text, least) {
  const value = Number(text);
  if (!(value >= least)) throw new Error(`--${name}: expected a number of at least ${least}, found “${text}”.`);
  return value;
}

function oneOf(name, word, known) {
  if (!known.includes(word)) throw new Error(`--${name}: expected one of ${known.join(', ')}, found “${word}”.`);
  return word;
}
