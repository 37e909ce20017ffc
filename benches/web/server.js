// Serves the product's page, the other engines' packages, the benchmark's page and the files of a run from one cross-origin
// isolated origin, which WebAssembly threads and precise clocks require.

import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import sirv from 'sirv';

const serveFolder = (path) => sirv(fileURLToPath(new URL(path, import.meta.url)), { dev: true });

/** Returns `{ base, put(name, bytes, type), close() }`; `put` serves a file as `run/<name>`. */
export async function serve() {
  const files = new Map();
  const folders = { www: serveFolder('../../www'), rivals: serveFolder('node_modules'), bench: serveFolder('page') };
  const server = createServer((request, response) => {
    response.setHeader('cross-origin-opener-policy', 'same-origin');
    response.setHeader('cross-origin-embedder-policy', 'require-corp');
    const [, folder, rest] = /^\/([^/]+)(\/[^?]*)/.exec(request.url) ?? [];
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
