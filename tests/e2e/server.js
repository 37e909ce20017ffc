// Serves `www/` under a sub-path on free ports, so that tests have a second origin. The catalog's hub is replaced by a local one:
// no test contacts the real hub. The pauses before another attempt of a download are shortened. The device, isolation from other origins,
// what compute threads do, the input of the starter model, and whether scripts and styles are bundled may be given.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import sirv from 'sirv';
import { isolate } from '../../tools/cross-origin-isolation.js';
import { bundle } from './bundle.js';
import { Hub, end } from './hub.js';

const WWW = fileURLToPath(new URL('../../www', import.meta.url));
const PREFIX = '/some/where';
const CATALOG = '/assets/catalog.json';
const catalog = JSON.parse(readFileSync(`${WWW}${CATALOG}`));
const TYPES = { '': 'text/html; charset=utf-8', js: 'text/javascript', css: 'text/css' };

/** The catalog with this hub. `input`: the side in pixels of the first model's input, the starter's, if not its own. */
function catalogOf({ hub, input }) {
  const [first, ...others] = catalog.models;
  const side = input ?? first.preprocess.crop;
  const resize = Math.round((first.preprocess.resize * side) / first.preprocess.crop);
  return { ...catalog, hub, models: [{ ...first, preprocess: { ...first.preprocess, resize, crop: side } }, ...others] };
}

/** Scripts that are served with another constant: `{ [path]: [declaration, replacement] }`. */
const REPLACED = {
  'engine/worker.js': [/^ {4}engine\.serveComputeThread\(memory\);$/m, ({ computeThread }) => computeThread ?? '    engine.serveComputeThread(memory);'],
  'models/streaming-file.js': [/^const PAUSE_MS = \d+;$/m, () => 'const PAUSE_MS = 20;'],
  'app/device-setting.js': [/^const DEFAULT = null;$/m, ({ device }) => `const DEFAULT = ${device === 'gpu' ? "'gpu'" : 'null'};`],
};

/**
 * `{ base, other, hub, put(name, bytes, type), remove(name), close() }`. The URLs `base` and `other` end in a slash. Files passed to
 * `put` are served at `files/<name>` under both; `other` sends CORS headers. `hub` is under `other` and redirects large files to a
 * third origin.
 * @param {{ device?: 'cpu' | 'gpu', isolated?: boolean, computeThread?: string, bundled?: boolean, input?: number }} [settings]
 */
export async function serve({ bundled = true, ...settings } = {}) {
  const files = new Map();
  const www = sirv(WWW, { dev: true });
  const generated = bundled ? await bundle(WWW, (path, script) => replaced(path, script, settings)) : replacedScripts(settings);
  const hub = new Hub();
  const [own, foreign, third] = await Promise.all([false, true, true].map((cors) => listen({ files, www, generated, hub, cors, ...settings })));
  hub.host = third.base;
  hub.address = `${foreign.base}hub`;
  return {
    base: own.base,
    other: foreign.base,
    hub,
    put: (name, bytes, type = 'application/octet-stream') => files.set(name, { bytes, type }),
    remove: (name) => files.delete(name),
    close() {
      for (const { server } of [own, foreign, third]) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

async function listen({ files, www, generated, hub, cors, isolated, input }) {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url.split('?')[0]);
    if (!path.startsWith(`${PREFIX}/`)) return end(response, 404, 'text/plain', 'no such file');
    const inside = path.slice(PREFIX.length);
    const file = files.get(inside.replace(/^\/files\//, ''));
    if (isolated) isolate(response);
    if (cors && !inside.includes('/no-cors/')) response.setHeader('access-control-allow-origin', '*');
    if (inside === CATALOG) return end(response, 200, 'application/json', JSON.stringify(catalogOf({ hub: hub.address, input })));
    const name = inside.slice(1);
    if (Object.hasOwn(generated, name)) return end(response, 200, TYPES[name.split('.').slice(1).join()], generated[name]);
    if (inside.startsWith('/hub/')) return hub.answer(inside.slice('/hub'.length), request, response);
    if (inside.startsWith('/lfs/')) return hub.deliver(inside.slice('/lfs'.length), request, response);
    if (file) return end(response, 200, file.type, file.bytes);
    request.url = request.url.slice(PREFIX.length);
    return www(request, response, () => end(response, 404, 'text/plain', 'no such file'));
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  // Browsers treat localhost as a secure context, which WebGPU requires.
  return { server, base: `http://localhost:${server.address().port}${PREFIX}/` };
}

/** A script with its other constant, if it has one. */
function replaced(path, script, settings) {
  if (!Object.hasOwn(REPLACED, path)) return script;
  const [declaration, replacement] = REPLACED[path];
  assert.match(script, declaration, `${path} declares the constant`);
  return script.replace(declaration, replacement(settings));
}

/** `{ [path]: script }` of the scripts with another constant. */
const replacedScripts = (settings) => Object.fromEntries(
  Object.keys(REPLACED).map((path) => [path, replaced(path, readFileSync(`${WWW}/${path}`, 'utf8'), settings)]),
);
