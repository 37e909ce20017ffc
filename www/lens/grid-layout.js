// Where a layer's tiles go. Pure arithmetic in CSS pixels.

const GAP = 2;
const LARGEST = 168;
/** A tile of a saved sheet is at least this long. */
const SHEET_TILE = 48;
/** Smaller than this a map is hardly seen; a value without extent needs only to be hit, a kernel to be told from its like. */
export const SMALLEST = { map: 40, value: 26, kernel: 14 };

/** `{ columns, rows, pitch, side, height }` for `count` tiles in `box`: as large as still shows all of them, within reason. */
export function layOutGrid(count, box, { smallest = SMALLEST.map } = {}) {
  const fits = (columns) => Math.ceil(count / columns) * (box.width / columns) <= box.height;
  let columns = Math.max(1, Math.floor(box.width / LARGEST));
  const most = Math.max(1, Math.floor(box.width / smallest));
  while (columns < most && !fits(columns)) columns += 1;
  const pitch = box.width / columns;
  const rows = Math.ceil(count / columns);
  return { columns, rows, pitch, side: pitch - GAP, height: rows * pitch };
}

/** The tiles that a window of `height` at `top` shows: `[{ rank, x, y, width, height }]`, relative to the window. */
export function visibleTiles({ columns, pitch, side }, count, top, height) {
  const first = Math.max(0, Math.floor(top / pitch)) * columns;
  const end = Math.min(count, Math.ceil((top + height) / pitch) * columns);
  return Array.from({ length: Math.max(0, end - first) }, (_, i) => placeOf({ columns, pitch, side }, first + i, top));
}

/** Where the tile of a rank is, relative to a window that begins at `top`. */
export function placeOf({ columns, pitch, side }, rank, top = 0) {
  const [row, column] = [Math.floor(rank / columns), rank % columns];
  return { rank, x: column * pitch, y: row * pitch - top, width: side, height: side };
}

/** The rank under a point of the window, or null beside the last. */
export function rankAt({ columns, pitch }, count, x, y) {
  const rank = Math.floor(y / pitch) * columns + Math.min(columns - 1, Math.floor(x / pitch));
  return x >= 0 && y >= 0 && rank < count ? rank : null;
}

/**
 * All channels of a layer of `shape` in `order` on one sheet, near to a square, every cell a whole number of pixels:
 * `{ width, height, tiles: [{ channel, x, y, width, height }] }`.
 */
export function layOutSheet(order, [, , rows, columns]) {
  const scale = Math.max(1, Math.ceil(SHEET_TILE / Math.max(rows, columns)));
  const [width, height] = [columns * scale, rows * scale];
  const across = Math.ceil(Math.sqrt(order.length));
  const tiles = order.map((channel, rank) => ({
    channel, x: (rank % across) * (width + GAP), y: Math.floor(rank / across) * (height + GAP), width, height,
  }));
  return { width: across * (width + GAP) - GAP, height: Math.ceil(order.length / across) * (height + GAP) - GAP, tiles };
}
