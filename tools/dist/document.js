// The document of dist/: index.html with its parts inserted and the addresses of its files replaced.

import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { policyOf } from './policy.js';

const STYLESHEET = /^ *<link rel="stylesheet" href="([^"]+)">\n/gm;
const PART = /(<[^>]*?) data-part="([\w-]+)"([^>]*>)/g;
const SCRIPT = /<script type="module" src="([^"]+)"><\/script>/;
const EARLY_SCRIPT = /(<script type="module" async blocking="render" src=")([^"]+)/;

/**
 * @param {string} www
 */
export function readDocument(www) {
  const html = readFileSync(join(www, 'index.html'), 'utf8');
  return {
    html,
    sheets: [...html.matchAll(STYLESHEET)].map(([, href]) => href),
    script: SCRIPT.exec(html)?.[1] ?? '',
    earlyScript: EARLY_SCRIPT.exec(html)?.[2] ?? '',
    policy: policyOf(html),
  };
}

/**
 * The document without the digest of its release.
 * @param {object} options
 * @param {string} options.www
 * @param {string} options.html
 * @param {string} options.script path of the page's script
 * @param {string} options.earlyScript path of the script that runs before the first frame
 * @param {string} options.styles path of its style sheet
 * @param {string[]} options.preloaded paths of files that the script requests first
 * @param {(file: string) => string} options.pathOf path in the site of a file that the document names
 */
export function documentOf({ www, html, script, earlyScript, styles, preloaded, pathOf }) {
  const links = [
    `<link rel="stylesheet" href="${styles}">`,
    `<script type="module" src="${script}"></script>`,
    ...preloaded.map((path) => `<link rel="preload" as="fetch" href="${path}" crossorigin>`),
  ];
  return html
    .replace(STYLESHEET, '')
    .replace(SCRIPT, links.join('\n  '))
    .replace(EARLY_SCRIPT, (_, start) => `${start}${earlyScript}`)
    .replace(PART, (_, before, name, after) => `${before}${after}${readFileSync(join(www, 'parts', `${name}.html`), 'utf8').trim()}`)
    .replace(/ (href|src)="((?:assets\/|manifest)[^"]+)"/g, (_, attribute, file) => ` ${attribute}="${pathOf(file)}"`);
}

/**
 * Marks the document as one of a release: app/updates.js registers the service worker then.
 * @param {string} html
 * @param {string} version
 */
export const withRelease = (html, version) => html.replace('<html ', `<html data-release="${version}" `);

/**
 * The web app manifest with the paths of its icons.
 * @param {string} text
 * @param {(file: string) => string} pathOf
 */
export function manifestOf(text, pathOf) {
  const manifest = JSON.parse(text);
  for (const icon of manifest.icons) icon.src = pathOf(icon.src);
  return JSON.stringify(manifest);
}

/**
 * The catalog with the names of the files beside it.
 * @param {string} text
 * @param {(file: string) => string | null} pathOf the path of a file of the site, null for one of another server's
 */
export function catalogOf(text, pathOf) {
  const catalog = JSON.parse(text);
  for (const card of catalog.models) {
    const path = pathOf(card.file);
    if (path) card.file = basename(path);
  }
  return JSON.stringify(catalog);
}
