// @ts-check
// Makes figures of what is selected and saves them. Drawings are made offscreen by the engine, so the page's canvases stay as they are
// and need not be composited.

import { saveFile } from '../lib/save-file.js';
import { asError, messageOf } from '../lib/errors.js';
import { percent, times, value } from '../lib/format.js';
import { onLanguage, t } from '../lib/i18n.js';
import { colourStops } from '../lens/colour-stops.js';
import { inputOf } from '../lens/network-input.js';
import { overlaySource } from '../lens/overlay-source.js';
import { saveValues } from '../lens/save-values.js';
import { endingOf } from '../network/ending.js';
import { chainOf, valueNameOf } from '../network/layer-names.js';
import { wordsOfAll } from '../surgery/words.js';
import { endingFigure } from './ending-figure.js';
import { DENSITY, layOutTiles, panelsFigure, sheetFigure } from './figure.js';
import { figureFileName } from './file-name.js';
import { partUrl, pixelsUrl, rasterise, svgUrl } from './raster.js';

/** @import { ChannelChoice, FigureFormat, LensFigure } from '../elements/figure.js' */
/** @import { LensChannel } from '../elements/channel.js' */
/** @import { LensChannels } from '../elements/channels.js' */
/** @import { LensImage } from '../elements/image.js' */
/** @import { LensLayer } from '../elements/layer.js' */
/** @import { LensOverlay } from '../elements/overlay.js' */
/** @import { LensPredictions } from '../elements/predictions.js' */
/** @import { Session } from '../engine/session.js' */
/** @import { Current, Selection } from '../lens/selection.js' */
/** @import { Key } from '../lib/i18n.js' */
/** @import { ScaleBounds } from '../pkg/resnet_lens.js' */
/** @import { ColourScale, Heading } from './figure.js' */
/** @import { SvgDocument } from './svg-document.js' */

/** @typedef {'grid' | 'channel' | 'overlay'} FigureKind */
/** @typedef {{ figure: LensFigure, channel: LensChannel, channels: LensChannels, image: LensImage, layer: LensLayer, overlay: LensOverlay, predictions: LensPredictions }} FigureElements */
/** A finished figure with its file name. @typedef {{ figure: SvgDocument, name: string }} MadeFigure */

/** More tiles with numbers are not legible on a page. */
const MOST_TILES = 256;
const COUNTS = [16, 36, 64, 144];
/** Texts of the channels shown, by their order. @type {Record<Current['sort'], Key>} */
const ORDERS = { mean: 'figure.orderMean', max: 'figure.orderMax', index: 'figure.orderIndex' };
/** Side of the panels' drawings in pixels. */
const PANEL_PIXELS = 688;

/**
 * Adds what the buttons for saving do.
 * @param {Session} session
 * @param {FigureElements} elements
 * @param {{ selection: () => Selection | null, onError: (error: Error) => void }} context
 */
export function addFigures(session, elements, { selection, onError }) {
  const figures = new Figures(session, elements, selection);
  elements.layer.on('save', (kind) => {
    const node = selection()?.current.node;
    if (kind === 'grid') figures.open(kind);
    else if (node) saveValues(session, node).catch((error) => onError(asError(error)));
  });
  elements.channel.on('save', (kind) => figures.open(kind));
  elements.overlay.on('save', (kind) => figures.open(kind));
}

class Figures {
  #session;
  #elements;
  #selection;
  /** @type {FigureKind} */
  #kind = 'grid';
  /** @type {MadeFigure | null} */
  #figure = null;
  /** Number of the latest figure. */
  #made = 0;

