// @ts-check
// Marks the edited blocks in the drawing of the network map.

import { svg } from '../lib/svg.js';

/** @import { BlockMark } from '../surgery/marks.js' */
/** @import { MapLayout } from './map-layout.js' */

/** Distance of a label from the boxes above it. */
const LABEL = 11;

/**
 * Replaces the marks in a drawing of the map.
 * @param {SVGSVGElement} drawing
 * @param {MapLayout} layout
 * @param {BlockMark[]} marks
 */
export function drawMarks(drawing, layout, marks) {
  const markOf = new Map(marks.map((mark) => [mark.block, mark]));
  for (const arc of drawing.querySelectorAll('.arc')) {
    if (arc instanceof SVGElement) arc.dataset.edit = markOf.get(arc.dataset.block ?? '')?.arc ?? 'whole';
  }
  for (const option of drawing.querySelectorAll('[role=option]')) {
    if (!(option instanceof SVGElement)) continue;
    const layer = layout.boxes.find((box) => String(box.layer.index) === option.dataset.index)?.layer;
    const mark = layer?.isProjection ? undefined : markOf.get(layer?.block ?? '');
    option.dataset.edit = mark?.boxes ?? 'whole';
  }
  drawing.querySelector('.edits')?.remove();
  if (marks.length > 0) drawing.append(svg('g', { class: 'edits', 'aria-hidden': 'true' }, marks.flatMap((mark) => symbolsOf(layout, mark))));
}

/**
 * @param {MapLayout} layout
 * @param {BlockMark} mark
 */
function symbolsOf({ boxes, arcs, middle }, { block, arc, boxes: edit, arcLabel, label }) {
  const own = boxes.filter(({ layer }) => layer.block === block && !layer.isProjection);
  const branch = own.filter(({ layer }) => layer.role !== 'add');
  const left = Math.min(...own.map(({ x }) => x));
  const right = Math.max(...own.map(({ x, width }) => x + width));
  const bottom = Math.max(...own.map(({ y, height }) => y + height));
  const drawn = arcs.find((one) => one.block === block);
  const symbols = [];
  if (edit === 'cut' && branch.length > 0) {
    const end = Math.max(...branch.map(({ x, width }) => x + width));
    symbols.push(svg('path', { class: 'cut', d: `M${left - 1} ${middle + 9}L${end + 1} ${middle - 9}M${left - 1} ${middle - 9}L${end + 1} ${middle + 9}` }));
  }
  if (arc === 'cut' && drawn) {
    const { x, y } = drawn.apex;
    symbols.push(svg('path', { class: 'cut', d: `M${x - 5} ${y - 5}l10 10M${x - 5} ${y + 5}l10 -10` }));
  }
  if (arcLabel && drawn) {
    // Beside the projection, if there is one.
    const x = drawn.projection ? drawn.projection.x + drawn.projection.width + 14 : drawn.apex.x;
    symbols.push(svg('text', { class: 'factor', x, y: drawn.apex.y + 3.5 }, [arcLabel]));
  }
  if (label) symbols.push(svg('text', { class: 'factor', x: (left + right) / 2, y: bottom + LABEL }, [label]));
  return symbols;
}
