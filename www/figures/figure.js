// @ts-check
// Figures of a layer, a channel or an overlay for papers and slides, as SVG. Drawings are embedded as images, text stays text. Pure
// functions of what is drawn.

import { exact, value } from '../lib/format.js';
import { t } from '../lib/i18n.js';
import { element, svgDocument, text, wrap } from './svg-document.js';

/** @import { ColourStop } from '../lens/colour-stops.js' */
/** @import { Size } from '../lib/rectangle.js' */
/** @import { ScaleBounds } from '../pkg/resnet_lens.js' */

/**
 * What is said above a figure.
 * @typedef {{ title: string, subtitle: string[] }} Heading
 */
/**
 * `fades`: the colours are as opaque as they are strong.
 * @typedef {{ bounds: ScaleBounds, stops: ColourStop[], label: string, fades?: number }} ColourScale
 */
/** Channels of a node as tiles; `image` is the URL of a drawing of the whole grid. @typedef {{ heading: Heading, scale: ColourScale, image: string, sheet: Sheet }} SheetContent */
/** `input` and `map` are URLs of images. `isOver`: the map is blended with the input. @typedef {{ heading: Heading, scale: ColourScale, input: string | null, inputLabel: string, map: string, mapLabel: string, isOver: boolean, size: [number, number] | null, notes: string[] }} PanelsContent */
/** `tiles` in CSS pixels relative to the grid. @typedef {Size & { side: number, tiles: { channel: number, x: number, y: number }[] }} Sheet */

/** Device pixels per CSS pixel of drawings and PNG files. */
export const DENSITY = 2;
export const WIDTH = 760;
export const MARGIN = 24;
const INNER = WIDTH - 2 * MARGIN;
const PANEL = 344;
const GAP = 6;
const LABEL = 12;
export const QUIET = '#55606b';
const LINE = '#b9c1c9';
/** Characters that fit into a line of the title and of smaller text. */
const TITLE_CHARACTERS = 74;
const LINE_CHARACTERS = 126;
const PANEL_CHARACTERS = 54;

/**
 * Lays out tiles for so many channels: wider than high, tiles of at most 120 px.
 * @param {number[]} channels
 * @param {[number, number]} shape rows and columns of a map
 * @returns {Sheet}
 */
export function layOutTiles(channels, [rows, columns]) {
  const across = Math.max(Math.ceil(Math.sqrt(channels.length * 1.6)), Math.min(channels.length, 6));
  const side = Math.floor(Math.min(120, (INNER + GAP) / across - GAP));
  const height = Math.max(1, Math.round((side * rows) / columns));
  const [pitch, step] = [side + GAP, height + LABEL + GAP];
  const tiles = channels.map((channel, rank) => ({ channel, x: (rank % across) * pitch, y: Math.floor(rank / across) * step }));
  return { side, tiles, width: across * pitch - GAP, height: Math.ceil(channels.length / across) * step - GAP };
}

/**
 * The channels of a layer with their numbers.
 * @param {SheetContent} content
 */
export function sheetFigure({ heading, scale, image, sheet }) {
  const top = headingOf(heading);
  const left = MARGIN;
  const labels = sheet.tiles.map(({ channel, x, y }) => text(String(channel), {
    x: left + x + sheet.side / 2, y: top.height + y + sheet.side + LABEL - 2, size: sheet.side < 30 ? 7 : 9, colour: QUIET, anchor: 'middle',
  }));
  const drawing = element('image', { x: left, y: top.height, width: sheet.width, height: sheet.height, href: image });
  const bar = scaleOf(scale, { x: MARGIN, y: top.height + sheet.height + 16, width: 320 });
  return svgDocument({ width: WIDTH, height: bar.bottom + MARGIN }, heading.title, `${top.content}${drawing}${labels.join('')}${bar.content}`);
}

/**
 * A map beside or over the part of the image that the network sees.
 * @param {PanelsContent} content
 */
