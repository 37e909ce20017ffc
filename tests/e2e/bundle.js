// The page in few files, by their paths in www/: bundled scripts, one style sheet, the document with its parts. All else stays as it is, at
// the same paths. A browser opens it with two thirds of the processor time that the 280 files of www/ take.

import { readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { build } from 'esbuild';
import { documentOf, readDocument } from '../../tools/dist/document.js';
import { styles } from '../../tools/dist/scripts.js';

const STYLES = 'styles/all.css';
const WORKER = 'engine/worker.js';
/** Tests import it to look at its memory, so it stays a module of its own. */
const ENGINE = /\/pkg\/resnet_lens\.js$/;

/**
 * `{ [path]: content }`.
 * @param {string} www
 * @param {(path: string, script: string) => string} replace the script that is served instead
 */
export async function bundle(www, replace) {
  const { html, sheets, script, earlyScript } = readDocument(www);
  const bundled = (entry) => bundleScript(www, entry, replace);
  const [page, worker, css] = await Promise.all([bundled(script), bundled(WORKER), styles(www, sheets)]);
  const document = documentOf({ www, html, script, earlyScript, styles: STYLES, preloaded: [], pathOf: (file) => file });
  return { '': document, [script]: page, [WORKER]: worker, [STYLES]: Buffer.from(css).toString() };
}

async function bundleScript(www, entry, replace) {
  const folder = dirname(join(www, entry));
  const setup = (plugin) => {
    plugin.onResolve({ filter: ENGINE }, ({ path, resolveDir }) => ({ path: relative(folder, join(resolveDir, path)), external: true }));
    plugin.onLoad({ filter: /\.js$/ }, async ({ path }) => {
      const contents = replace(relative(www, path), await readFile(path, 'utf8'));
      // A module names files relative to itself.
      return { contents: contents.replaceAll('import.meta.url', `new URL('${relative(folder, path)}', import.meta.url).href`) };
    });
  };
  const options = { bundle: true, write: false, format: 'esm', target: 'esnext', logLevel: 'warning' };
  const { outputFiles } = await build({ ...options, entryPoints: [join(www, entry)], plugins: [{ name: 'paths', setup }] });
  return outputFiles[0].text;
}
