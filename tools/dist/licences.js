// The licences of the crates in the WebAssembly module, as one text. Their terms ask that copies of them go along.

import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Name of the file with the text. */
export const LICENCES = 'THIRD-PARTY-LICENSES.txt';
const LICENCE_FILE = /^(unlicense|licen[cs]e|copying|notice)/i;
const RULE = '-'.repeat(80);

/**
 * One section per licence text: the crates that have it, then the text. Crates without such a file are listed first.
 * @param {string} root folder of Cargo.toml
 */
export function licencesOf(root) {
  /** Names of crates by text. @type {Map<string, string[]>} */
  const crates = new Map();
  const without = [];
  for (const { name, version, license, repository, manifest_path: manifest } of linkedCrates(root)) {
    const folder = dirname(manifest);
    const files = readdirSync(folder).filter((file) => LICENCE_FILE.test(file)).sort();
    if (files.length === 0) without.push(`${name} ${version}: ${license}, ${repository}`);
    for (const file of files) {
      const text = readFileSync(join(folder, file), 'utf8').trim();
      crates.set(text, [...crates.get(text) ?? [], `${name} ${version}`]);
    }
  }
  const sections = [...crates].map(([text, names]) => `${names.join(', ')}\n\n${text}`);
  return `${['The WebAssembly module of resnet-lens contains these crates.', without.join('\n'), ...sections].join(`\n\n${RULE}\n\n`)}\n`;
}

/**
 * The crates that the module links, in the order of their names; crates that only run at build time are left out.
 * @param {string} root
 */
function linkedCrates(root) {
  const options = ['metadata', '--format-version', '1', '--filter-platform', 'wasm32-unknown-unknown', '--locked'];
  const metadata = JSON.parse(execFileSync('cargo', options, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 }));
  const packages = new Map(metadata.packages.map((/** @type {any} */ crate) => [crate.id, crate]));
  const nodes = new Map(metadata.resolve.nodes.map((/** @type {any} */ node) => [node.id, node]));
  const isMacro = (/** @type {string} */ id) => packages.get(id).targets.some((/** @type {any} */ { kind }) => kind.includes('proc-macro'));
  const found = new Set();
  const visit = (/** @type {string} */ id) => {
    if (found.has(id) || isMacro(id)) return;
    found.add(id);
    for (const { pkg, dep_kinds: kinds } of nodes.get(id).deps) {
      if (kinds.some((/** @type {any} */ { kind }) => kind === null)) visit(pkg);
    }
  };
  visit(metadata.resolve.root);
  const own = packages.get(metadata.resolve.root);
  return [...found].map((id) => packages.get(id)).filter((crate) => crate !== own).sort((a, b) => a.id.localeCompare(b.id));
}
