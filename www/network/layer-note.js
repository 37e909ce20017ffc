// @ts-check
// The sentence about a layer that changes the size of the map or the number of channels: text key and values, without the text itself.

import { times } from '../lib/format.js';
import { changeOf } from './architecture-table.js';

/** @import { DownSampling } from './architecture-table.js' */
/** @import { Layer, Network } from './network.js' */

/** @import { Key } from '../lib/i18n.js' */

/** @typedef {{ key: Key, values: Record<string, string | number> }} Note */

/**
 * The note for a layer of a block that changes the shape; null for other layers.
 * @param {Network} network
 * @param {Layer} layer
 * @returns {Note | null}
 */
export function layerNoteOf(network, layer) {
  const block = network.blocks.find(({ layers }) => layers.includes(layer));
  const change = block && changeOf(network, block);
  if (!block || !change) return null;
  const key = keyOf(layer, { isFirst: layer === block.main[0], isBottleneck: block.main.length > 3 }, change);
  if (!key) return null;
  const [before, after] = change.channels;
  const [from, to] = change.height.map((side) => times([side, side]));
  return { key, values: { before, after, inner: change.inner, from, to } };
}

/**
 * @param {Layer} layer
 * @param {{ isFirst: boolean, isBottleneck: boolean }} place `isFirst`: it is the first one of the main path
 * @param {DownSampling} change
 * @returns {Key | null}
 */
function keyOf({ role, stride, isProjection }, { isFirst, isBottleneck }, { height: [from, to], projected }) {
  if (isProjection) {
    if (!projected) return null;
    return from === to ? 'architecture.note.widen' : 'architecture.note.projection';
  }
  if (role === 'convolution' && stride > 1) {
    if (!isBottleneck) return 'architecture.note.strideBasic';
    return isFirst ? 'architecture.note.strideFirst' : 'architecture.note.strideLater';
  }
  if (role === 'convolution' && isFirst) return 'architecture.note.first';
  return role === 'add' && from !== to ? 'architecture.note.output' : null;
}
