// @ts-check
// SVG documents as text. Figures are written as strings, so that they need no document and can be tested without a browser.

import { widthOf } from '../lib/text-width.js';

/** @typedef {Record<string, string | number>} Attributes */

const ESCAPES = /** @type {Record<string, string>} */ ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' });

/** @param {string} text */
const escapeText = (text) => text.replace(/[&<>"]/g, (character) => ESCAPES[character]);

/**
 * An element. Numbers are rounded to two digits; children are SVG.
 * @param {string} name
 * @param {Attributes} attributes
 * @param {string} [children]
 */
export function element(name, attributes, children = '') {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${typeof value === 'number' ? Math.round(value * 100) / 100 : escapeText(value)}"`);
  return `<${name}${written.join('')}>${children}</${name}>`;
}

/**
 * A line of text.
 * @param {string} content
 * @param {{ x: number, y: number, size: number, colour?: string, anchor?: 'start' | 'middle' | 'end', bold?: boolean }} style `y` is the baseline
 */
export function text(content, { x, y, size, colour = '#14191f', anchor = 'start', bold = false }) {
  return element('text', { x, y, 'font-size': size, 'text-anchor': anchor, 'font-weight': bold ? 600 : 400, fill: colour }, escapeText(content));
}

/** A document, its size in CSS pixels and its title. @typedef {{ svg: string, width: number, height: number, title: string }} SvgDocument */

/**
 * A whole document on a white ground.
 * @param {{ width: number, height: number }} size
 * @param {string} title for screen readers and file managers
 * @param {string} content
 * @returns {SvgDocument}
 */
export function svgDocument(size, title, content) {
  const [width, height] = [Math.ceil(size.width), Math.ceil(size.height)];
  const svg = element('svg', {
    xmlns: 'http://www.w3.org/2000/svg', width, height, viewBox: `0 0 ${width} ${height}`, 'font-family': 'Helvetica, Arial, "Noto Sans KR", sans-serif',
  }, `${element('title', {}, escapeText(title))}${element('rect', { width, height, fill: '#ffffff' })}${content}`);
  return { svg, width, height, title };
}

/**
 * The text split into lines of at most `most` Latin letters, at spaces where possible.
 * @param {string} content
 * @param {number} most
 */
export function wrap(content, most) {
  /** @type {string[]} */
  const lines = [''];
  for (const word of content.split(' ')) {
    const last = lines[lines.length - 1];
    if (last && widthOf(last) + 1 + widthOf(word) > most) lines.push(word);
    else lines[lines.length - 1] = last ? `${last} ${word}` : word;
  }
  return lines;
}
