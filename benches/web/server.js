// Serves the product's page, the other engines' packages, the bench's page and what is made for a run, from one origin
// that browsers isolate, so that threads of WebAssembly and precise clocks are to be had.

import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import sirv from 'sirv';

const folder = (path) => sirv(fileURLToPath(new URL(path, import.meta.url)), { dev: true });

/** `{ base, put(name, bytes, type), close() }`: what is put is found at `run/<name>`. */
export async function serve() {
  const made = new Map();
  const places = { www: folder('../../www'), rivals: folder('node_modules'), bench: folder('page') };
  const server = createServer((request, response) => {
    response.setHeader('cross-origin-opener-policy', 'same-origin');
    response.setHeader('cross-origin-embedder-policy', 'require-corp');
    const [, place, rest] = /^\/([^/]+)(\/[^?]*)/.exec(request.url) ?? [];
    const file = place === 'run' && made.get(rest.slice(1));
    if (file) return end(response, 200, file.type, file.bytes);
    if (!places[place]) return end(response, 404, 'text/plain', 'no such file');
    request.url = request.url.slice(place.length + 1);
    return places[place](request, response, () => end(response, 404, 'text/plain', 'no such file'));
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  return {
    base: `http://localhost:${server.address().port}/`,
    put: (name, bytes, type = 'application/octet-stream') => made.set(name, { bytes, type }),
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
