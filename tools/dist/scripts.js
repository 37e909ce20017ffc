// Bundles the page's scripts and styles with esbuild. A file that a script names as `new URL('FILE', import.meta.url)` becomes a file of
// the site, and the script names that one: scripts of workers are bundled, all other files are copied.

import { readFile } from 'node:fs/promises';
import { basename, dirname, posix, relative, resolve } from 'node:path';
import { build } from 'esbuild';

const NAMED_FILE = /new URL\('([^']+)', import\.meta\.url\)/g;
const COMMON = { bundle: true, minify: true, write: false, format: 'esm', target: 'esnext', legalComments: 'none', logLevel: 'warning' };

/**
 * Bundles a script into the folder of hashed files.
 * @param {import('./site.js').Site} site
 * @param {string} entry
 * @param {(file: string) => Promise<string | Uint8Array>} contentOf the contents of a file that a script names
 * @returns {Promise<string>} its path in the site
 */
export async function addScript(site, entry, contentOf) {
  const script = await bundle({ entryPoints: [entry], plugins: [{ name: 'files', setup }] });
  return site.addHashed(basename(entry), script);

  /** @param {import('esbuild').PluginBuild} plugin */
  function setup(plugin) {
    plugin.onLoad({ filter: /[\\/]www[\\/].*\.js$/ }, async ({ path }) => {
      let contents = await readFile(path, 'utf8');
      for (const [expression, name] of contents.matchAll(NAMED_FILE)) {
        const file = resolve(dirname(path), name);
        const added = file.endsWith('.js') ? await addScript(site, file, contentOf) : site.addHashed(basename(file), await contentOf(file));
        contents = contents.replace(expression, `new URL('./${basename(added)}', import.meta.url)`);
      }
      return { contents };
    });
  }
}

/**
 * Bundles the service worker, which knows the release.
 * @param {string} entry
 * @param {{ version: string, files: string[] }} release
 */
export function serviceWorker(entry, { version, files }) {
  const contents = `export const VERSION = ${JSON.stringify(version)};\nexport const FILES = ${JSON.stringify(files)};\n`;
  const replaced = { name: 'release', setup: (plugin) => plugin.onLoad({ filter: /[\\/]offline[\\/]release\.js$/ }, () => ({ contents })) };
  return bundle({ entryPoints: [entry], format: 'iife', plugins: [replaced] });
}

/**
 * Bundles style sheets in this order.
 * @param {string} folder
 * @param {string[]} sheets
 */
export function styles(folder, sheets) {
  const contents = sheets.map((sheet) => `@import './${posix.normalize(sheet)}';`).join('\n');
  return bundle({ stdin: { contents, loader: 'css', resolveDir: relative('.', folder) || '.' } });
}

/** @param {import('esbuild').BuildOptions} options */
async function bundle(options) {
  const { outputFiles } = await build({ ...COMMON, ...options });
  return outputFiles[0].contents;
}
