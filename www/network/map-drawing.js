// @ts-check
// Draws the network map as SVG.

import { t } from '../lib/i18n.js';
import { svg } from '../lib/svg.js';
import { widthOf } from '../lib/text-width.js';

/** @import { Rectangle } from '../lib/rectangle.js' */
/** @import { Box, MapLayout } from './map-layout.js' */
/** @import { Layer } from './network.js' */

/** Least width of a box as a target of the pointer. */
const TARGET = 24;
/** An upper estimate of a letter's width in the labels: measuring it would force layout. */
const LETTER = 6;

/**
 * Replaces the content of `drawing`. Returns the option of each layer.
 * @param {SVGSVGElement} drawing
 * @param {MapLayout} layout
 * @param {(layer: Layer) => string} describe the label of an option
 * @returns {Map<Layer, SVGElement>}
 */
export function drawMap(drawing, layout, describe) {
  const options = new Map(layout.boxes.map((box) => [box.layer, optionOf(box, layout.middle, describe(box.layer))]));
  drawing.setAttribute('width', String(layout.width));
  drawing.setAttribute('height', String(layout.height));
  drawing.replaceChildren(backgroundOf(layout), ...options.values(), foregroundOf(layout));
  return options;
}

/**
 * The largest square in the middle of a rectangle: the network's input.
 * @param {Rectangle} rectangle
 */
export function squareIn({ x, y, width, height }) {
  const side = Math.min(width, height);
  return { x: x + (width - side) / 2, y: y + (height - side) / 2, width: side, height: side };
}

/**
 * @param {Box} box
 * @param {number} middle y coordinate of the main path
 * @param {string} label
 */
function optionOf({ layer, x, y, width, height }, middle, label) {
  const wide = Math.max(width, Math.min(TARGET, width + 2));
  const target = layer.isProjection
    ? { x: x - 4, y: y - 5, width: width + 8, height: height + 10 }
    : { x: x - (wide - width) / 2, y: Math.min(y, middle - 30), width: wide, height: Math.max(height, 60) };
  const option = svg('g', { role: 'option', id: `layer-${layer.index}`, 'aria-selected': 'false', 'aria-label': label }, [
    svg('rect', { class: 'target', ...target }),
    svg('rect', { class: 'box', x, y, width, height, rx: 2 }),
    svg('rect', { class: 'mark', x: x - 2.5, y: y - 2.5, width: width + 5, height: height + 5, rx: 3.5 }),
  ]);
  Object.assign(option.dataset, { index: layer.index, node: layer.shown });
  option.classList.toggle('projection', layer.isProjection);
  return option;
}

/**
 * Behind the boxes: the main path, the shortcuts, the names of the stages.
 * @param {MapLayout} layout
 */
function backgroundOf({ input, boxes, middle, arcs, stages }) {
  const path = [squareIn(input), ...boxes.filter(({ layer }) => !layer.isProjection)];
  const steps = path.slice(1).map(({ x }, i) => `M${path[i].x + path[i].width} ${middle}H${x}`);
  return svg('g', { 'aria-hidden': 'true' }, [
    svg('path', { class: 'path', d: steps.join('') }),
    svg('rect', { class: 'input', ...squareIn(input), rx: 3 }),
    ...arcs.map((arc) => svg('path', { class: arc.projection ? 'arc projected' : 'arc', 'data-block': arc.block, d: arc.path })),
    ...stages.map(({ name, x, blocks, layers, channels, height, width, end }) => {
      const details = [t('network.layers', { count: layers }), t('network.blocks', { count: blocks }), t('network.channels', { number: String(channels) }), `${height}×${width}`].map((text) => ` · ${text}`);
      const detail = textThatFits(details, (end - x) / LETTER - name.length);
      return svg('text', { x, y: 13, class: 'stage' }, [
        svg('tspan', {}, [name]),
        ...(detail ? [svg('tspan', { class: 'quiet' }, [detail])] : []),
      ]);
    }),
  ]);
}

/**
 * In front of the boxes: additions and strides.
 * @param {MapLayout} layout
 */
function foregroundOf({ boxes, arcs }) {
  return svg('g', { 'aria-hidden': 'true', class: 'symbols' }, [
    ...arcs.map(({ sum: { x, y } }) => svg('path', {
      class: 'sum', d: `M${x - 4.5} ${y}a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0ZM${x - 2.5} ${y}h5M${x} ${y - 2.5}v5`,
    })),
    ...boxes.filter(({ layer }) => layer.stride > 1 && !layer.isProjection).map(({ layer, x, y, width, height }) =>
      svg('text', { class: 'stride', x: x + width / 2, y: y + height + 11 }, [`/${layer.stride}`])),
  ]);
}

/**
 * As many of the first texts as fit into `length` letters, joined.
 * @param {string[]} texts
 * @param {number} length
 */
function textThatFits(texts, length) {
  let joined = '';
  for (const text of texts) {
    if (widthOf(joined) + widthOf(text) > length) break;
    joined += text;
  }
  return joined;
}
