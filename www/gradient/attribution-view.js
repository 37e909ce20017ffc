// @ts-check
// The maps of what the logit depends on, and the check that they depend on the weights: what is wanted of them, and what is shown.

import { onViewStateChange, readViewState, writeViewState } from '../app/view-state.js';
import { correlation, percent, times, value } from '../lib/format.js';
import { t } from '../lib/i18n.js';
import { agreementsOf, attributionParts, inOrder } from './attribution-parts.js';
import { SEEDS, keepsValues, randomisationStops, verdictOf } from './randomised-layers.js';
import { chanceDeviation } from './rank-correlation.js';
import { blockOutputs } from './subject.js';

/** @import { LensAttribution, ShownColour, ShownMethod, ShownRandom } from '../elements/attribution.js' */
/** @import { Session } from '../engine/session.js' */
/** @import { Network } from '../network/network.js' */
/** @import { FeatureMap, IntegratedGradients } from '../pkg/resnet_lens.js' */
/** @import { Attribution, Method, MethodParts, Randomised } from './attribution-parts.js' */
/** @import { Measurements, Part } from './measurements.js' */
/** @import { Stop } from './randomised-layers.js' */
/** @import { Subject } from './subject.js' */

/** @typedef {{ mean: number | null, cells: number }} MethodCheck */
/**
 * The check of the maps that are always measured. `methods`: null until all are measured; `failed`: one of them cannot be measured.
 * @typedef {{ node: string | null, layer: string, failed: boolean, methods: { cam: MethodCheck, saliency: MethodCheck } | null }} Check
 */

/** Maps of fewer cells have a rank correlation that chance affects. */
const FEW = 100;

export class AttributionView {
  #view;
  #parts;
  /** The layer chosen for Grad-CAM. @type {string | null} */
  #layer = null;
  /** The network of the stops. @type {Network | null} */
  #network = null;
  /** @type {Stop[]} */
  #stops = [];
  /** The first random node, which the network in use may lack. */
  #node = readViewState().randomise;
  /** Key of the subject for which Integrated Gradients are requested. @type {string | null} */
  #requested = null;
  /** Key of the randomised part that the user has cancelled. @type {string | null} */
  #declined = null;
  /** @type {Subject | null} */
  #subject = null;

