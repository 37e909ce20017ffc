// Draws the PNG icons of the web app manifest from www/assets/icon.svg, in Chromium. Run by hand after a change of the SVG.

import { mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { CHROMIUM } from '../tests/e2e/browser.js';
import { findProgram } from '../tests/e2e/find-program.js';

const ASSETS = new URL('../www/assets/', import.meta.url);
/** `rounded`: with the corners of the SVG. A maskable icon fills its square, and its drawing is in the inner 80 %. */
const ICONS = { 'icon-192': { size: 192, rounded: true }, 'icon-512': { size: 512, rounded: true }, 'maskable-512': { size: 512, rounded: false } };

const svg = readFileSync(new URL('icon.svg', ASSETS), 'utf8');
mkdirSync(new URL('icons/', ASSETS), { recursive: true });
const browser = await chromium.launch({ executablePath: findProgram(CHROMIUM), args: ['--no-sandbox'] });
for (const [name, { size, rounded }] of Object.entries(ICONS)) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(`<style>body { margin: 0; } svg { display: block; width: ${size}px; }</style>${rounded ? svg : filling(svg)}`);
  await page.screenshot({ path: fileURLToPath(new URL(`icons/${name}.png`, ASSETS)), omitBackground: true });
}
await browser.close();

/**
 * The drawing at 80 % of its size on an unrounded ground.
 * @param {string} drawing
 */
function filling(drawing) {
  return drawing.replace(/ rx="\d+"/, '').replace(/(<rect [^>]*>)([\s\S]*)(<\/svg>)/, '$1<g transform="translate(3.2 3.2) scale(0.8)">$2</g>$3');
}
