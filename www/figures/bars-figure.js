// @ts-check
// Figures of ranked numbers with bars, such as the classes by logit and the terms of a logit, as SVG. Pure functions.

import { MARGIN, QUIET, WIDTH, headingOf } from './figure.js';
import { element, svgDocument, text, wrap } from './svg-document.js';

/** @import { Heading } from './figure.js' */

/** `share`: length and direction of the bar, -1 to 1. @typedef {{ label: string, numbers: string[], share: number }} BarRow */
/**
 * Rows below each other. `maps` is the URL of a drawing with one square tile for each of the first `mapped` rows, see `TILE`.
 * @typedef {{ title: string, units: string[], rows: BarRow[], total?: { label: string, number: string }, maps?: string, mapped?: number }} BarColumn
 */

const ROW = 26;
/** Side of a tile and distance between the upper edges of two. */
export const TILE = { side: 22, pitch: ROW };
const GUTTER = 32;
const NUMBER = 58;
const POSITIVE = '#b85800';
const NEGATIVE = '#0a6ea8';
/** Width of a character of the labels. */
const CHARACTER = 6.4;

/**
 * @param {{ heading: Heading, columns: BarColumn[] }} content
 */
export function barsFigure({ heading, columns }) {
  const top = headingOf(heading);
  const width = (WIDTH - 2 * MARGIN - GUTTER * (columns.length - 1)) / columns.length;
  const drawn = columns.map((column, i) => columnOf(column, { x: MARGIN + i * (width + GUTTER), y: top.height, width }));
  const bottom = Math.max(...drawn.map((one) => one.bottom));
  return svgDocument({ width: WIDTH, height: bottom + MARGIN }, heading.title, `${top.content}${drawn.map(({ content }) => content).join('')}`);
}

/**
 * @param {BarColumn} column
 * @param {{ x: number, y: number, width: number }} box
 */
function columnOf({ title, units, rows, total, maps, mapped = 0 }, { x, y, width }) {
  const parts = [text(title, { x, y: y + 10, size: 13, bold: true })];
  const right = x + width;
  const at = (/** @type {number} */ i, /** @type {number} */ count) => right - (count - 1 - i) * NUMBER;
  units.forEach((unit, i) => parts.push(text(unit, { x: at(i, units.length), y: y + 28, size: 11, colour: QUIET, anchor: 'end' })));
  const first = y + 36;
  if (maps) parts.push(element('image', { x, y: first, width: TILE.side, height: mapped * TILE.pitch, href: maps }));
  rows.forEach(({ label, numbers, share }, i) => {
    const baseline = first + i * ROW + 14;
    const left = maps ? x + TILE.side + 8 : x;
    const room = Math.floor((width - (left - x) - numbers.length * NUMBER) / CHARACTER);
    const [line, ...rest] = wrap(label, room);
    parts.push(text(rest.length ? `${line}…` : line, { x: left, y: baseline, size: 12 }));
    numbers.forEach((number, column) => parts.push(text(number, { x: at(column, numbers.length), y: baseline, size: 12, anchor: 'end' })));
    parts.push(element('rect', {
      x: left, y: baseline + 4, width: Math.max(1, Math.abs(share) * (right - left)), height: 4, rx: 2, fill: share < 0 ? NEGATIVE : POSITIVE,
    }));
  });
  const end = first + rows.length * ROW;
  if (!total) return { content: parts.join(''), bottom: end };
  parts.push(element('line', { x1: x, x2: right, y1: end + 2, y2: end + 2, stroke: QUIET }));
  parts.push(text(total.label, { x, y: end + 19, size: 12, bold: true }), text(total.number, { x: right, y: end + 19, size: 12, bold: true, anchor: 'end' }));
  return { content: parts.join(''), bottom: end + 24 };
}
