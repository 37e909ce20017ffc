// The files of dist/ while they are built. Names of files that may change contain a digest, so that hosts and browsers can keep them
// for ever.

import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, parse } from 'node:path';

/** Folder of files whose names contain a digest. */
export const HASHED = 'files';

/** @param {string | Uint8Array} content */
export const digestOf = (content) => createHash('sha256').update(content).digest('hex').slice(0, 12);

export class Site {
  /** Contents by path. @type {Map<string, string | Uint8Array>} */
  files = new Map();

  /**
   * @param {string} path
   * @param {string | Uint8Array} content
   */
  add(path, content) {
    this.files.set(path, content);
  }

  /**
   * Adds a file under a name with the digest of its contents.
   * @param {string} name
   * @param {string | Uint8Array} content
   * @returns {string} its path
   */
  addHashed(name, content) {
    const { name: stem, ext } = parse(name);
    const path = `${HASHED}/${stem}-${digestOf(content)}${ext}`;
    this.add(path, content);
    return path;
  }

  /** Digest of all files. */
  digest() {
    return digestOf([...this.files].map(([path, content]) => `${path} ${digestOf(content)}`).sort().join('\n'));
  }

  /**
   * Replaces a folder by these files.
   * @param {string} folder
   */
  write(folder) {
    rmSync(folder, { recursive: true, force: true });
    for (const [path, content] of this.files) {
      const file = join(folder, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
  }
}
