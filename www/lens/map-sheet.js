// @ts-check
// Small drawings of several channels of one node, read back in one call: one pixel per value.

/** @import { Session } from '../engine/session.js' */
/** @import { ColourMapping } from '../pkg/resnet_lens.js' */

/**
 * The images of these channels.
 * @param {Session} session
 * @param {{ node: string, shape: number[], channels: number[], colour: ColourMapping }} wanted
 * @returns {Promise<Map<number, ImageData>>}
 */
export async function drawMaps(session, { node, shape: [, , rows, columns], channels, colour }) {
  const tiles = channels.map((channel, i) => ({ channel, x: 0, y: i * rows, width: columns, height: rows }));
  if (tiles.length === 0) return new Map();
  const { data } = await session.engine.gridPixels({ width: columns, height: rows * tiles.length, node, tiles, colour, legend: false });
  const bytes = rows * columns * 4;
  return new Map(channels.map((channel, i) => [channel, new ImageData(data.slice(i * bytes, (i + 1) * bytes), columns, rows)]));
}
