// @ts-check
// Updates the lens's elements to a selection, as far as this needs no call of the engine.

import { percent, value } from '../lib/format.js';
import { t } from '../lib/i18n.js';
import { setIfChanged } from '../lib/set-if-changed.js';
import { chainOf, valueNameOf } from '../network/layer-names.js';
import { layerNoteOf } from '../network/layer-note.js';

/** @import { LensElements } from './lens.js' */
/** @import { Selection } from './selection.js' */

/**
 * @param {LensElements} elements
 * @param {Selection} selection
 */
export function showSelection(elements, selection) {
  const { current, network, answer } = selection;
  const { channel, channels, compare, image, layer, map, overlay, predictions, presentation, strip, table } = elements;
  const seen = Boolean(answer);
  map.mark(current.layer);
  table.mark(current.node);
  setIfChanged(document, { title: `${chainOf(current.layer)} · ResNet Lens` });
  setIfChanged(map.canvas, { hidden: !seen });
  strip.showPlan(current.plan);
  strip.canMeasure = seen;
  layer.show(current.layer, network.nodeOf.get(current.node) ?? current.layer.nodes[0], network.depth);
  layer.showSettings(current);
  layer.canSave = seen;
  layer.showNote(layerNoteOf(network, current.layer));
  layer.showComparisons(offeredComparisons(current, compare, seen), current.compare);
  const isComparing = current.compare !== 'none';
  setIfChanged(/** @type {HTMLElement} */ (channels), { hidden: isComparing || (seen && current.ending !== null) });
  setIfChanged(/** @type {HTMLElement} */ (compare), { hidden: !isComparing });
  layer.classList.toggle('comparing', isComparing);
  channels.show({ shape: current.shape, order: current.order, describe: (index) => describeChannel(selection, index, (one) => predictions.nameOf(one)) });
  channels.showMessage(seen ? '' : t('layer.noImage'));
  channels.mark(current.channel);
  channel.show(seen ? current.channel : null, current.shape);
  channel.hasFilters = seen && current.filters !== null;
  const numbers = seen ? selection.numbersOf(current.channel) : null;
  channel.showStatistics(numbers && { ...numbers, rank: current.order.indexOf(current.channel) + 1, count: current.order.length });
  if (!numbers) channel.showHistogram(null);
  const channelName = describePresented(selection, (index) => predictions.nameOf(index));
  presentation.show({ layer: chainOf(current.layer), channel: channelName, best: predictions.best });
  setIfChanged(/** @type {HTMLElement} */ (overlay), { hidden: !seen });
  showOverlay(elements, selection);
  setIfChanged(image.overlay, { hidden: !seen || current.overlay === 'none' });
}

/**
 * @param {Pick<LensElements, 'overlay' | 'predictions'>} elements
 * @param {Selection} selection
 */
function showOverlay({ overlay, predictions }, { current, network }) {
  const { cam, channel, gradCam, layer, node } = current;
  const isOfClass = current.overlay === 'cam' || current.overlay === 'gradcam';
  predictions.mark(isOfClass ? cam : null);
  if (current.overlay === 'cam') overlay.show('cam', t('overlay.evidence'), predictions.nameOf(cam));
  else if (current.overlay !== 'gradcam') overlay.show(current.overlay, t('channel.of', { value: valueNameOf(layer, node), channel: String(channel) }));
  else if (!gradCam) overlay.show('gradcam', t('overlay.gradCamNone'));
  else overlay.show('gradcam', t('overlay.gradCam', { layer: valueNameOf(network.find(gradCam) ?? layer, gradCam) }), predictions.nameOf(cam));
}

/**
 * The comparisons that are possible in this view. The network without its edits is offered where it has any.
 * @param {Selection['current']} current
 * @param {LensElements['compare']} compare
 * @param {boolean} seen an image was classified
 */
function offeredComparisons({ residual, edit }, { offersImages }, seen) {
  /** @type {Selection['current']['compare'][]} */
  const offered = [];
  if (residual) offered.push('sum');
  if (offersImages) offered.push('images');
  if (edit) offered.push('intact');
  if (seen) offered.push('model');
  return offered;
}

/**
 * The value and the channel that are shown, without statistics.
 * @param {Selection} selection
 * @param {(index: number) => { text: string }} nameOfClass
 */
function describePresented({ current: { layer, node, channel } }, nameOfClass) {
  if (layer.role === 'linear') return t('channel.class', { index: String(channel), name: nameOfClass(channel).text });
  const name = t('channel.numbered', { channel: String(channel) });
  return node === layer.shown ? name : `${name} · ${valueNameOf(layer, node)}`;
}

/**
 * A channel and its statistics as text.
 * @param {Selection} selection
 * @param {number} channel
 * @param {(index: number) => { text: string }} nameOfClass
 */
export function describeChannel(selection, channel, nameOfClass) {
  const numbers = selection.numbersOf(channel);
  if (selection.current.layer.role === 'linear') {
    const name = t('channel.classNamed', { index: String(channel), name: nameOfClass(channel).text });
    return numbers ? t('channel.logit', { name, logit: value(numbers.mean) }) : name;
  }
  const name = t('channel.numbered', { channel: String(channel) });
  if (!numbers) return name;
  return t('channel.summary', { name, mean: value(numbers.mean), max: value(numbers.max), zeros: percent(numbers.zeros) });
}
