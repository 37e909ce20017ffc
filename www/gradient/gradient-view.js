// @ts-check
// Connects the panel of gradients with the result in view: what is measured for it while the panel is open, and what is shown.

import { onViewStateChange, readViewState, writeViewState } from '../app/view-state.js';
import { percent, value } from '../lib/format.js';
import { onLanguage, t } from '../lib/i18n.js';
import { residualBlocks } from '../surgery/blocks.js';
import { areAllShortcutsOff, withAllShortcuts } from '../surgery/change.js';
import { AttributionView } from './attribution-view.js';
import { DeletionView } from './deletion-view.js';
import { factorOf, layerGradients } from './layer-gradients.js';
import { Measurements } from './measurements.js';
import { Subjects, textsOf } from './subject.js';

/** @import { PageElements } from '../app/elements.js' */
/** @import { Session } from '../engine/session.js' */
/** @import { Lens } from '../lens/lens.js' */
/** @import { Selection } from '../lens/selection.js' */
/** @import { GradientNorm } from '../pkg/resnet_lens.js' */
/** @import { Curve, LayerGradient } from './layer-gradients.js' */
/** @import { Part } from './measurements.js' */
/** @import { Choice, Subject } from './subject.js' */

/** Names of the parts that the curves are made of. */
const CURVES = ['norms', 'without'];

export class GradientView {
  #view;
  #session;
  #lens;
  /** @type {Selection | null} */
  #selection = null;
  #subjects = new Subjects();
  #measurements = new Measurements({ wanted: () => this.#wanted(), changed: () => this.#show() });
  #attribution;
  #deletion;
  /** The rows shown and what they were made from. @type {{ of: unknown[], rows: LayerGradient[] }} */
  #rows = { of: [], rows: [] };

  /**
   * @param {Pick<PageElements, 'attribution' | 'compare' | 'deletion' | 'gradient' | 'predictions'>} view
   * @param {{ session: Session, lens: Lens }} parts
   */
  constructor(view, { session, lens }) {
    this.#view = view;
    this.#session = session;
    this.#lens = lens;
    const parts = { session, measurements: this.#measurements, changed: () => this.#update() };
    this.#attribution = new AttributionView(view.attribution, parts);
    this.#deletion = new DeletionView(view.deletion, parts);
    lens.on('selection', (selection) => {
      if (selection.network !== this.#selection?.network) this.#measurements.forget();
      this.#selection = selection;
      this.#update();
    });
    // Another image, model or edit does not wait for what it makes outdated.
    session.on('replacing', () => {
      for (const requested of [this.#attribution, this.#deletion]) requested.cancel();
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
    this.#show();
    this.#measurements.update();
  }

  /** The check of the maps in view; null if there is none. */
  get checked() {
    const subject = this.#view.gradient.open && this.#selection ? this.#subjects.of(this.#selection) : null;
    return subject && this.#attribution.checked(subject);
  }

  /** What is measured for the present view, in this order; nothing while the panel is closed. */
  #wanted() {
    const selection = this.#selection;
    if (!this.#view.gradient.open || !selection?.isRead || this.#lens.live) return [];
    const subject = this.#subjects.of(selection);
    return subject ? [...this.#curveParts(subject), ...this.#attribution.parts(subject), ...this.#deletion.parts(subject, this.#attribution.measured(subject))] : [];
  }

  /**
   * The norms of the network and those without shortcuts.
   * @param {Subject} subject
   * @returns {Part<GradientNorm[]>[]}
   */
  #curveParts({ key, index, edits, network }) {
    const { engine } = this.#session;
    const names = residualBlocks(network).map(({ name }) => name);
    const [norms, without] = CURVES;
    const own = { name: norms, key, measure: () => engine.gradientNorms(index, textsOf(edits)) };
    if (names.length === 0 || areAllShortcutsOff(edits, names)) return [own];
    return [own, { name: without, key, measure: () => engine.gradientNorms(index, textsOf(withAllShortcuts(edits, names, true))) }];
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
    const subject = this.#subjects.of(selection);
    const curveParts = subject ? this.#curveParts(subject) : [];
    const parts = subject ? [...curveParts, ...this.#attribution.basicParts(subject)] : [];
    const rows = this.#rowsOf(selection, curveParts);
    const curves = curvesOf(rows);
    const { network, current: { cam, layer, colour } } = selection;
    gradient.show({
      classes: this.#classes(selection),
      chosenClass: String(cam),
      message: this.#message(parts),
      empty: parts.every(({ name }) => !this.#measurements.latest(name)),
      outdated: parts.some((part) => !this.#measurements.isCurrent(part)),
      rows,
      curves,
      sentence: sentenceOf(rows, curves),
      selected: rows.find((row) => network.find(row.layer) === layer) ?? null,
    });
    this.#attribution.show(subject, network, { colour, colormaps: compare.colormaps });
    this.#deletion.show(subject, subject ? this.#attribution.measured(subject) : [], this.#view.predictions.nameOf(cam).text);
  }

  /**
   * The same rows as before unless they were measured again.
   * @param {Selection} selection
   * @param {Part[]} parts of the curves
   */
  #rowsOf({ network }, parts) {
    const [norms, without] = CURVES.map((name) => (parts.some((part) => part.name === name) ? this.#measurements.latest(name) : null));
    const of = [network, norms, without];
    // Both curves belong to one result: while the second is measured, the earlier ones stay.
    const isWhole = parts.every((part) => this.#measurements.isCurrent(part));
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
    const failed = parts.map((part) => this.#measurements.failureOf(part)).find(Boolean);
    if (failed) return t('gradient.failed', { reason: failed });
    return parts.some((part) => !this.#measurements.isCurrent(part)) ? t('gradient.measuring') : '';
  }
}

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