  /**
   * @param {Session} session
   * @param {FigureElements} elements
   * @param {() => Selection | null} selection
   */
  constructor(session, elements, selection) {
    this.#session = session;
    this.#elements = elements;
    this.#selection = selection;
    elements.figure.on('channels', (choice) => this.#make(choice));
    elements.figure.on('save', (format) => this.#save(format));
    onLanguage(() => elements.figure.dialog.open && this.open(this.#kind));
  }

  /**
   * Opens the dialog with a figure of the selection.
   * @param {FigureKind} kind
   */
  async open(kind) {
    const selection = this.#selection();
    if (!selection?.answer) return;
    this.#kind = kind;
    this.#elements.figure.begin(kind === 'grid' && !selection.current.ending ? this.#choices(selection.current) : []);
    await this.#make('visible');
  }

  /** @param {ChannelChoice} choice */
  async #make(choice) {
    const made = ++this.#made;
    const selection = this.#selection();
    if (!selection) return;
    this.#figure = null;
    this.#elements.figure.showMessage(t('figure.drawing'));
    try {
      const found = await this.#figureOf(selection, choice);
      if (made !== this.#made) return;
      this.#figure = found;
      const { svg, title, width, height } = found.figure;
      this.#elements.figure.show({ url: svgUrl(svg), title, size: { width: width * DENSITY, height: height * DENSITY } });
    } catch (error) {
      if (made === this.#made) this.#elements.figure.showMessage(t('figure.notDrawn', { reason: messageOf(asError(error)) }));
    }
  }

  /** @param {FigureFormat} format */
  async #save(format) {
    if (!this.#figure) return;
    const { figure, name } = this.#figure;
    try {
      const blob = format === 'svg' ? new Blob([figure.svg], { type: 'image/svg+xml' }) : await rasterise(figure, DENSITY);
      saveFile(blob, `${name}.${format}`);
    } catch (error) {
      this.#elements.figure.showMessage(t('figure.notSaved', { reason: messageOf(asError(error)) }));
    }
  }

  /**
   * @param {Selection} selection
   * @param {ChannelChoice} choice
   * @returns {Promise<MadeFigure>}
   */
  async #figureOf(selection, choice) {
    const { ending, node, cam } = selection.current;
    const { predictions } = this.#elements;
    if (this.#kind !== 'grid') return this.#panels(selection, this.#kind);
    if (!ending) return this.#sheet(selection, choice);
    const figure = await endingFigure({ session: this.#session, selection, ending, predictions, origin: await this.#origin() });
    return { figure, name: figureFileName([await this.#model(), node, ending.kind === 'classifier' ? `logit-${predictions.nameOf(cam).text}` : 'values']) };
  }

  /**
   * @param {Selection} selection
   * @param {ChannelChoice} choice
   * @returns {Promise<MadeFigure>}
   */
  async #sheet({ current }, choice) {
    const { node, colour, order, shape, sort, layer } = current;
    const channels = choice === 'visible' ? this.#visible(current) : order.slice(0, choice);
    const first = order.indexOf(channels[0]);
    const sheet = layOutTiles(channels, [shape[2], shape[3]]);
    const side = sheet.side * DENSITY;
    const tiles = sheet.tiles.map(({ channel, x, y }) => ({ channel, x: x * DENSITY, y: y * DENSITY, width: side, height: side }));
    const heading = await this.#heading(layer, node, [
      t(ORDERS[sort], { first: first + 1, last: first + channels.length, total: order.length }),
      t('figure.valuesEach', { size: times(shape.slice(2)) }),
    ]);
    const pixels = await this.#session.engine.gridPixels({ width: sheet.width * DENSITY, height: sheet.height * DENSITY, node, tiles, colour });
    const scale = this.#scale(pixels.bounds, current, valueNameOf(layer, node));
    const figure = sheetFigure({ heading, scale, image: await pixelsUrl(pixels), sheet });
    return { figure, name: figureFileName([await this.#model(), node, 'channels']) };
  }

  /**
   * @param {Selection} selection
   * @param {'channel' | 'overlay'} kind
   * @returns {Promise<MadeFigure>}
   */
  async #panels(selection, kind) {
    const { current } = selection;
    const { node, channel, shape, layer, cam, colour } = current;
    const input = this.#input();
    const { opacity } = this.#elements.overlay;
    const isGradCam = kind === 'overlay' && current.overlay === 'gradcam';
    const isOfClass = isGradCam || (kind === 'overlay' && current.overlay === 'cam');
    const size = { width: PANEL_PIXELS, height: PANEL_PIXELS };
    const pixels = kind === 'channel'
      ? await this.#session.engine.gridPixels({ ...size, node, colour, tiles: [{ channel, x: 0, y: 0, ...size }] })
      : await this.#session.engine.overlayPixels({ ...size, colour, opacity, ...overlaySource(current) });
    const name = this.#elements.predictions.nameOf(cam).text;
    const probability = selection.answer?.predictions.find(({ index }) => index === cam)?.probability;
    const label = isOfClass
      ? probability === undefined ? t('figure.evidence', { name }) : t('figure.evidenceProbability', { name, probability: percent(probability) })
      : t('channel.of', { value: valueNameOf(layer, node), channel: String(channel) });
    const heading = isOfClass ? await this.#classHeading(selection, name, isGradCam)
      : await this.#heading(layer, node, [t('ending.channelNumber', { channel: String(channel) }), t('figure.values', { size: times(shape.slice(2)) })]);
    const scaleLabel = isGradCam ? t('figure.gradCamScale') : isOfClass ? t('figure.camScale') : valueNameOf(layer, node);
    const scale = this.#scale(pixels.bounds, current, scaleLabel, kind === 'overlay' ? opacity : undefined);
    const figure = panelsFigure({
      heading,
      scale,
      input,
      inputLabel: t('figure.input', { size: times([selection.side, selection.side]) }),
      map: await pixelsUrl(pixels),
      mapLabel: label,
      isOver: kind === 'overlay',
      size: kind === 'channel' ? [shape[2], shape[3]] : null,
      notes: kind === 'channel' ? this.#numbers(selection) : [],
    });
    const view = isOfClass ? [isGradCam ? `grad-cam-${name}` : `class-map-${name}`] : [node, `channel-${channel}${kind === 'overlay' ? '-overlay' : ''}`];
    return { figure, name: figureFileName([await this.#model(), ...view]) };
  }

  /** The part of the image that the network sees, or null if the browser cannot show it. */
  #input() {
    const shown = this.#elements.image.shown;
    if (!shown?.bitmap || !shown.result) return null;
    const { bitmap, crop } = inputOf(shown.bitmap, shown.result);
    return partUrl(bitmap, crop, PANEL_PIXELS);
  }

  /** @param {Selection} selection */
  #numbers(selection) {
    const numbers = selection.numbersOf(selection.current.channel);
    if (!numbers) return [];
    const { min, max, mean, std, zeros } = numbers;
    return [t('figure.statistics', { min: value(min), max: value(max), mean: value(mean), std: value(std), zeros: percent(zeros) })];
  }

  /**
   * @param {Current['layer']} layer
   * @param {string} node
   * @param {string[]} facts
   * @returns {Promise<Heading>}
   */
  async #heading(layer, node, facts) {
    return { title: chainOf(layer), subtitle: [await this.#origin(), [`${valueNameOf(layer, node)} (${node})`, ...facts].join(' · ')] };
  }

  /**
   * @param {Selection} selection
   * @param {string} name of the class
   * @param {boolean} isGradCam
   * @returns {Promise<Heading>}
   */
  async #classHeading({ network, current }, name, isGradCam) {
    const map = isGradCam ? current.gradCam : endingOf(network, network.layers[network.layers.length - 1])?.map;
    const shape = network.nodeOf.get(map ?? '')?.shape ?? [1, 0, 0, 0];
    const values = { number: shape[1], layer: (map && network.find(map)?.name) ?? '', size: times(shape.slice(2)) };
    const source = isGradCam ? t('figure.gradCamSource', values) : t('figure.camSource', values);
    return { title: isGradCam ? t('figure.gradCamTitle', { name }) : t('figure.camTitle', { name }), subtitle: [await this.#origin(), ...map ? [source] : []] };
  }

  /** Model, image and the edits of the network. */
  async #origin() {
    const edits = this.#selection()?.edits ?? [];
    const edited = edits.length > 0 ? t('surgery.figure', { edits: wordsOfAll(edits) }) : '';
    return [await this.#model(), this.#elements.image.shown?.name, edited].filter(Boolean).join(' · ');
  }

  async #model() {
    return (await this.#session.engine.model())?.name ?? '';
  }

  /**
   * @param {ScaleBounds | undefined} bounds
   * @param {Current} current
   * @param {string} label
   * @param {number} [fades]
   * @returns {ColourScale}
   */
  #scale(bounds, { colour: { colormap, gamma } }, label, fades) {
    const known = bounds ?? { low: null, high: null, signed: false };
    const table = this.#elements.layer.legend.colormaps.get(known.signed ? 'diverging' : colormap) ?? [];
    const powered = gamma === 1 ? label : t('figure.gamma', { label, gamma: value(gamma) });
    return { bounds: known, stops: colourStops(table, { gamma, signed: known.signed }), label: powered, fades };
  }

  /** @param {Current} current */
  #visible({ order }) {
    const tiles = this.#elements.channels.request?.tiles ?? [];
    return (tiles.length > 0 ? tiles.map(({ channel }) => channel) : order).slice(0, MOST_TILES);
  }

  /**
   * @param {Current} current
   * @returns {{ value: ChannelChoice, text: string }[]}
   */
  #choices(current) {
    const { length } = current.order;
    const visible = this.#visible(current).length;
    const counts = COUNTS.filter((count) => count < length).map((count) => ({ value: count, text: t('figure.first', { number: count }) }));
    const all = length <= MOST_TILES ? { value: length, text: t('figure.all', { number: length }) } : { value: MOST_TILES, text: t('figure.first', { number: MOST_TILES }) };
    return [{ value: 'visible', text: t('figure.visible', { number: visible }) }, ...counts, all];
  }
}
