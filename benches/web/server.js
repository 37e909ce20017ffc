// Serves the product's page, the other engines' packages, the benchmark's page and the files of a run from one cross-origin
// isolated origin, which WebAssembly threads and precise clocks require.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import sirv from 'sirv';
import { isolate } from '../../tools/cross-origin-isolation.js';

const serveFolder = (path) => sirv(fileURLToPath(new URL(path, import.meta.url)), { dev: true });

/** Scripts of packages that import others by name, which a worker does not resolve. */
const REPLACED = {
  '/@litertjs/core/dist/index.js': () => readFileSync(new URL('node_modules/@litertjs/core/dist/index.js', import.meta.url), 'utf8')
    .replaceAll('"@litertjs/wasm-utils"', '"../../wasm-utils/dist/index.js"'),
};

/** Returns `{ base, put(name, bytes, type), close() }`; `put` serves a file as `run/<name>`. */
export async function serve() {
  const files = new Map();
  const folders = { www: serveFolder('../../www'), rivals: serveFolder('node_modules'), bench: serveFolder('page') };
  const server = createServer((request, response) => {
    isolate(response);
    const [, folder, rest] = /^\/([^/]+)(\/[^?]*)/.exec(request.url) ?? [];
    const script = folder === 'rivals' && REPLACED[rest];
    if (script) return end(response, 200, 'text/javascript', script());
    const file = folder === 'run' && files.get(rest.slice(1));
    if (file) return end(response, 200, file.type, file.bytes);
    if (!folders[folder]) return end(response, 404, 'text/plain', 'no such file');
    request.url = request.url.slice(folder.length + 1);
    return folders[folder](request, response, () => end(response, 404, 'text/plain', 'no such file'));
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    base: `http://localhost:${server.address().port}/`,
    put: (name, bytes, type = 'application/octet-stream') => files.set(name, { bytes, type }),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function end(response, status, type, body) {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
