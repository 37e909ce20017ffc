// Measures the gradient of a logit with respect to the image, ours and that of jax-js, in one browser with the same weights, input and
// adapter, in turn. Run by `make bench-web BENCH=--gradient`; benches/README.md explains the output.

import { readFileSync } from 'node:fs';
import { inChromium } from './chromium.js';
import { openAndRun } from './first-run.js';
import { STARTER, model } from './model.js';
import { prepare } from './prepare.js';
import { spread } from './report.js';

const ENGINES = ['ours-gradient', 'jax'];
const LOGIT = 0;
/** Largest accepted difference, relative, of Euclidean norms. */
const TOLERANCE = 1e-2;

const norm = (values) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

/** Prints a table, and resolves to whether both engines ran and agree. */
export async function measureGradient(options) {
  const network = model(options.smoke || !options.model ? STARTER : options.model);
  const host = await inChromium(options);
  host.put('weights.safetensors', network.weights);
  host.put('image.png', network.image, 'image/png');
  const { version } = JSON.parse(readFileSync(new URL('node_modules/@jax-js/jax/package.json', import.meta.url), 'utf8'));
  host.put('jax-version.txt', Buffer.from(version), 'text/plain');
  const given = { card: network.card, shape: network.shape, logit: LOGIT, precision: 'f32' };
  const engines = [];
  for (const name of ENGINES) {
    console.error('…', 'opening', name);
    try {
      const opened = await openAndRun(host, name, given);
      if (name === 'ours-gradient') prepare(host, network, opened.layers);
      engines.push({ name, ...opened, times: [] });
    } catch (error) {
      console.log(`${name} does not run: ${error.message.split('\n')[0]}`);
    }
  }
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const engine of engines) {
      console.error('…', `round ${round} of ${options.rounds}:`, engine.name);
      engine.times.push(...await host.turn(engine.name, options.seconds));
    }
  }
  await host.close();
  console.log(`${network.card.name}, input ${network.shape.join('x')}, ${host.where}, jax-js ${version}\n`);
  console.log('| engine | adapter | first ms | runs | median ms | least ms |\n|---|---|---|---|---|---|');
  for (const { name, adapter, first, times } of engines) {
    const { median, min } = spread(times);
    console.log(`| ${name} | ${adapter.name} | ${first.toFixed(0)} | ${times.length} | ${median.toFixed(1)} | ${min.toFixed(1)} |`);
  }
  const [ours, theirs] = engines;
  if (engines.length < ENGINES.length) return false;
  const difference = norm(ours.logits.map((value, i) => value - theirs.logits[i])) / norm(theirs.logits);
  console.log(`\nRelative difference of the gradients: ${difference.toExponential(1)}`);
  console.log(`jax-js takes ${(spread(theirs.times).median / spread(ours.times).median).toFixed(2)} times as long.`);
  return difference <= TOLERANCE;
}
