// Where the network map's parts go. Pure arithmetic in CSS pixels; nothing here touches the document.

const LABELS = 20; // above everything: the stages' names
const ARC = 30; // the room of a shortcut's arc above its block
const FEET = 15; // below the boxes: the strides
const SIDE = 8;
const GAP = { layer: 2.5, block: 12, stage: 22, plain: 9 };
const PROJECTION = { width: 17, height: 15 };
/** Narrower than this a map is scrolled instead. */
const SMALLEST_SCALE = { fine: 0.62, coarse: 1.5 };
const LARGEST_SCALE = 1.9;

/**
 * `{ width, height, input, boxes, arcs, stages, middle }` for a map of at least `box.width`. Boxes are
 * `{ layer, x, y, width, height }`; arcs `{ block, path, projected, sum }` with `sum` where the addition's sign goes.
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
  const scaled = ({ x, width: wide }, height) =>
    ({ x: left + x * scale, y: middle - height / 2, width: wide * scale, height });
  const boxes = natural.slots.map((slot) => ({ layer: slot.layer, ...scaled(slot, heightOf(slot.layer)) }));
  const boxOf = new Map(boxes.map((made) => [made.layer, made]));
  const arcs = network.blocks.filter(({ add }) => add).map((block) => arcOver(block, boxOf, scale));
  for (const arc of arcs) {
    if (arc.projection) boxes.push(arc.projection);
  }
  return {
    width,
    height: box.height,
    middle,
    input: scaled(natural.input, tallest),
    boxes: boxes.toSorted((a, b) => a.layer.index - b.layer.index),
    arcs,
    stages: stagesOf(network, boxOf),
  };
}

/** Everything side by side at natural size: `{ input, slots, width }`. */
function spread(network) {
  const thinnest = Math.min(...network.layers.map(({ channels }) => channels));
  const projections = new Set(network.blocks.flatMap(({ shortcut }) => shortcut));
  const input = { x: 0, width: 72 };
  const slots = [];
  let x = input.width;
  let before = { block: null, stage: null };
  for (const layer of network.layers) {
    if (projections.has(layer)) continue;
    x += gap(before, layer);
    const width = isVector(layer) ? 9 : 8.5 + 2.5 * Math.log2(layer.channels / thinnest);
    slots.push({ layer, x, width });
    x += width;
    before = layer;
  }
  return { input, slots, width: x };
}

function gap(before, layer) {
  if (layer.block && before.block === layer.block) return GAP.layer;
  if (before.stage !== layer.stage) return GAP.stage;
  return layer.block ? GAP.block : GAP.plain;
}

const isVector = ({ height, width }) => height === 1 && width === 1;

/** Halving the extent takes the same off every time, so that 7 and 56 can both be looked at. */
function heights(network, tallest) {
  const sizes = network.layers.filter((layer) => !isVector(layer)).map(({ height }) => height);
  const least = Math.log2(Math.min(...sizes));
  const most = Math.log2(2 * Math.max(...sizes)); // The image before the stem.
  return (layer) => (isVector(layer)
    ? tallest * 0.24
    : tallest * (0.3 + 0.7 * ((Math.log2(layer.height) - least) / Math.max(1, most - least))));
}

/** From the way into the block, over it, down to the addition. */
function arcOver(block, boxOf, scale) {
  const first = boxOf.get(block.main[0]);
  const last = boxOf.get(block.add);
  const from = { x: first.x - (GAP.block / 2) * scale, y: first.y + first.height / 2 };
  const shoulder = Math.min(first.y, last.y + ARC);
  const to = { x: last.x + last.width / 2, y: last.y };
  const apex = Math.min(shoulder, to.y) - ARC * 1.05;
  const path = `M${n(from.x)} ${n(from.y)} V${n(shoulder)} C${n(from.x)} ${n(apex)} ${n(to.x)} ${n(apex)} ${n(to.x)} ${n(to.y)}`;
  const [layer] = block.shortcut;
  const middle = { x: (from.x + to.x) / 2, y: 0.125 * (shoulder + to.y) + 0.75 * apex };
  const size = { width: PROJECTION.width * Math.max(1, scale), height: PROJECTION.height };
  const projection = layer ? { layer, x: middle.x - size.width / 2, y: middle.y - size.height / 2, ...size } : null;
  return { block, path, projection, sum: to };
}

const n = (value) => Math.round(value * 10) / 10;

/** `{ name, blocks, x, end }` of each stage in order, and the extent of what it gives on. */
function stagesOf(network, boxOf) {
  return [...new Set(network.blocks.map(({ stage }) => stage))].map((name) => {
    const blocks = network.blocks.filter(({ stage }) => stage === name);
    const last = blocks.at(-1).main.at(-1);
    const end = boxOf.get(last).x + boxOf.get(last).width;
    const { channels, height, width } = last;
    return { name, blocks: blocks.length, x: boxOf.get(blocks[0].main[0]).x, end, channels, height, width };
  });
}
