// @ts-check
// Files that the user can save: a node's values, its channels as one sheet, one channel, the overlay.

import { npy } from '../lib/npy.js';
import { layOutSheet } from './grid-layout.js';

/** @import { Session } from '../engine/session.js' */
/** @import { Painter } from './painter.js' */
/** @import { Current } from './selection.js' */

/** @typedef {'npy' | 'grid' | 'channel' | 'overlay'} ExportKind */

/**
 * Creates a file of the current selection; null if there is nothing to draw.
 * @param {ExportKind} kind
 * @param {{ session: Session, painter: Painter, current: Current }} sources
 * @returns {Promise<{ name: string, blob: Blob } | null>}
 */
export async function exportFile(kind, { session, painter, current }) {
  const { node, channel, order, shape, colour } = current;
  if (kind === 'npy') return { name: `${node}.npy`, blob: npy(await session.engine.featureMap(node)) };
  if (kind === 'grid') {
    return { name: `${node}.png`, blob: await session.engine.sheet({ node, colour, ...layOutSheet(order, shape), legend: false }) };
  }
  const request = painter.requestOf(kind);
  if (!request) return null;
  const name = kind === 'channel' ? `${node}-${channel}.png` : `${node}-${channel}-overlay.png`;
  return { name, blob: await session.engine.png(request) };
}
