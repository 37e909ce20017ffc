// Serves `www/` below a sub-path on two free ports, so that tests have a second origin, with a few
// addresses that misbehave as real servers do.

import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import sirv from 'sirv';

const WWW = fileURLToPath(new URL('../../www', import.meta.url));
const PREFIX = '/some/where';

/**
 * `{ base, other, put(name, bytes, type), close() }`: `base` and `other` end in a slash; files given
 * to `put` are found below both, at `files/<name>`, and `other` allows every origin to read them.
 */
export async function serve() {
  const files = new Map();
  const www = sirv(WWW, { dev: true });
  const [own, foreign] = await Promise.all([listen({ files, www, cors: false }), listen({ files, www, cors: true })]);
  return {
    base: own.base,
    other: foreign.base,
    put: (name, bytes, type = 'application/octet-stream') => files.set(name, { bytes, type }),
    close() {
      for (const { server } of [own, foreign]) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

async function listen({ files, www, cors }) {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url.split('?')[0]);
    if (!path.startsWith(`${PREFIX}/`)) return end(response, 404, 'text/plain', 'no such file');
    const inside = path.slice(PREFIX.length);
    const file = files.get(inside.replace(/^\/files\//, ''));
    if (cors && !inside.includes('/no-cors/')) response.setHeader('access-control-allow-origin', '*');
    if (file) return end(response, 200, file.type, file.bytes);
    request.url = request.url.slice(PREFIX.length);
    return www(request, response, () => end(response, 404, 'text/plain', 'no such file'));
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  // Browsers treat every localhost as secure, which WebGPU asks for.
  return { server, base: `http://localhost:${server.address().port}${PREFIX}/` };
}

function end(response, status, type, body) {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
