// Serves dist/ under a sub-path as a static host does: with the headers of `_headers`, and compressed files where a browser accepts them.
// `node tools/dist/serve.js` serves it at port 8080; tests import `serveDist`.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import sirv from 'sirv';

const DIST = fileURLToPath(new URL('../../dist', import.meta.url));
const PORT = 8080;

/**
 * `{ base, requests, pause(), resume(folder), close() }`: `base` ends in a slash, `requests` are the paths that were requested below it.
 * Between `pause` and `resume` nothing answers at that address.
 * @param {object} [options]
 * @param {string} [options.folder]
 * @param {string} [options.prefix] the sub-path
 * @param {number} [options.port] 0 chooses a free one
 */
export async function serveDist({ folder = DIST, prefix = '/sub/path', port = 0 } = {}) {
  let site = siteOf(folder);
  /** @type {string[]} */
  const requests = [];
  const server = createServer((request, response) => {
    const notFound = () => response.writeHead(404, { 'content-type': 'text/plain' }).end('no such file');
    if (!request.url?.startsWith(`${prefix}/`)) return notFound();
    request.url = request.url.slice(prefix.length);
    const [path] = request.url.split('?');
    requests.push(path);
    const { writeHead } = response;
    // Hosts let browsers keep a file and ask whether it has changed, unless _headers says more.
    response.writeHead = (status, headers) => writeHead.call(response, status, { ...headers, 'Cache-Control': 'no-cache', ...headersFor(path, site.rules) });
    site.files(request, response, notFound);
  });
  const listen = (/** @type {number} */ wanted) => new Promise((resolve) => { server.listen(wanted, 'localhost', () => resolve(undefined)); });
  const close = () => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  await listen(port);
  const { port: used } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    base: `http://localhost:${used}${prefix}/`,
    requests,
    pause: close,
    async resume(/** @type {string} */ next) {
      site = siteOf(next);
      await listen(used);
    },
    close,
  };
}

/** @param {string} folder */
const siteOf = (folder) => ({
  rules: parseHeaders(readFileSync(`${folder}/_headers`, 'utf8')),
  files: sirv(folder, { dev: true, gzip: true, brotli: true, dotfiles: false }),
});

/**
 * The sections of a `_headers` file.
 * @param {string} text
 */
function parseHeaders(text) {
  return text.trim().split('\n\n').map((section) => {
    const [pattern, ...lines] = section.split('\n');
    return { pattern, headers: lines.map((line) => /^ {2}([^:]+): (.*)$/.exec(line)?.slice(1) ?? []) };
  });
}

/**
 * The headers of all sections that match, by name; several of one name are all sent.
 * @param {string} path
 * @param {ReturnType<typeof parseHeaders>} rules
 */
function headersFor(path, rules) {
  /** @type {Record<string, string[]>} */
  const headers = {};
  for (const { pattern, headers: own } of rules) {
    const matches = pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
    for (const [name, value] of matches ? own : []) (headers[name] ??= []).push(value);
  }
  return headers;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { base } = await serveDist({ prefix: '', port: PORT });
  console.log(base);
}