  /**
   * @param {LensAttribution} view
   * @param {{ session: Session, measurements: Measurements, changed: () => void }} parts `changed`: called when other parts are wanted
   */
  constructor(view, parts) {
    this.#view = view;
    this.#parts = parts;
    const change = (/** @type {() => void} */ act) => {
      act();
      parts.changed();
    };
    view.on('layer', (node) => change(() => { this.#layer = node; }));
    view.on('stop', (stop) => change(() => {
      this.#node = this.#stops[stop].node;
      writeViewState({ randomise: this.#node });
    }));
    view.on('measure', () => change(() => {
      this.#requested = this.#subject?.key ?? null;
      this.#declined = null;
      parts.measurements.retry();
    }));
    view.on('cancel', () => change(() => this.cancel()));
    onViewStateChange(() => {
      const { randomise } = readViewState();
      if (randomise !== this.#node) change(() => { this.#node = randomise; });
    });
  }

  /** Ends what takes long and has been requested. */
  cancel() {
    const integrated = this.#subject && this.#methods(this.#subject).find(({ method }) => method === 'integrated');
    if (!integrated?.intact) return;
    const { measurements } = this.#parts;
    if (!measurements.isCurrent(integrated.intact)) this.#requested = null;
    else if (!integrated.random.every((part) => measurements.isCurrent(part))) this.#declined = integrated.random[0].key;
  }

  /**
   * What is to be measured, in this order.
   * @param {Subject} subject
   */
  parts(subject) {
    this.#subject = subject;
    return inOrder(this.#methods(subject)).filter(({ key }) => key !== this.#declined);
  }

  /** The maps that are always measured. @param {Subject} subject */
  basicParts(subject) {
    return this.#methods(subject).flatMap(({ method, intact }) => (intact && method !== 'integrated' ? [intact] : []));
  }

  /**
   * The maps that are measured, by method.
   * @param {Subject} subject
   * @returns {{ method: Method, key: string, title: string, map: FeatureMap }[]}
   */
  measured(subject) {
    return this.#methods(subject).flatMap(({ method, intact }) => {
      const found = /** @type {Attribution | null} */ (this.#parts.measurements.valueOf(intact));
      return intact && found ? [{ method, key: intact.key, title: titleOf(method), map: found.map }] : [];
    });
  }

  /**
   * What the check says; null if there is nothing to check.
   * @param {Subject} subject
   * @returns {Check | null}
   */
  checked(subject) {
    const [cam, saliency] = this.#methods(subject);
    if (!cam.intact || cam.random.length === 0) return null;
    const { measurements } = this.#parts;
    const checkOf = (/** @type {MethodParts} */ { random, intact }) => ({ ...agreementsOf(random, measurements), cells: measurements.valueOf(intact)?.map.data.length ?? 0 });
    const methods = { cam: checkOf(cam), saliency: checkOf(saliency) };
    return {
      node: this.#stopOf(subject).node,
      layer: this.#layerOf(subject.network) ?? '',
      failed: [cam, saliency].some(({ intact, random }) => [intact, ...random].some((part) => measurements.failureOf(part))),
      methods: methods.cam.isWhole && methods.saliency.isWhole ? methods : null,
    };
  }

  /**
   * @param {Subject | null} subject null: there is no result
   * @param {Network} network
   * @param {ShownColour} colour
   */
  show(subject, network, colour) {
    const stops = this.#stopsOf(network);
    const layers = blockOutputs(network);
    // Without trained weights there is nothing to compare with.
    const isRandomised = subject?.edits.some(({ kind }) => kind === 'randomise') ?? false;
    this.#view.show({
      layers,
      chosenLayer: this.#layerOf(network) ?? '',
      stops: isRandomised ? 1 : stops.length,
      stop: isRandomised ? 0 : this.#stop,
      stopTexts: stops.map((stop) => stopText(stop, stops)),
      hint: isRandomised ? t('attribution.edited') : '',
      methods: subject ? this.#methods(subject).map((parts) => this.#shown(parts, subject)) : [],
      colour,
    });
  }

  /** @param {Subject} subject */
  #methods(subject) {
    const { network, key } = subject;
    return attributionParts(subject, { layer: this.#layerOf(network), stop: this.#stopOf(subject), integrated: this.#requested === key }, this.#parts);
  }

  /** @param {Network} network */
  #stopsOf(network) {
    if (network !== this.#network) {
      this.#network = network;
      this.#stops = randomisationStops(network);
    }
    return this.#stops;
  }

  /** Index of the chosen stop of the network in use. */
  get #stop() {
    return Math.max(0, this.#stops.findIndex(({ node }) => node === this.#node));
  }

  /** @param {Subject} subject */
  #stopOf({ network, edits }) {
    return this.#stopsOf(network)[edits.some(({ kind }) => kind === 'randomise') ? 0 : this.#stop];
  }

  /** @param {Network} network */
  #layerOf(network) {
    const layers = blockOutputs(network);
    return (layers.find((one) => one.value === this.#layer) ?? layers.at(-1))?.value ?? null;
  }

  /**
   * @param {MethodParts} parts
   * @param {Subject} subject
   * @returns {ShownMethod}
   */
  #shown({ method, intact, random }, { network }) {
    const { measurements } = this.#parts;
    const latest = /** @type {Attribution | null} */ (method === 'cam' && !intact ? null : measurements.latest(method));
    const isCurrent = intact !== null && measurements.isCurrent(intact);
    const failure = measurements.failureOf(intact);
    return {
      name: method,
      title: t('attribution.trained'),
      note: latest ? `${this.#sourceOf(method, network)}, ${sizeOf(latest.map)}` : '',
      map: latest?.map ?? null,
      signed: method === 'integrated',
      outdated: !isCurrent,
      text: failure ? t('gradient.failed', { reason: failure }) : this.#textOf(method, latest, isCurrent),
      random: random.length > 0 ? this.#shownRandom(method, random, network) : null,
      ...this.#actionOf(method, intact, random),
    };
  }

  /**
   * What can be requested or cancelled.
   * @param {Method} method
   * @param {Part | null} intact
   * @param {Part[]} random
   * @returns {Pick<ShownMethod, 'action' | 'progress'>}
   */
  #actionOf(method, intact, random) {
    if (method !== 'integrated') return { action: null, progress: null };
    const { measurements } = this.#parts;
    const missing = [intact, ...random].find((part) => !part || !measurements.isCurrent(part));
    if (missing === undefined) return { action: [intact, ...random].some((part) => measurements.failureOf(part)) ? 'measure' : null, progress: null };
    if (!missing) return { action: 'measure', progress: null };
    if (missing.key === this.#declined) return { action: 'measureRandom', progress: null };
    return { action: 'cancel', progress: measurements.progressOf(missing) ?? { done: 0, total: 0 } };
  }

  /**
   * @param {Method} method
   * @param {Network} network
   */
  #sourceOf(method, network) {
    if (method !== 'cam') return t('gradient.saliencyOf');
    return blockOutputs(network).find((one) => one.value === this.#layerOf(network))?.text ?? '';
  }

  /**
   * @param {Method} method
   * @param {Attribution | null} latest
   * @param {boolean} isCurrent
   */
  #textOf(method, latest, isCurrent) {
    if (method !== 'integrated' || !latest?.numbers) return '';
    return isCurrent ? completeness(latest.numbers) : t('attribution.outdated');
  }

  /**
   * @param {Method} method
   * @param {Part<Randomised>[]} parts one per seed
   * @param {Network} network
   * @returns {ShownRandom}
   */
  #shownRandom(method, parts, network) {
    const { measurements } = this.#parts;
    const stop = this.#stops[this.#stop];
    const [first] = parts;
    const failure = parts.map((part) => measurements.failureOf(part)).find(Boolean);
    const latest = /** @type {Randomised | null} */ (measurements.latest(first.name));
    const { isWhole, agreements, mean } = agreementsOf(parts, measurements);
    const isDeclined = first.key === this.#declined;
    const verdict = verdictOf(stop, mean);
    const layer = this.#layerOf(network);
    return {
      title: t('attribution.random'),
      note: `${stopText(stop, this.#stops)}, ${t('attribution.seed', { seed: String(SEEDS[0]) })}`,
      map: latest?.map ?? null,
      outdated: !measurements.isCurrent(first),
      text: failure ? t('gradient.failed', { reason: failure }) : correlationText({ isWhole, isDeclined, mean, agreements }),
      verdict,
      verdictText: verdict ? t(`attribution.${verdict}`, { layers: stopText(stop, this.#stops) }) : '',
      hint: [
        mean !== null && !verdict && t('attribution.noVerdict'),
        method === 'cam' && mean !== null && layer && keepsValues(network, stop, layer) && t('attribution.kept', { layer: this.#sourceOf(method, network) }),
        mean !== null && latest && chanceText(latest.map.data.length),
      ].filter(Boolean).join(' '),
    };
  }
}

/** @param {Method} method */
export const titleOf = (method) => t(method === 'integrated' ? 'attribution.integrated' : `gradient.${method}`);

/**
 * @param {Stop} stop
 * @param {Stop[]} stops
 */
function stopText({ node, from, isWhole }, stops) {
  if (node === null) return t('attribution.none');
  const last = stops[1].from;
  if (isWhole) return t('attribution.all', { from, last });
  return from === last ? t('attribution.only', { from }) : t('attribution.range', { from, last });
}

/** @param {{ isWhole: boolean, isDeclined: boolean, mean: number | null, agreements: number[] }} found `isWhole`: all seeds are measured */
function correlationText({ isWhole, isDeclined, mean, agreements }) {
  if (isDeclined) return t('attribution.notMeasured');
  if (!isWhole) return t('attribution.measuring');
  if (mean === null) return t('attribution.noCorrelation');
  const seeds = agreements.map((one) => correlation(one)).join(', ');
  return agreements.length > 1 ? t('attribution.correlationMean', { mean: correlation(mean), seeds }) : t('attribution.correlation', { mean: correlation(mean) });
}

/**
 * How far chance moves the rank correlation, for maps so small that it matters; else empty.
 * @param {number} cells
 */
const chanceText = (cells) => (cells < FEW ? t('attribution.few', { cells, deviation: correlation(chanceDeviation(cells)) }) : '');

/** @param {IntegratedGradients} numbers */
function completeness({ sum, output, baseline, gap }) {
  const key = output < baseline ? 'attribution.completenessFalling' : 'attribution.completeness';
  return t(key, { sum: value(sum), baseline: value(baseline), output: value(output), gap: percent(gap) });
}

/** @param {FeatureMap} map */
const sizeOf = ({ shape }) => times(shape.slice(2)).replaceAll(' ', '\u00a0');
