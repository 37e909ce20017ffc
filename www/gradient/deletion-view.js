// @ts-check
// Deletion and insertion curves of a map, measured at request, beside those of a random order.

import { value } from '../lib/format.js';
import { listAnd, t } from '../lib/i18n.js';
import { areasOf, randomOrderMap } from './deletion-curves.js';

/** @import { CurvePair, LensDeletion } from '../elements/deletion.js' */
/** @import { Session } from '../engine/session.js' */
/** @import { DeletionCurves, FeatureMap } from '../pkg/resnet_lens.js' */
/** @import { Measurements, Part, Run } from './measurements.js' */
/** @import { Subject } from './subject.js' */

/** A map whose curves can be measured; `key`: what it depends on. @typedef {{ method: string, key: string, title: string, map: FeatureMap }} Candidate */

/** The measurement's name. */
const PART = 'curves';
/** Steps of each curve. */
const STEPS = 32;
const SEED = 1;

export class DeletionView {
  #view;
  #parts;
  /** The chosen method. */
  #method = 'cam';
  /** Key of the map whose curves are requested. @type {string | null} */
  #requested = null;
  /** @type {{ subject: Subject, candidates: Candidate[] } | null} */
  #current = null;
  /** Curves of a random order, which all maps of a subject are compared with. @type {{ key: string, curves: DeletionCurves } | null} */
  #random = null;

  /**
   * @param {LensDeletion} view
   * @param {{ session: Session, measurements: Measurements, changed: () => void }} parts `changed`: called when other parts are wanted
   */
  constructor(view, parts) {
    this.#view = view;
    this.#parts = parts;
    const change = (/** @type {() => void} */ act) => {
      act();
      parts.changed();
    };
    view.on('method', (method) => change(() => { this.#method = method; }));
    view.on('measure', () => change(() => {
      const chosen = this.#chosen;
      this.#requested = chosen && keyOf(chosen);
      parts.measurements.retry();
    }));
    view.on('cancel', () => change(() => this.cancel()));
  }

  /** Ends a measurement that has been requested. */
  cancel() {
    const [part] = this.#wanted;
    if (part && !this.#parts.measurements.isCurrent(part)) this.#requested = null;
  }

  /**
   * What is to be measured.
   * @param {Subject} subject
   * @param {Candidate[]} candidates the maps that are measured
   */
  parts(subject, candidates) {
    this.#current = { subject, candidates };
    return this.#wanted;
  }

  /**
   * @param {Subject | null} subject null: there is no result
   * @param {Candidate[]} candidates
   * @param {string} name of the class
   */
  show(subject, candidates, name) {
    this.#current = subject && { subject, candidates };
    const { measurements } = this.#parts;
    const [part] = this.#wanted;
    const isMeasuring = part !== undefined && !measurements.isCurrent(part);
    const failure = measurements.failureOf(part);
    const curves = /** @type {CurvePair | null} */ (measurements.latest(PART));
    const isCurrent = curves !== null && curves === measurements.valueOf(part);
    const isMissing = !isCurrent && this.#chosen !== null;
    this.#view.show({
      methods: candidates.map(({ method, title }) => ({ value: method, text: title })),
      chosen: this.#chosen?.method ?? '',
      curves,
      outdated: !isCurrent,
      text: failure ? t('gradient.failed', { reason: failure }) : textOf(curves, isCurrent, name),
      action: actionOf(isMeasuring, isMissing),
      progress: measurements.progressOf(part),
    });
  }

  /** The chosen map, or the first. */
  get #chosen() {
    const candidates = this.#current?.candidates ?? [];
    return candidates.find(({ method }) => method === this.#method) ?? candidates.at(0) ?? null;
  }

  /** @returns {Part<CurvePair>[]} */
  get #wanted() {
    const chosen = this.#chosen;
    if (!this.#current || !chosen || this.#requested !== keyOf(chosen)) return [];
    const { subject } = this.#current;
    return [{ name: PART, key: this.#requested, measure: (run) => this.#measure(subject, chosen.map, run) }];
  }

  /**
   * Both curves of the map and of a random order. Undefined if they are cancelled.
   * @param {Subject} subject
   * @param {FeatureMap} map
   * @param {Run} run
   */
  async #measure({ key, index, side }, map, { signal, onProgress }) {
    const { session } = this.#parts;
    const known = this.#random?.key === key ? this.#random.curves : null;
    const runs = known ? 1 : 2;
    const measure = (/** @type {FeatureMap} */ one, before = 0) => session.deletionCurves(one, index, STEPS, {
      signal,
      onProgress: ({ done, total }) => onProgress({ done: before * total + done, total: runs * total }),
    });
    const own = await measure(map);
    const random = known ?? (own && await measure(randomOrderMap({ rows: side, columns: side }, SEED), 1));
    if (!own || !random) return undefined;
    this.#random = { key, curves: random };
    return { own, random };
  }
}

/**
 * @param {boolean} isMeasuring
 * @param {boolean} isMissing
 */
function actionOf(isMeasuring, isMissing) {
  if (isMeasuring) return 'cancel';
  return isMissing ? 'measure' : null;
}

/** @param {Candidate} candidate */
const keyOf = ({ method, key }) => `${method} ${key}`;

/**
 * The areas in words; empty if they are not measured.
 * @param {CurvePair | null} curves
 * @param {boolean} isCurrent
 * @param {string} name of the class
 */
function textOf(curves, isCurrent, name) {
  if (!curves) return '';
  if (!isCurrent) return t('attribution.outdated');
  const [own, random] = [curves.own, curves.random].map(areasOf);
  const better = [own.deletion < random.deletion && t('deletion.deletion'), own.insertion > random.insertion && t('deletion.insertion')].filter((one) => one !== false);
  return [
    t('deletion.areas', { name, deletion: value(own.deletion), insertion: value(own.insertion) }),
    t('deletion.randomAreas', { deletion: value(random.deletion), insertion: value(random.insertion) }),
    better.length > 0 ? t('deletion.better', { which: listAnd(better) }) : t('deletion.worse'),
  ].join(' ');
}
