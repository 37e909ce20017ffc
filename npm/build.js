// Builds target/npm, the npm package, from npm/src and the page's modules. Needs www/pkg, see tools/build-page.sh.

import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { LICENCES, licencesOf } from '../tools/dist/licences.js';
import { collectTypes } from './collect-types.js';
import { usedTexts } from './used-texts.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUT = `${ROOT}target/npm`;
const SRC = `${ROOT}npm/src`;
const WASM = `${ROOT}www/pkg/resnet_lens_bg.wasm`;
/** What the browsers of the page understand. */
const COMMON = { bundle: true, ignoreAnnotations: true, format: 'esm', target: 'es2023', outdir: OUT, absWorkingDir: ROOT, logLevel: 'warning', legalComments: 'none' };

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });
const modules = { entryPoints: ['index', 'elements', 'starter'].map((name) => `${SRC}/${name}.js`), splitting: true, chunkNames: 'shared-[hash]' };
// Bundlers copy the worker as it is, so it is one file and minified here.
const worker = { entryPoints: [`${SRC}/worker.js`], minify: true };
const plugins = [starterOnly(), await usedTexts(ROOT, [{ ...COMMON, ...modules }, { ...COMMON, ...worker }])];
await Promise.all([build({ ...COMMON, ...modules, plugins }), build({ ...COMMON, ...worker, plugins })]);
await build({ ...COMMON, entryPoints: [`${SRC}/inline.js`], plugins: [...plugins, embedded()] });

cpSync(WASM, `${OUT}/resnet_lens_bg.wasm`);
cpSync(`${ROOT}www/assets/starter.safetensors`, `${OUT}/starter.safetensors`);
cpSync(`${ROOT}www/assets/STARTER.md`, `${OUT}/STARTER.md`);
for (const name of ['LICENSE-MIT', 'LICENSE-APACHE']) cpSync(`${ROOT}${name}`, `${OUT}/${name}`);
writeFileSync(`${OUT}/${LICENCES}`, licencesOf(ROOT));
for (const name of ['package.json', 'README.md', 'examples']) cpSync(`${ROOT}npm/${name}`, `${OUT}/${name}`, { recursive: true });
for (const name of ['tabby-cat.jpg', 'SOURCES.txt']) cpSync(`${ROOT}www/assets/samples/${name}`, `${OUT}/examples/${name}`);
collectTypes({ root: ROOT, out: `${OUT}/types`, entries: ['index', 'elements', 'inline', 'starter'] });
writeFileSync(`${OUT}/types/worker.d.ts`, '// The script of the engine\'s worker. It exports nothing.\nexport {};\n');
checkNamedFiles();
report();

/** Keeps the starter of the page's catalog. */
function starterOnly() {
  return {
    name: 'starter-only',
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]catalog\.json$/ }, ({ path }) => {
        const { models } = JSON.parse(readFileSync(path, 'utf8'));
        return { loader: 'json', contents: JSON.stringify({ models: models.filter(({ id }) => id === 'starter') }) };
      });
    },
  };
}

/** Puts worker and WebAssembly module into the inline entry. */
function embedded() {
  return {
    name: 'embedded',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.\/assets\.js$/ }, () => ({ path: `${SRC}/assets-inline.js` }));
      onResolve({ filter: /^\.\/embedded\.js$/ }, ({ path }) => ({ path, namespace: 'embedded' }));
      onLoad({ filter: /.*/, namespace: 'embedded' }, () => {
        const script = readFileSync(`${OUT}/worker.js`, 'utf8');
        const module = gzipSync(readFileSync(WASM), { level: 9 }).toString('base64');
        return { contents: `export const SCRIPT = ${JSON.stringify(script)};\nexport const MODULE = ${JSON.stringify(module)};\n` };
      });
    },
  };
}

/** Throws if a module names a file that the package lacks: bundlers would not find it. */
function checkNamedFiles() {
  for (const name of readdirSync(OUT).filter((file) => file.endsWith('.js') && file !== 'worker.js')) {
    for (const [, file] of readFileSync(`${OUT}/${name}`, 'utf8').matchAll(/new URL\("([^"]+)", import\.meta\.url\)/g)) {
      if (!existsSync(`${OUT}/${file}`)) throw new Error(`${name} names the file ${file}, which is not in the package.`);
    }
  }
}

/** Prints the size of every script and of the module. */
function report() {
  for (const name of readdirSync(OUT).filter((file) => /\.(js|wasm|safetensors)$/.test(file)).sort()) {
    const bytes = readFileSync(`${OUT}/${name}`);
    process.stdout.write(`${name.padEnd(24)} ${String(bytes.length).padStart(8)} bytes, ${String(gzipSync(bytes).length).padStart(8)} gzipped\n`);
  }
}
