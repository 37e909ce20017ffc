// Serves the built npm package under `files/npm/` of a test's site, and pages that use it by an import map.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BUILT = fileURLToPath(new URL('../../target/npm', import.meta.url));
const PHOTO = new URL('../../www/assets/samples/tabby-cat.jpg', import.meta.url);
const TYPES = { '.js': 'text/javascript', '.wasm': 'application/wasm', '.html': 'text/html', '.jpg': 'image/jpeg', '.json': 'application/json' };

/** Serves the package, and a photo as `files/photo.jpg`. */
export function putPackage(site) {
  assert.ok(existsSync(BUILT), `${BUILT} is missing: run make npm`);
  for (const name of readdirSync(BUILT, { recursive: true })) {
    if (extname(name)) site.put(`npm/${name}`, readFileSync(join(BUILT, name)), TYPES[extname(name)]);
  }
  site.put('photo.jpg', readFileSync(PHOTO), TYPES['.jpg']);
}

/** Serves `files/<name>`: a document with an import map of the package as the file `package.json` exports it. `from` is the package's address. */
export function putPage(site, name, body = '', from = './npm') {
  const { exports } = JSON.parse(readFileSync(join(BUILT, 'package.json'), 'utf8'));
  const modules = Object.entries(exports).filter(([, target]) => target.default);
  const imports = Object.fromEntries(modules.map(([subpath, { default: file }]) => [join('resnet-lens', subpath), `${from}/${file.slice(2)}`]));
  const map = `<script type="importmap">${JSON.stringify({ imports })}</script>`;
  site.put(name, `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>resnet-lens</title>${map}</head><body><main>${body}</main></body></html>`, 'text/html');
}
