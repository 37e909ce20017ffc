// @ts-check
// The colours of a scale as gradient stops, for legends and figures.

/** @import { ColourTable } from './colour-values.js' */

/**
 * A colour and its position between the ends of the scale, 0 to 1. `strength` is its share of the largest magnitude.
 * @typedef {{ at: number, colour: string, strength: number }} ColourStop
 */

/**
 * @param {ColourTable} table
 * @param {{ gamma: number, signed: boolean }} scale
 * @returns {ColourStop[]}
 */
export function colourStops(table, { gamma, signed }) {
  return table.map((colour, i) => {
    const t = i / (table.length - 1);
    const strength = signed ? Math.abs(2 * t - 1) : t;
    return { at: positionOf(t, gamma, signed), colour: `rgb(${colour.map((part) => part * 255).join(' ')})`, strength };
  });
}

/**
 * The position between the ends, 0 to 1, of the value that has the colour at `t` of the colormap: the inverse of gamma.
 * @param {number} t
 * @param {number} gamma
 * @param {boolean} signed
 */
function positionOf(t, gamma, signed) {
  if (!signed) return t ** (1 / gamma);
  const strength = 2 * t - 1;
  return 0.5 + 0.5 * Math.sign(strength) * Math.abs(strength) ** (1 / gamma);
}