export function panelsFigure({ heading, scale, input, inputLabel, map, mapLabel, isOver, size, notes }) {
  const top = headingOf(heading);
  const y = top.height + 8;
  const mapX = input ? WIDTH - MARGIN - PANEL : MARGIN;
  const image = (/** @type {string} */ href, /** @type {number} */ x) => element('image', { x, y, width: PANEL, height: PANEL, href });
  const frame = (/** @type {number} */ x) => element('rect', { x: x - 0.5, y: y - 0.5, width: PANEL + 1, height: PANEL + 1, fill: 'none', stroke: LINE });
  const caption = (/** @type {string} */ content, /** @type {number} */ x) => wrap(content, PANEL_CHARACTERS)
    .map((line, i) => text(line, { x, y: y + PANEL + 18 + i * 15, size: 12 })).join('');
  const parts = [];
  if (input) parts.push(image(input, MARGIN), frame(MARGIN), caption(inputLabel, MARGIN));
  if (input && isOver) parts.push(image(input, mapX));
  parts.push(image(map, mapX), frame(mapX), caption(mapLabel, mapX));
  if (size) parts.push(indices(size, mapX, y));
  const lines = Math.max(wrap(inputLabel, PANEL_CHARACTERS).length, wrap(mapLabel, PANEL_CHARACTERS).length);
  const bar = scaleOf(scale, { x: mapX, y: y + PANEL + 14 + lines * 15, width: PANEL });
  const noted = notes.flatMap((note) => wrap(note, PANEL_CHARACTERS)).map((line, i) => text(line, { x: mapX, y: bar.bottom + 14 + i * 15, size: 11, colour: QUIET }));
  const bottom = bar.bottom + noted.length * 15;
  return svgDocument({ width: WIDTH, height: bottom + MARGIN }, heading.title, `${top.content}${parts.join('')}${bar.content}${noted.join('')}`);
}

/**
 * Indices of the first and last row and column.
 * @param {[number, number]} size rows and columns
 * @param {number} x
 * @param {number} y
 */
function indices([rows, columns], x, y) {
  const [row, column] = [PANEL / rows, PANEL / columns];
  const style = { size: 9, colour: QUIET };
  return [
    text('0', { ...style, x: x - 4, y: y + Math.max(8, row / 2 + 3), anchor: 'end' }),
    text(exact(rows - 1), { ...style, x: x - 4, y: y + PANEL - Math.max(1, row / 2 - 3), anchor: 'end' }),
    text('0', { ...style, x: x + Math.max(3, column / 2), y: y - 4, anchor: 'middle' }),
    text(exact(columns - 1), { ...style, x: x + PANEL - Math.max(3, column / 2), y: y - 4, anchor: 'middle' }),
  ].join('');
}

/**
 * @param {Heading} heading
 * @returns {{ content: string, height: number }} with the space below it
 */
export function headingOf({ title, subtitle }) {
  const titles = wrap(title, TITLE_CHARACTERS).map((line, i) => text(line, { x: MARGIN, y: MARGIN + 16 + i * 22, size: 18, bold: true }));
  const y = MARGIN + 16 + titles.length * 22;
  const lines = subtitle.flatMap((line) => wrap(line, LINE_CHARACTERS)).map((line, i) => text(line, { x: MARGIN, y: y + i * 16 - 3, size: 12, colour: QUIET }));
  return { content: [...titles, ...lines].join(''), height: y + lines.length * 16 + 6 };
}

/**
 * A colour bar with numbers at its ends and in its middle.
 * @param {ColourScale} scale
 * @param {{ x: number, y: number, width: number }} box
 * @returns {{ content: string, bottom: number }}
 */
function scaleOf({ bounds, stops, label, fades }, { x, y, width }) {
  const opacityOf = (/** @type {number} */ strength) => (fades === undefined ? 1 : strength * fades);
  // Every fourth of the 256 colours and the last: the steps between are not visible.
  const used = stops.filter((_, i) => i % 4 === 0 || i === stops.length - 1);
  const gradient = element('linearGradient', { id: 'scale' }, used.map(({ at, colour, strength }) => (
    element('stop', { offset: `${Math.round(at * 1e4) / 1e2}%`, 'stop-color': hexOf(colour), 'stop-opacity': opacityOf(strength) }))).join(''));
  const { low, high, signed } = bounds;
  const known = low !== null && high !== null;
  const ends = known ? [value(low), value((low + high) / 2), value(high)] : [t(signed ? 'legend.negative' : 'legend.low'), signed ? '0' : '', t('legend.high')];
  const anchors = /** @type {const} */ (['start', 'middle', 'end']);
  const numbers = ends.map((end, i) => text(end, { x: x + (width * i) / 2, y: y + 24, size: 11, anchor: anchors[i] }));
  const ticks = [0, 0.5, 1].map((at) => element('line', { x1: x + at * width, x2: x + at * width, y1: y + 10, y2: y + 14, stroke: QUIET }));
  const bar = element('rect', { x, y, width, height: 10, fill: 'url(#scale)', stroke: LINE, 'stroke-width': 0.5 });
  const named = text(known ? label : t('figure.ownScales', { label }), { x, y: y + 39, size: 11, colour: QUIET });
  return { content: `${element('defs', {}, gradient)}${bar}${ticks.join('')}${numbers.join('')}${named}`, bottom: y + 42 };
}

/**
 * Editors of SVG files know `#rrggbb` best.
 * @param {string} colour `rgb(r g b)`
 */
function hexOf(colour) {
  const parts = colour.match(/[\d.]+/g) ?? [];
  return `#${parts.map((part) => Math.round(Number(part)).toString(16).padStart(2, '0')).join('')}`;
}
