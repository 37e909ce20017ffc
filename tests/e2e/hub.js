// A model hub for tests. It answers like the real one and can simulate network and server failures.

import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

const PIECE = 1 << 16;
/** Milliseconds between two bytes of a response that is about to break off. More than between two reports of progress. */
const INTERVAL = 150;

/**
 * Repositories by id, `hf:owner/name`. `answer` handles requests to the hub, `deliver` requests to the host that large files are
 * redirected to; `requests` lists the files and ranges requested from that host; `tokens` the header `Authorization` of every request, with
 * the path. While `down` is true every connection is closed.
 * `received(name, share)` resolves when the page has shown that it has this share of the repository's weights. A response breaks off
 * only then, because a browser drops what a page has not yet read of a broken response.
 */
export class Hub {
  down = false;
  requests = [];
  tokens = [];
  received = async () => {};
  #files = new Map();
  #host = null;

  /** The base URL that large files are redirected to. */
  set host(base) {
    this.#host = base;
  }

  /**
   * Publishes a repository's files. `behaviour`: `wait` in milliseconds before the weights' response, `pause` after each piece of them; `cuts`, the numbers of
   * bytes after which successive responses break off (the first for every response if `always`); `ranges` and `validator`, false if
   * unsupported; `length`, the reported length; `digest`, the reported digest; `status` and `page`, an error or a web page instead;
   * `compressed`: the weights are sent as gzip; `code`: the hub refuses requests with this error code, unless they have `token`.
   */
  publish(id, files, behaviour = {}) {
    for (const [name, bytes] of Object.entries(files)) {
      this.#files.set(`${id.replace('hf:', '')}/${name}`, { bytes: Buffer.from(bytes), behaviour, large: !name.endsWith('.json') });
    }
  }

  /** The URL of a repository's file at the host of large files. */
  storage = (id, file) => `${this.#host}lfs/${id.replace('hf:', '')}/${file}`;

  /** `path` is `/<owner>/<name>/(resolve|raw)/<revision>/<file>`. */
  answer(path, request, response) {
    if (this.down) return request.socket.destroy();
    response.setHeader('access-control-expose-headers', 'x-error-code');
    if (request.method === 'OPTIONS') {
      // What a browser asks before a request with a token.
      response.writeHead(204, { 'access-control-allow-headers': 'authorization, range' });
      return response.end();
    }
    this.tokens.push({ path, authorization: request.headers.authorization ?? null });
    // The revision may have slashes, which are encoded.
    const [owner, name, kind, , file] = request.url.split('?')[0].split('/hub/')[1].split('/').map(decodeURIComponent);
    const found = this.#files.get(`${owner}/${name}/${file}`);
    if (!found) return end(response, 404, 'text/plain', 'Entry not found');
    const { code, token } = found.behaviour;
    if (code && request.headers.authorization !== `Bearer ${token}`) {
      response.setHeader('x-error-code', code);
      return end(response, 401, 'text/plain', 'no');
    }
    if (!found.large) return end(response, 200, 'application/json', found.bytes);
    if (kind === 'raw') {
      const digest = found.behaviour.digest ?? sha256(found.bytes);
      return end(response, 200, 'text/plain', `version https://git-lfs.github.com/spec/v1\noid sha256:${digest}\nsize ${found.bytes.length}\n`);
    }
    response.writeHead(302, {
      location: `${this.#host}lfs/${owner}/${name}/${file}?signed=1`,
      'x-linked-etag': `"${found.behaviour.digest ?? sha256(found.bytes)}"`,
      'x-linked-size': found.bytes.length,
    });
    return response.end();
  }

  /** `path` is `/<owner>/<name>/<file>`. */
  async deliver(path, request, response) {
    if (this.down) return request.socket.destroy();
    this.tokens.push({ path, authorization: request.headers.authorization ?? null });
    if (request.method === 'OPTIONS') {
      response.writeHead(204, { 'access-control-allow-headers': 'authorization, range' });
      return response.end();
    }
    const { bytes, behaviour } = this.#files.get(path.slice(1));
    await new Promise((resolve) => { setTimeout(resolve, behaviour.wait ?? 0); });
    if (behaviour.status) return end(response, behaviour.status, 'text/plain', 'no');
    if (behaviour.page) return end(response, 200, 'text/html; charset=utf-8', behaviour.page);
    const from = behaviour.ranges === false ? 0 : Number(/^bytes=(\d+)-\d*$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    this.requests.push({ path, from, range: request.headers.range ?? null });
    if (behaviour.compressed) {
      const packed = gzipSync(bytes);
      response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-encoding': 'gzip', 'content-length': packed.length, 'cache-control': 'no-store' });
      return response.end(packed);
    }
    // Without `no-store` Chromium's HTTP cache may keep a truncated response and probe the server with ranges of its own.
    const headers = { 'content-type': 'application/octet-stream', 'cache-control': 'no-store' };
    if (behaviour.validator !== false) headers['last-modified'] = 'Sun, 01 Nov 2026 00:00:00 GMT';
    if (behaviour.length !== null) headers['content-length'] = (behaviour.length ?? bytes.length) - from;
    const isPart = behaviour.ranges !== false && Boolean(request.headers.range);
    response.writeHead(isPart ? 206 : 200, isPart ? { ...headers, 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : headers);
    const cut = behaviour.always ? behaviour.cuts[0] : behaviour.cuts?.shift();
    const upTo = Math.min(cut ?? Infinity, bytes.length);
    for (let at = from; at < upTo; at += PIECE) {
      await new Promise((resolve) => { response.write(bytes.subarray(at, Math.min(at + PIECE, upTo)), resolve); });
      await new Promise((resolve) => { setTimeout(resolve, behaviour.pause ?? 0); });
    }
    if (cut !== undefined && from < upTo) {
      let isReceived = false;
      // On a time-out the response breaks off, too, and the test fails.
      this.received(path.split('/').slice(1, 3).join('/'), upTo / bytes.length).catch(() => {}).then(() => { isReceived = true; });
      // The page shows its progress when bytes arrive, at intervals.
      for (let at = upTo; !isReceived && !request.socket.destroyed && at < bytes.length - 1; at += 1) {
        response.write(bytes.subarray(at, at + 1));
        await new Promise((resolve) => { setTimeout(resolve, INTERVAL); });
      }
    }
    if (cut !== undefined || behaviour.length > bytes.length) return request.socket.destroy();
    return response.end();
  }
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Sends a complete response. */
export function end(response, status, type, body) {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
