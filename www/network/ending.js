// @ts-check
// The end of a classification network: global average pooling and the linear layer that computes the logits. It is found by roles
// and connections, never by names.

/** @import { Layer, Network } from './network.js' */

/**
 * @typedef {object} Ending
 * @property {'pool' | 'classifier'} kind what the layer is
 * @property {string} map name of the node whose maps are pooled
 * @property {Layer} mapLayer the layer of that node
 * @property {Layer | null} classifier null for a network without classes
 */

/**
 * The ending that `layer` is a part of, or null for any other layer.
 * @param {Network} network
 * @param {Layer} layer
 * @returns {Ending | null}
 */
export function endingOf(network, layer) {
  const last = network.layers.at(-1);
  if (!last) return null;
  const classifier = last.role === 'linear' ? last : null;
  const pool = classifier ? network.sources(classifier)[0] : last;
  const mapLayer = pool && isGlobalPool(pool) ? network.sources(pool)[0] : undefined;
  if (!mapLayer || (layer !== classifier && layer !== pool)) return null;
  return { kind: layer === classifier ? 'classifier' : 'pool', map: pool.inputs[0], mapLayer, classifier };
}

/**
 * The node whose Grad-CAM belongs to a selection: the selected one, or the last feature map if what is selected has no positions. Null for
 * a network without classes.
 * @param {Network} network
 * @param {Layer} layer
 * @param {string} node of the layer
 */
export function gradCamNode(network, layer, node) {
  const last = network.layers.at(-1);
  const ending = last?.role === 'linear' ? endingOf(network, last) : null;
  if (!ending) return null;
  return layer.index <= ending.mapLayer.index ? node : ending.map;
}

/** @param {Layer} layer */
const isGlobalPool = ({ role, height, width }) => role === 'pool' && height === 1 && width === 1;
