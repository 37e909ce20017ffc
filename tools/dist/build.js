// Builds dist/, the page as static files for any host and path. Needs www/pkg, see build-page.sh.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { catalogOf, documentOf, manifestOf, readDocument, withRelease } from './document.js';
import { LICENCES, licencesOf } from './licences.js';
import { headersOf } from './policy.js';
import { precompress } from './precompress.js';
import { addScript, serviceWorker, styles } from './scripts.js';
import { Site } from './site.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const WWW = join(ROOT, 'www');
const DIST = join(ROOT, 'dist');
const SERVICE_WORKER = 'service-worker.js';
/** Links that people share name these photos, so their addresses stay. */
const SAMPLES = 'assets/samples';

const site = new Site();
const source = readDocument(WWW);

/** Paths in the site, by file of www. */
const paths = new Map();
const pathOf = (/** @type {string} */ file) => {
  if (!paths.has(file)) paths.set(file, add(file));
  return paths.get(file);
};

for (const name of readdirSync(join(WWW, SAMPLES))) pathOf(`${SAMPLES}/${name}`);
const page = await addScript(site, join(WWW, source.script), contentOf);
const earlyScript = await addScript(site, join(WWW, source.earlyScript), contentOf);
const html = documentOf({
  www: WWW,
  html: source.html,
  script: page,
  earlyScript,
  styles: site.addHashed('styles.css', await styles(WWW, source.sheets)),
  preloaded: named(/^files\/(en|ko)-/),
  pathOf,
});
site.add('index.html', html);
const files = ['./', ...[...site.files.keys()].filter((path) => path !== 'index.html').sort()];
const serviceWorkerOf = (/** @type {string} */ release) => serviceWorker(join(WWW, 'offline', SERVICE_WORKER), { version: release, files });
// Another service worker is another release too.
site.add(SERVICE_WORKER, await serviceWorkerOf(''));
const version = site.digest();
site.add('index.html', withRelease(html, version));
site.add(SERVICE_WORKER, await serviceWorkerOf(version));
site.add('_headers', headersOf(source.policy, { worker: named(/^files\/worker-/)[0], serviceWorker: SERVICE_WORKER }));
site.add(LICENCES, licencesOf(ROOT)); // Not stored for offline use.
// GitHub Pages would otherwise leave out files whose names begin with an underscore.
site.add('.nojekyll', '');
precompress(site);
site.write(DIST);
console.log(`${relative(ROOT, DIST)}: release ${version}, ${site.files.size} files`);

/** @param {RegExp} pattern */
function named(pattern) {
  return [...site.files.keys()].filter((path) => pattern.test(path));
}

/** @param {string} file */
function add(file) {
  const content = readFileSync(join(WWW, file));
  if (file.startsWith(SAMPLES)) site.add(file, content);
  else if (file === 'manifest.webmanifest') site.add(file, manifestOf(content.toString(), pathOf));
  else return site.addHashed(file, content);
  return file;
}

/**
 * The contents of a file that a script names.
 * @param {string} path
 */
async function contentOf(path) {
  const content = await readFile(path);
  const folder = relative(WWW, resolve(path, '..'));
  if (path === join(WWW, 'assets', 'catalog.json')) {
    const bundled = (/** @type {string} */ file) => (existsSync(resolve(path, '..', file)) ? pathOf(`${folder}/${file}`) : null);
    return catalogOf(content.toString(), bundled);
  }
  return path.endsWith('.json') ? JSON.stringify(JSON.parse(content.toString())) : content;
}
