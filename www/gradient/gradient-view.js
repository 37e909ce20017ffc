// @ts-check
// Measures gradients for the panel while it is open: one call of the engine at a time, and always for the result, the class and the layer
// that are wanted then.

import { onViewStateChange, readViewState, writeViewState } from '../app/view-state.js';
import { asError, messageOf } from '../lib/errors.js';
import { percent, times, value } from '../lib/format.js';
import { onLanguage, t } from '../lib/i18n.js';
import { residualBlocks } from '../surgery/blocks.js';
import { areAllShortcutsOff, withAllShortcuts } from '../surgery/change.js';
import { formatEdit } from '../surgery/edits.js';
import { factorOf, layerGradients } from './layer-gradients.js';
import { saliencyOf } from './saliency.js';

/** @import { PageElements } from '../app/elements.js' */
/** @import { Choice, ShownMap } from '../elements/gradient.js' */
/** @import { Session } from '../engine/session.js' */
/** @import { Lens } from '../lens/lens.js' */
/** @import { Answer, Selection } from '../lens/selection.js' */
/** @import { FeatureMap, GradientNorm } from '../pkg/resnet_lens.js' */
/** @import { Curve, LayerGradient } from './layer-gradients.js' */

/** @typedef {{ norms: GradientNorm[], without: GradientNorm[], cam: FeatureMap, saliency: FeatureMap }} Values */
/**
 * One of the measured values, and what it depends on.
 * @template {keyof Values} [Name=keyof Values]
 * @typedef {{ name: Name, key: string, measure: () => Promise<Values[Name]> }} Part
 */
/** A measured part; `failure`: why there is none. @typedef {{ key: string, value: any, failure: string }} Measured */

/** The engine's name of the preprocessed image. */
const INPUT = 'input';
/** The device is lost or the engine restarts: the result is shown, and measured, again. */
const INTERRUPTIONS = new Set(['AbortError', 'DeviceLost']);

export class GradientView {
  #view;
  #session;
  #lens;
  /** @type {Selection | null} */
  #selection = null;
  /** The latest result and its number, which names it in keys. @type {{ answer: Answer | null, number: number }} */
  #latest = { answer: null, number: 0 };
  /** The layer chosen for Grad-CAM. @type {string | null} */
  #layer = null;
  /** @type {Map<keyof Values, Measured>} */
  #measured = new Map();
  #measuring = false;
  /** The rows shown and what they were made from. @type {{ of: unknown[], rows: LayerGradient[] }} */
  #rows = { of: [], rows: [] };

