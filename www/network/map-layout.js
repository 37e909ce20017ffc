// @ts-check
// Layout of the network map in CSS pixels. Pure arithmetic, independent of the document.

/** @import { Rectangle, Size } from '../lib/rectangle.js' */
/** @import { Block, Layer, Network } from './network.js' */

/** @typedef {{ x: number, width: number }} Span */
/** @typedef {Rectangle & { layer: Layer }} Box */
/** @typedef {{ x: number, y: number }} Point */
/**
 * The shortcut of a block: an SVG path from the block's input to its addition at `sum`, with the box of the projection on it.
 * @typedef {{ block: string, path: string, apex: Point, projection: Box | null, sum: Point }} Arc
 */
/**
 * A stage from `x` to `end`, and the shape of its output.
 * @typedef {{ name: string, blocks: number, layers: number, x: number, end: number } & Pick<Layer, 'channels' | 'height' | 'width'>} Stage
 */
/**
 * `middle` is the y coordinate of the main path; `boxes` are in execution order.
 * @typedef {Size & { middle: number, input: Rectangle, boxes: Box[], arcs: Arc[], stages: Stage[] }} MapLayout
 */

/** Height of the stages' names above everything else. */
const LABELS = 20;
/** Height of a shortcut's arc above its block. */
const ARC = 30;
/** Height of the strides below the boxes. */
const FEET = 15;
const SIDE = 8;
const GAP = { layer: 2.5, block: 12, stage: 22, plain: 9 };
const PROJECTION = { width: 17, height: 15 };
/** A map that would need a smaller scale is scrolled instead. Coarse pointers need larger boxes. */
const SMALLEST_SCALE = { fine: 0.62, coarse: 1.5 };
const LARGEST_SCALE = 1.9;

/**
 * Lays out a map that is at least as wide as `box`.
 * @param {Network} network
 * @param {Size} box
 * @param {{ coarse?: boolean }} [options] `coarse`: the pointer is a finger
 * @returns {MapLayout}
 */
export function layOutMap(network, box, { coarse = false } = {}) {
  const natural = spread(network);
  const wanted = (box.width - 2 * SIDE) / natural.width;
  const scale = Math.min(LARGEST_SCALE, Math.max(wanted, SMALLEST_SCALE[coarse ? 'coarse' : 'fine']));
  const width = Math.max(box.width, natural.width * scale + 2 * SIDE);
  const left = (width - natural.width * scale) / 2;
  const tallest = box.height - LABELS - ARC - FEET;
  const middle = LABELS + ARC + tallest / 2;
  const heightOf = heights(network, tallest);
  /** @type {(span: Span, height: number) => Rectangle} */
  const scaled = (span, height) => ({ x: left + span.x * scale, y: middle - height / 2, width: span.width * scale, height });
  /** @type {Map<Layer, Box>} */
  const boxOf = new Map();
  for (const { layer, ...span } of natural.slots) boxOf.set(layer, { layer, ...scaled(span, heightOf(layer)) });
  const arcs = network.blocks.map((block) => arcOver(block, boxOf, scale)).filter((arc) => arc !== null);
  const projections = arcs.map(({ projection }) => projection).filter((projection) => projection !== null);
  return {
    width,
    height: box.height,
    middle,
    input: scaled(natural.input, tallest),
    boxes: [...boxOf.values(), ...projections].sort((a, b) => a.layer.index - b.layer.index),
    arcs,
    stages: stagesOf(network, boxOf),
  };
}

/**
 * All layers of the main path side by side, at scale 1.
 * @param {Network} network
 */
function spread(network) {
  const thinnest = Math.min(...network.layers.map(({ channels }) => channels));
  const input = { x: 0, width: 72 };
  /** @type {(Span & { layer: Layer })[]} */
  const slots = [];
  let x = input.width;
  /** @type {Pick<Layer, 'block' | 'stage'>} */
  let before = { block: null, stage: null };
  for (const layer of network.layers) {
    if (layer.isProjection) continue;
    x += gap(before, layer);
    const width = isVector(layer) ? 9 : 8.5 + 2.5 * Math.log2(layer.channels / thinnest);
    slots.push({ layer, x, width });
    x += width;
    before = layer;
  }
  return { input, slots, width: x };
}

/**
 * @param {Pick<Layer, 'block' | 'stage'>} before
 * @param {Layer} layer
 */
function gap(before, layer) {
  if (layer.block && before.block === layer.block) return GAP.layer;
  if (before.stage !== layer.stage) return GAP.stage;
  return layer.block ? GAP.block : GAP.plain;
}

/** @param {Layer} layer */
const isVector = ({ height, width }) => height === 1 && width === 1;

/**
 * The height of a layer's box, linear in the logarithm of the rows: maps of 7 and of 56 rows are both legible.
 * @param {Network} network
 * @param {number} tallest
 * @returns {(layer: Layer) => number}
 */
function heights(network, tallest) {
  const sizes = network.layers.filter((layer) => !isVector(layer)).map(({ height }) => height);
  const least = Math.log2(Math.min(...sizes));
  const most = Math.log2(2 * Math.max(...sizes)); // The image before the stem.
  return (layer) => (isVector(layer)
    ? tallest * 0.24
    : tallest * (0.3 + 0.7 * ((Math.log2(layer.height) - least) / Math.max(1, most - least))));
}

/**
 * The shortcut from before the block, over it, down to its addition; null for a block without one.
 * @param {Block} block
 * @param {Map<Layer, Box>} boxOf
 * @param {number} scale
 * @returns {Arc | null}
 */
function arcOver(block, boxOf, scale) {
  const first = boxOf.get(block.main[0]);
  const last = block.add && boxOf.get(block.add);
  if (!first || !last) return null;
  const from = { x: first.x - (GAP.block / 2) * scale, y: first.y + first.height / 2 };
  const shoulder = Math.min(first.y, last.y + ARC);
  const to = { x: last.x + last.width / 2, y: last.y };
  const apex = Math.min(shoulder, to.y) - ARC * 1.05;
  const path = `M${n(from.x)} ${n(from.y)} V${n(shoulder)} C${n(from.x)} ${n(apex)} ${n(to.x)} ${n(apex)} ${n(to.x)} ${n(to.y)}`;
  const [layer] = block.shortcut;
  const middle = { x: (from.x + to.x) / 2, y: 0.125 * (shoulder + to.y) + 0.75 * apex };
  const size = { width: PROJECTION.width * Math.max(1, scale), height: PROJECTION.height };
  const projection = layer ? { layer, x: middle.x - size.width / 2, y: middle.y - size.height / 2, ...size } : null;
  return { block: block.name, path, apex: middle, projection, sum: to };
}

/** @param {number} value */
const n = (value) => Math.round(value * 10) / 10;

/**
 * @param {Network} network
 * @param {Map<Layer, Box>} boxOf
 * @returns {Stage[]}
 */
function stagesOf(network, boxOf) {
  const names = new Set(network.blocks.map(({ stage }) => stage).filter((name) => name !== null));
  return [...names].flatMap((name) => {
    const blocks = network.blocks.filter(({ stage }) => stage === name);
    const last = blocks.at(-1)?.main.at(-1);
    const [start, end] = [boxOf.get(blocks[0].main[0]), last && boxOf.get(last)];
    if (!last || !start || !end) return [];
    const { channels, height, width } = last;
    const layers = network.depthByPart.find((part) => part.stage === name)?.layers ?? 0;
    return [{ name, blocks: blocks.length, layers, x: start.x, end: end.x + end.width, channels, height, width }];
  });
}
