// The six set-ups: each makes a tiny project of the packed package and returns the folder that a server shows, or the address of the
// bundler's own server.

import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { importMetaAssets } from '@web/rollup-plugin-import-meta-assets';
import { build as esbuild } from 'esbuild';
import { rollup } from 'rollup';
import { build as viteBuild, createServer } from 'vite';
import webpack from 'webpack';

/** What a user writes: README's two lines, and the answer for the check. */
const MAIN = `import { ResNetLens } from 'resnet-lens';
import { starter } from 'resnet-lens/starter';
import 'resnet-lens/elements';

const lens = await ResNetLens.load({ model: starter });
const { predictions } = await lens.classify('photo.jpg');
window.answer = predictions[0];
`;
const html = (script, head = '') => `<!doctype html><meta charset="utf-8"><title>resnet-lens</title>${head}<script type="module" src="${script}"></script><resnet-classifier src="photo.jpg"></resnet-classifier>`;

/** Names and what they make: `(folder) => Promise<{ folder } | { address, close }>`. */
export const SET_UPS = {
  'Vite dev': async (folder) => {
    const server = await createServer({ ...viteOptions(folder), server: { port: 0, host: 'localhost' } });
    await server.listen();
    return { address: server.resolvedUrls.local[0], close: () => server.close() };
  },
  'Vite build': async (folder) => {
    await viteBuild({ ...viteOptions(folder), base: './' });
    return { folder: join(folder, 'dist') };
  },
  webpack: async (folder) => {
    const out = join(folder, 'dist');
    const options = { mode: 'production', context: folder, entry: './main.js', experiments: { outputModule: true }, output: { path: out, filename: 'main.js', module: true }, performance: { hints: false } };
    const stats = await new Promise((resolve, reject) => { webpack(options, (error, found) => (error ? reject(error) : resolve(found))); });
    if (stats.hasErrors() || stats.hasWarnings()) throw new Error(stats.toString({ all: false, errors: true, warnings: true }));
    return show(folder, out);
  },
  esbuild: async (folder) => {
    const out = join(folder, 'dist');
    await esbuild({ entryPoints: [join(folder, 'main.js')], bundle: true, format: 'esm', outdir: out, logLevel: 'error' });
    for (const name of ['worker.js', 'resnet_lens_bg.wasm', 'starter.safetensors']) cpSync(join(folder, 'node_modules/resnet-lens', name), join(out, name));
    return show(folder, out);
  },
  Rollup: async (folder) => {
    const out = join(folder, 'dist');
    const warnings = [];
    const bundle = await rollup({ input: join(folder, 'main.js'), plugins: [nodeResolve(), importMetaAssets()], onwarn: ({ message }) => warnings.push(message) });
    await bundle.write({ dir: out, format: 'es' });
    await bundle.close();
    if (warnings.length > 0) throw new Error(warnings.join('\n'));
    return show(folder, out);
  },
  'import map': async (folder) => {
    const { exports } = JSON.parse(readFileSync(join(folder, 'node_modules/resnet-lens/package.json'), 'utf8'));
    const imports = Object.fromEntries(['.', './starter', './elements'].map((name) => [join('resnet-lens', name), join('/node_modules/resnet-lens', exports[name].default)]));
    writeFileSync(join(folder, 'index.html'), html('./main.js', `<script type="importmap">${JSON.stringify({ imports })}</script>`));
    return { folder };
  },
};

/** Writes the project of a set-up: main module, document, photo, and the package as npm installs it. */
export function makeProject(folder, { unpacked, photo }) {
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  cpSync(unpacked, join(folder, 'node_modules/resnet-lens'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module', dependencies: { 'resnet-lens': '*' } }));
  writeFileSync(join(folder, 'main.js'), MAIN);
  writeFileSync(join(folder, 'index.html'), html('./main.js'));
  for (const name of ['photo.jpg', 'public/photo.jpg']) {
    mkdirSync(join(folder, 'public'), { recursive: true });
    cpSync(photo, join(folder, name));
  }
}

const viteOptions = (folder) => ({ root: folder, configFile: false, logLevel: 'error', cacheDir: join(folder, '.vite'), build: { target: 'es2023' } });

/** The document and the photo beside what a bundler has written. */
function show(folder, out) {
  writeFileSync(join(out, 'index.html'), html('./main.js'));
  cpSync(join(folder, 'photo.jpg'), join(out, 'photo.jpg'));
  return { folder: out };
}