  /**
   * @param {Pick<PageElements, 'compare' | 'gradient' | 'predictions'>} view
   * @param {{ session: Session, lens: Lens }} parts
   */
  constructor(view, { session, lens }) {
    this.#view = view;
    this.#session = session;
    this.#lens = lens;
    lens.on('selection', (selection) => {
      if (selection.network !== this.#selection?.network) this.#measured = new Map();
      this.#selection = selection;
      this.#update();
    });
    view.gradient.on('open', (open) => {
      writeViewState({ gradient: open ? '1' : '0' });
      this.#follow();
    });
    view.gradient.on('class', (chosen) => {
      const best = this.#selection?.answer?.predictions[0]?.index;
      lens.navigation.setOfLayer({ class: Number(chosen) === best ? null : Number(chosen) });
    });
    view.gradient.on('layer', (node) => {
      this.#layer = node;
      this.#update();
    });
    view.gradient.on('choose', (node) => lens.navigation.toNode(node));
    onViewStateChange(() => this.#follow());
    onLanguage(() => {
      this.#rows = { of: [], rows: [] };
      this.#show();
    });
    this.#follow();
  }

  /** Opens or closes the panel as the URL says. */
  #follow() {
    const open = readViewState().gradient === '1';
    if (open === this.#view.gradient.open) return;
    this.#view.gradient.open = open;
    this.#update();
  }

  #update() {
    if (!this.#view.gradient.open || !this.#selection) return;
    this.#show();
    if (!this.#measuring) this.#measure();
  }

  /** Measures what is missing, one part after the other, until nothing is. */
  async #measure() {
    this.#measuring = true;
    for (let part = this.#missing(); part; part = this.#missing()) {
      const { name, key } = part;
      // That of another network is dropped.
      const measured = this.#measured;
      try {
        measured.set(name, { key, value: await part.measure(), failure: '' });
      } catch (caught) {
        const error = asError(caught);
        if (INTERRUPTIONS.has(error.name)) break;
        measured.set(name, { key, value: null, failure: messageOf(error) });
      }
      this.#show();
    }
    this.#measuring = false;
    this.#show();
  }

  /**
   * The first part that is not measured for the present view; null while nothing is to be measured.
   * @returns {Part | null}
   */
  #missing() {
    const selection = this.#selection;
    if (!this.#view.gradient.open || !selection?.answer || !selection.isRead || this.#lens.live) return null;
    return this.#parts(selection).find(({ name, key }) => this.#measured.get(name)?.key !== key) ?? null;
  }

  /**
   * What the panel shows of a result.
   * @param {Selection} selection
   * @returns {Part[]}
   */
  #parts({ answer, current: { cam }, edits, network }) {
    const { engine } = this.#session;
    if (answer !== this.#latest.answer) this.#latest = { answer, number: this.#latest.number + 1 };
    // Edits have a result of their own.
    const key = `${this.#latest.number} ${cam}`;
    const names = residualBlocks(network).map(({ name }) => name);
    const layer = this.#chosenLayer;
    /** @type {Part[]} */
    const parts = [{ name: 'norms', key, measure: () => engine.gradientNorms(cam, edits.map(formatEdit)) }];
    if (names.length > 0 && !areAllShortcutsOff(edits, names)) {
      parts.push({ name: 'without', key, measure: () => engine.gradientNorms(cam, withAllShortcuts(edits, names, true).map(formatEdit)) });
    }
    if (layer) parts.push({ name: 'cam', key: `${key} ${layer}`, measure: () => engine.gradCam(cam, layer) });
    const logits = network.nodes[network.nodes.length - 1].name;
    parts.push({ name: 'saliency', key, measure: async () => saliencyOf(await engine.gradient(logits, cam, INPUT)) });
    return parts;
  }

  /** The outputs of the residual blocks. @returns {Choice[]} */
  get #layers() {
    const network = this.#selection?.network;
    return network ? residualBlocks(network).flatMap(({ add }) => (add ? [{ value: add.shown, text: add.name }] : [])) : [];
  }

  get #chosenLayer() {
    const layers = this.#layers;
    return (layers.find((one) => one.value === this.#layer) ?? layers.at(-1))?.value ?? null;
  }

  #show() {
    const selection = this.#selection;
    const { gradient, compare } = this.#view;
    if (!gradient.open || !selection) return;
    if (this.#lens.live) {
      // Frames come and go: nothing but the message changes.
      gradient.showMessage(t('gradient.live'), true);
      return;
    }
    const parts = selection.answer ? this.#parts(selection) : [];
    /** @type {LayerGradient[]} */
    const rows = this.#rowsOf(selection, parts);
    const curves = curvesOf(rows);
    gradient.show({
      classes: this.#classes(selection),
      chosenClass: String(selection.current.cam),
      layers: this.#layers,
      chosenLayer: this.#chosenLayer ?? '',
      message: this.#message(parts),
      outdated: parts.some(({ name, key }) => this.#measured.get(name)?.key !== key),
      rows,
      curves,
      sentence: sentenceOf(rows, curves),
      selected: rows.find(({ layer }) => selection.network.find(layer) === selection.current.layer) ?? null,
      maps: this.#maps(parts),
      colour: selection.current.colour,
      colormaps: compare.colormaps,
    });
  }

  /**
   * The same rows as before unless they were measured again.
   * @param {Selection} selection
   * @param {Part[]} parts
   */
  #rowsOf({ network }, parts) {
    const [norms, without] = /** @type {const} */ (['norms', 'without']).map((name) => (parts.some((part) => part.name === name) ? this.#measured.get(name)?.value : null) ?? null);
    const of = [network, norms, without];
    // Both curves belong to one result: while the second is measured, the earlier ones stay.
    const isWhole = parts.every(({ name, key }) => !['norms', 'without'].includes(name) || this.#measured.get(name)?.key === key);
    const isSame = of.every((one, i) => one === this.#rows.of[i]);
    const isFirst = this.#rows.rows.length === 0;
    if (!isSame && (isWhole || isFirst || this.#rows.of[0] !== network)) this.#rows = { of, rows: norms ? layerGradients(network, norms, without ?? []) : [] };
    return this.#rows.rows;
  }

  /**
   * The most probable classes and the chosen one.
   * @param {Selection} selection
   * @returns {Choice[]}
   */
  #classes({ answer, current: { cam } }) {
    const nameOf = (/** @type {number} */ index) => this.#view.predictions.nameOf(index).text;
    const predictions = answer?.predictions ?? [];
    const choices = predictions.map(({ index, probability }) => ({ value: String(index), text: `${nameOf(index)}, ${percent(probability)}` }));
    if (predictions.length > 0 && !predictions.some(({ index }) => index === cam)) choices.push({ value: String(cam), text: nameOf(cam) });
    return choices;
  }

  /** @param {Part[]} parts */
  #message(parts) {
    if (parts.length === 0) return t('gradient.noValues');
    const failed = parts.map(({ name, key }) => this.#measured.get(name)?.key === key && this.#measured.get(name)?.failure).find(Boolean);
    if (failed) return t('gradient.failed', { reason: failed });
    return parts.some(({ name, key }) => this.#measured.get(name)?.key !== key) ? t('gradient.measuring') : '';
  }

  /**
   * @param {Part[]} parts
   * @returns {ShownMap[]}
   */
  #maps(parts) {
    const isWanted = (/** @type {keyof Values} */ name) => parts.some((part) => part.name === name);
    const found = (/** @type {keyof Values} */ name) => (isWanted(name) ? this.#measured.get(name)?.value : null) ?? null;
    const [cam, saliency] = [found('cam'), found('saliency')];
    const layer = this.#layers.find((one) => one.value === this.#chosenLayer)?.text ?? '';
    return [
      ...cam ? [{ title: t('gradient.cam'), note: `${layer}, ${sizeOf(cam)}`, map: cam }] : [],
      ...saliency ? [{ title: t('gradient.saliency'), note: `${t('gradient.saliencyOf')}, ${sizeOf(saliency)}`, map: saliency }] : [],
    ];
  }
}

/** @param {FeatureMap} map */
const sizeOf = ({ shape }) => times(shape.slice(2)).replaceAll(' ', '\u00a0');

/**
 * The curves with points.
 * @param {LayerGradient[]} rows
 */
const curvesOf = (rows) => /** @type {Curve[]} */ (['gradient', 'without']).filter((curve) => rows.some((row) => row[curve] !== null));

/**
 * What the curves show in one sentence; empty if they have no first and last convolution.
 * @param {LayerGradient[]} rows
 * @param {Curve[]} curves
 */
function sentenceOf(rows, curves) {
  const [own, without] = /** @type {Curve[]} */ (['gradient', 'without']).map((curve) => (curves.includes(curve) ? factorOf(rows, curve) : null));
  if (!own) return '';
  const { first, last } = own;
  const now = value(own.factor);
  return without ? t('gradient.factors', { first, last, now, without: value(without.factor) }) : t('gradient.factor', { first, last, now });
}
