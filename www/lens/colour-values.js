// @ts-check
// Colours of values that were read back: the rules of src/lens/colour_mapping.rs, for maps that share a scale the engine's views do not have.

/** A colormap's colours from its low to its high end, `[red, green, blue]` from 0 to 1. @typedef {[number, number, number][]} ColourTable */
/** The values at the ends of a colormap. A signed scale is symmetric around zero. @typedef {{ low: number, high: number, signed: boolean }} Bounds */

/**
 * One scale for several maps.
 * @param {ArrayLike<number>[]} maps
 * @param {{ signed: boolean }} options
 * @returns {Bounds}
 */
export function boundsOf(maps, { signed }) {
  let [low, high] = [Infinity, -Infinity];
  for (const map of maps) {
    for (let i = 0; i < map.length; i += 1) {
      low = Math.min(low, map[i]);
      high = Math.max(high, map[i]);
    }
  }
  if (low > high) [low, high] = [0, 0];
  if (!signed) return { low, high, signed };
  const largest = Math.max(Math.abs(low), Math.abs(high));
  return { low: -largest, high: largest, signed };
}

/**
 * The position of a value in the colormap, 0 to 1. Equal ends give the low end, or the middle of a signed scale.
 * @param {number} value
 * @param {Bounds} bounds
 * @param {number} gamma
 */
export function positionOf(value, { low, high, signed }, gamma) {
  const [from, width] = signed ? [0, high] : [low, high - low];
  const share = width > 0 ? Math.min(1, Math.max(signed ? -1 : 0, (value - from) / width)) : 0;
  const strength = Math.sign(share) * Math.abs(share) ** gamma;
  return signed ? 0.5 + 0.5 * strength : strength;
}

/**
 * RGBA pixels of values. Values that are not numbers are transparent.
 * @param {ArrayLike<number>} values
 * @param {Bounds} bounds
 * @param {{ gamma: number, table: ColourTable }} colour
 */
export function colourValues(values, bounds, { gamma, table }) {
  const pixels = new Uint8ClampedArray(values.length * 4);
  for (let i = 0; i < values.length; i += 1) {
    if (Number.isNaN(values[i])) continue;
    const at = positionOf(values[i], bounds, gamma) * (table.length - 1);
    const below = Math.min(table.length - 2, Math.floor(at));
    for (let part = 0; part < 3; part += 1) {
      const [from, to] = [table[below][part], table[below + 1][part]];
      pixels[i * 4 + part] = Math.round((from + (at - below) * (to - from)) * 255);
    }
    pixels[i * 4 + 3] = 255;
  }
  return pixels;
}
