// Keeps the texts that a bundle uses: the page has many more.

import { readFileSync } from 'node:fs';
import { build } from 'esbuild';

const I18N = /[\\/]www[\\/]i18n[\\/](en|ko)\.json$/;

/**
 * A plugin that leaves the texts in the two files whose keys the sources of these builds contain, as literals or as templates such as
 * `action.${name}`.
 */
export async function usedTexts(root, builds) {
  const results = await Promise.all(builds.map((options) => build({ ...options, write: false, metafile: true })));
  const sources = new Set(results.flatMap(({ metafile }) => Object.keys(metafile.inputs)).filter((name) => name.endsWith('.js') && !name.includes('/pkg/')));
  const code = [...sources].map((name) => readFileSync(`${root}${name}`, 'utf8')).join('\n');
  const literals = new Set([...code.matchAll(/'([a-z]\w*(?:\.\w+)+)'/g)].map(([, key]) => key));
  const templates = [...code.matchAll(/`([a-z]\w*\.[\w.]*)\$\{[^}]*\}`/g)].map(([, start]) => start);
  const isUsed = (key) => literals.has(key) || templates.some((start) => key.startsWith(start));
  return {
    name: 'used-texts',
    setup({ onLoad }) {
      onLoad({ filter: I18N }, ({ path }) => {
        const all = Object.entries(JSON.parse(readFileSync(path, 'utf8')));
        return { loader: 'json', contents: JSON.stringify(Object.fromEntries(all.filter(([key]) => isUsed(key)))) };
      });
    },
  };
}
