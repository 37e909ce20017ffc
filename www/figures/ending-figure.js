// @ts-check
// Makes the figure of the network's end from the engine's values.

import { percent, times, value } from '../lib/format.js';
import { t } from '../lib/i18n.js';
import { logitSum, rankClasses, summand } from '../lens/logit-sum.js';
import { TILE, barsFigure } from './bars-figure.js';
import { DENSITY } from './figure.js';
import { pixelsUrl } from './raster.js';

/** @import { LensPredictions } from '../elements/predictions.js' */
/** @import { Session } from '../engine/session.js' */
/** @import { Selection } from '../lens/selection.js' */
/** @import { Ending } from '../network/ending.js' */
/** @import { BarRow } from './bars-figure.js' */

/** Classes or channels in a figure. */
const MOST_ROWS = 15;

/**
 * @param {{ session: Session, selection: Selection, ending: Ending, predictions: LensPredictions, origin: string }} sources
 */
export async function endingFigure({ session, selection, ending, predictions, origin }) {
  const { network, current: { node, cam, layer } } = selection;
  const shape = network.nodeOf.get(ending.map)?.shape ?? [1, 1, 1, 1];
  const { channels: { mean: values } } = await session.engine.statistics(node);
  const pooled = { size: times(shape.slice(2)), layer: ending.mapLayer.name };
  const maps = (/** @type {number[]} */ channels) => drawTiles(session, selection, ending.map, channels);
  if (ending.kind === 'pool') {
    const channels = Array.from(values, (_, channel) => channel).sort((a, b) => values[b] - values[a]).slice(0, 2 * MOST_ROWS);
    const rows = channels.map((channel) => ({ label: t('ending.channelNumber', { channel: String(channel) }), numbers: [value(values[channel])], share: values[channel] / values[channels[0]] }));
    const columns = [rows.slice(0, MOST_ROWS), rows.slice(MOST_ROWS)].map(async (part, i) => ({
      title: t('figure.byValue', { first: i * MOST_ROWS + 1, last: i * MOST_ROWS + part.length }), units: [t('figure.value')], rows: part, mapped: part.length,
      maps: await maps(channels.slice(i * MOST_ROWS, i * MOST_ROWS + part.length)),
    }));
    const heading = { title: layer.name, subtitle: [origin, t('figure.pooled', { ...pooled, number: values.length })] };
    return barsFigure({ heading, columns: await Promise.all(columns.filter((_, i) => rows.length > i * MOST_ROWS)) });
  }
  const contributions = await session.engine.classContributions(cam);
  const name = predictions.nameOf(cam).text;
  const { lines, logit } = logitSum(contributions);
  const channels = lines.flatMap(({ term }) => (term ? [term.channel] : []));
  const most = Math.max(...lines.map(({ product }) => Math.abs(product)));
  const terms = lines.map(({ term, label, product }) => ({
    label, numbers: term ? [value(term.weight), `× ${value(term.value)}`, summand(product)] : ['', '', summand(product)], share: product / most,
  }));
  /** @type {BarRow[]} */
  const classes = rankClasses(values, cam).slice(0, MOST_ROWS).map(({ index, logit: found, probability }) => ({
    label: predictions.nameOf(index).text, numbers: [value(found), percent(probability)], share: probability,
  }));
  return barsFigure({
    heading: { title: t('figure.logitOf', { name }), subtitle: [origin, t('figure.formula', { ...pooled, number: contributions.count })] },
    columns: [
      { title: t('ending.ranking'), units: [t('ending.logit'), t('ending.softmax')], rows: classes },
      {
        title: t('figure.termsOf', { name }), units: [t('figure.weight'), t('ending.value'), t('figure.term')], rows: terms,
        total: { label: t('ending.total'), number: summand(logit).replace('+', '') }, maps: await maps(channels), mapped: channels.length,
      },
    ],
  });
}

/**
 * Tiles of these channels below each other.
 * @param {Session} session
 * @param {Selection} selection
 * @param {string} node
 * @param {number[]} channels
 */
async function drawTiles(session, { current: { colour } }, node, channels) {
  const [side, pitch] = [TILE.side * DENSITY, TILE.pitch * DENSITY];
  const tiles = channels.map((channel, i) => ({ channel, x: 0, y: i * pitch, width: side, height: side }));
  return pixelsUrl(await session.engine.gridPixels({ width: side, height: Math.max(1, channels.length) * pitch, node, tiles, colour, legend: false }));
}
