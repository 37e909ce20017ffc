// Adds `.gz` and `.br` beside files that they make at least a tenth smaller, for hosts that serve those.

import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const WORTHWHILE = 0.9;

/**
 * The smallest gzip that zlib makes.
 * @param {string | Uint8Array} content
 */
export const gzip = (content) => gzipSync(content, { level: 9 });

/** @param {import('./site.js').Site} site */
export function precompress(site) {
  for (const [path, content] of [...site.files]) {
    const bytes = Buffer.from(content);
    const limit = bytes.length * WORTHWHILE;
    const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
    for (const [ending, compressed] of [['gz', gzip(bytes)], ['br', brotli]]) {
      if (path !== '_headers' && compressed.length < limit) site.add(`${path}.${ending}`, compressed);
    }
  }
}
