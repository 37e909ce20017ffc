// What the user can take away: a layer's values, all its tiles on one sheet, one channel, what lies over the image.

import { layOutSheet } from './grid-layout.js';
import { npy } from '../lib/npy.js';

/** Promises `{ name, blob }`: `what` is "npy", "grid", "channel" or "overlay", `at` where the user looks. */
export async function exportFile(what, { session, painter, at }) {
  const { node, channel, order, shape, colour } = at;
  switch (what) {
    case 'npy': return { name: `${node}.npy`, blob: npy(await session.featureMap(node)) };
    case 'grid': return { name: `${node}.png`, blob: await session.sheet({ node, colour, ...layOutSheet(order, shape), legend: false }) };
    case 'channel': return { name: `${node}-${channel}.png`, blob: await session.png(painter.requestOf(what)) };
    default: return { name: `${node}-${channel}-overlay.png`, blob: await session.png(painter.requestOf(what)) };
  }
}
