// @ts-check
// A small map with a caption.

import { create } from '../lib/dom.js';

/**
 * One pixel per value.
 * @param {{ title: string, note: string }} caption
 * @param {{ rows: number, columns: number }} size
 * @param {Uint8ClampedArray<ArrayBuffer>} pixels
 */
export function mapFigure({ title, note }, { rows, columns }, pixels) {
  const made = create('figure');
  const plot = create('div', '', 'plot');
  const canvas = Object.assign(create('canvas'), { width: columns, height: rows, ariaHidden: 'true' });
  canvas.getContext('2d')?.putImageData(new ImageData(pixels, columns, rows), 0, 0);
  plot.append(canvas);
  const caption = create('figcaption');
  caption.append(create('b', title), ' ', create('span', note, 'quiet'));
  made.append(plot, caption);
  return made;
}
