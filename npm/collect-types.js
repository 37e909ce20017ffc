// The declarations of the package: those that tsc emits from the checked JSDoc of npm/src, and what they import, in one folder.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';

/** The interfaces of requests and reports, without the classes of the WebAssembly module, which the package does not export. */
const REPLACED = { 'www/pkg/resnet_lens.d.ts': 'src/web/types.d.ts' };
const IMPORT = /(from |import\()(["'])(\.{1,2}\/[^"']+)\.js\2/g;
/** Imports without names, and comments that tsc has made declarations of. */
const UNNEEDED = /^(import '[^']+';|\/\*\* @(typedef|import) .*\*\/)\n/gm;

/** Writes the declarations of these modules of npm/src, and of all that they import, to the folder `out`. */
export function collectTypes({ root, out, entries }) {
  const emitted = `${root}target/npm-types`;
  rmSync(emitted, { recursive: true, force: true });
  execFileSync(`${root}node_modules/.bin/tsc`, ['-p', `${root}npm/tsconfig.json`], { stdio: 'inherit' });
  mkdirSync(out, { recursive: true });
  const written = new Map();

  /** Writes one declaration, given as a path from the root, and returns its name in `out`. */
  function write(path) {
    if (written.has(path)) return written.get(path);
    const name = basename(path);
    if ([...written.values()].includes(name)) throw new Error(`Two declarations are called ${name}; one is ${path}.`);
    written.set(path, name);
    const source = REPLACED[path] ?? path;
    const text = readFileSync(existsSync(`${emitted}/${source}`) ? `${emitted}/${source}` : `${root}${source}`, 'utf8');
    const folder = dirname(path);
    writeFileSync(`${out}/${name}`, text.replace(UNNEEDED, '').replace(IMPORT, (_, keyword, quote, specifier) => {
      const imported = relative(root, resolve(root, folder, `${specifier}.d.ts`));
      return `${keyword}${quote}./${write(imported).replace(/\.d\.ts$/, '.js')}${quote}`;
    }));
    return name;
  }

  for (const entry of entries) write(`npm/src/${entry}.d.ts`);
}
