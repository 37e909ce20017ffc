// A hub as tests need it: it answers like the real one and, where asked, as badly as the network does.

import { createHash } from 'node:crypto';

const PIECE = 1 << 16;

/**
 * Repositories by id, `hf:owner/name`. `answer` serves what the hub itself does, `deliver` what the host does that large files
 * are redirected to; `asked` lists the files and ranges that the latter was asked for. A hub that is `down` cuts every line.
 */
export class Hub {
  down = false;
  asked = [];
  #files = new Map();
  #host = null;

  /** Where large files are delivered from. */
  set host(base) {
    this.#host = base;
  }

  /**
   * Publishes a repository's files. Of `manners`: `pause` in milliseconds after each piece of the weights, `cuts`, after how many
   * bytes an answer breaks off, one after the other (the last again and again where `always`), `ranges` and `validator` false where
   * the server knows none, `length`, what it says the length is, `digest`, what git says it is, `status` and `page` instead.
   */
  publish(id, files, manners = {}) {
    for (const [name, bytes] of Object.entries(files)) {
      this.#files.set(`${id.replace('hf:', '')}/${name}`, { bytes: Buffer.from(bytes), manners, large: name.endsWith('.safetensors') });
    }
  }

  /** `path` is `/<owner>/<name>/(resolve|raw)/main/<file>`. */
  answer(path, request, response) {
    if (this.down) return request.socket.destroy();
    const [, owner, name, way, , file] = path.split('/');
    const found = this.#files.get(`${owner}/${name}/${file}`);
    if (!found) return end(response, 404, 'text/plain', 'Entry not found');
    if (!found.large) return end(response, 200, 'application/json', found.bytes);
    if (way === 'raw') {
      const digest = found.manners.digest ?? sha256(found.bytes);
      return end(response, 200, 'text/plain', `version https://git-lfs.github.com/spec/v1\noid sha256:${digest}\nsize ${found.bytes.length}\n`);
    }
    response.writeHead(302, {
      location: `${this.#host}lfs/${owner}/${name}/${file}?signed=1`,
      'x-linked-etag': `"${found.manners.digest ?? sha256(found.bytes)}"`,
      'x-linked-size': found.bytes.length,
    });
    return response.end();
  }

  /** `path` is `/<owner>/<name>/<file>`. */
  async deliver(path, request, response) {
    if (this.down) return request.socket.destroy();
    const { bytes, manners } = this.#files.get(path.slice(1));
    if (manners.status) return end(response, manners.status, 'text/plain', 'no');
    if (manners.page) return end(response, 200, 'text/html; charset=utf-8', manners.page);
    const from = manners.ranges === false ? 0 : Number(/^bytes=(\d+)-\d*$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    this.asked.push({ path, from, range: request.headers.range ?? null });
    const headers = { 'content-type': 'application/octet-stream' };
    if (manners.validator !== false) headers['last-modified'] = 'Sun, 01 Nov 2026 00:00:00 GMT';
    if (manners.length !== null) headers['content-length'] = (manners.length ?? bytes.length) - from;
    response.writeHead(from > 0 ? 206 : 200, from > 0 ? { ...headers, 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : headers);
    const cut = manners.always ? manners.cuts[0] : manners.cuts?.shift();
    const upTo = Math.min(cut ?? Infinity, bytes.length);
    for (let at = from; at < upTo; at += PIECE) {
      await new Promise((resolve) => { response.write(bytes.subarray(at, Math.min(at + PIECE, upTo)), resolve); });
      await new Promise((resolve) => { setTimeout(resolve, manners.pause ?? 0); });
    }
    if (cut !== undefined || manners.length > bytes.length) return request.socket.destroy();
    return response.end();
  }
}

function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Answers with a whole body. */
export function end(response, status, type, body) {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
