// Fails if dist/ is larger than its budget. Sizes are those of a transfer with gzip.

import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzip } from './precompress.js';

const FILES = new URL('../../dist/files/', import.meta.url);
/** Bytes, by what a visitor loads; `files` matches the names of `count` files in dist/files. */
const BUDGETS = {
  engine: { limit: 1_230_000, count: 2, files: /^(resnet_lens_bg-.*\.wasm|worker-.*\.js)$/ },
  'scripts and styles of the page': { limit: 150_000, count: 3, files: /^(main-.*\.js|early-clicks-.*\.js|styles-.*\.css)$/ },
};

const names = readdirSync(fileURLToPath(FILES));
let exceeded = false;
for (const [what, { limit, count, files }] of Object.entries(BUDGETS)) {
  const own = names.filter((name) => files.test(name));
  if (own.length !== count) throw new Error(`dist/files: expected ${count} files of the ${what}, found ${own.join(', ') || 'none'}.`);
  const size = own.reduce((sum, name) => sum + gzip(readFileSync(new URL(name, FILES))).length, 0);
  console.log(`${what}: ${size} of ${limit} bytes`);
  exceeded ||= size > limit;
}
if (exceeded) {
  console.error('dist/ exceeds its budget.');
  process.exitCode = 1;
}
