// @ts-check
// Layout of a layer's channel tiles in CSS pixels. Pure arithmetic.

/** @import { Rectangle, Size } from '../lib/rectangle.js' */

/** `pitch` is the distance between the left edges of neighbours, `side` the length of a tile. @typedef {{ columns: number, pitch: number, side: number }} Pitch */
/** @typedef {Pitch & { rows: number, height: number }} Grid */
/** @typedef {Rectangle & { rank: number }} RankedTile */

const GAP = 2;
const LARGEST = 168;
/** Shortest legible sides: of a map, of a single value, which only needs to be hit, and of a filter. */
export const SMALLEST = { map: 40, value: 26, filter: 14 };

/**
 * The largest tiles of which `count` fit into `box`; if not even the smallest fit, the grid is higher than the box.
 * @param {number} count
 * @param {Size} box
 * @param {{ smallest?: number }} [options] shortest side of a tile
 * @returns {Grid}
 */
export function layOutGrid(count, box, { smallest = SMALLEST.map } = {}) {
  const fits = (/** @type {number} */ columns) => Math.ceil(count / columns) * (box.width / columns) <= box.height;
  let columns = Math.max(1, Math.floor(box.width / LARGEST));
  const most = Math.max(1, Math.floor(box.width / smallest));
  while (columns < most && !fits(columns)) columns += 1;
  const pitch = box.width / columns;
  const rows = Math.ceil(count / columns);
  return { columns, rows, pitch, side: pitch - GAP, height: rows * pitch };
}

/**
 * The tiles that a viewport of `height` at `top` shows, relative to the viewport.
 * @param {Pitch} grid
 * @param {number} count of all tiles
 * @param {number} top
 * @param {number} height
 * @returns {RankedTile[]}
 */
export function visibleTiles(grid, count, top, height) {
  const { columns, pitch } = grid;
  const first = Math.max(0, Math.floor(top / pitch)) * columns;
  const end = Math.min(count, Math.ceil((top + height) / pitch) * columns);
  return Array.from({ length: Math.max(0, end - first) }, (_, i) => tileAt(grid, first + i, top));
}

/**
 * The tile of a rank, relative to a viewport at `top`.
 * @param {Pitch} grid
 * @param {number} rank
 * @param {number} [top]
 * @returns {RankedTile}
 */
export function tileAt({ columns, pitch, side }, rank, top = 0) {
  const [row, column] = [Math.floor(rank / columns), rank % columns];
  return { rank, x: column * pitch, y: row * pitch - top, width: side, height: side };
}

/**
 * The rank of the tile at a point, or null if there is none.
 * @param {Pitch} grid
 * @param {number} count of all tiles
 * @param {number} x
 * @param {number} y
 */
export function rankAt({ columns, pitch }, count, x, y) {
  const rank = Math.floor(y / pitch) * columns + Math.min(columns - 1, Math.floor(x / pitch));
  return x >= 0 && y >= 0 && rank < count ? rank : null;
}
