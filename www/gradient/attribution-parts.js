// @ts-check
// The maps that the check of attributions needs: each as the network is, and with randomised weights.

import { saliencyOf, sumOfChannels } from './image-maps.js';
import { SEEDS } from './randomised-layers.js';
import { agreementOf } from './rank-correlation.js';
import { textsOf } from './subject.js';

/** @import { Session } from '../engine/session.js' */
/** @import { FeatureMap, IntegratedGradients } from '../pkg/resnet_lens.js' */
/** @import { Edit } from '../surgery/edits.js' */
/** @import { Measurements, Part, Run } from './measurements.js' */
/** @import { Stop } from './randomised-layers.js' */
/** @import { Subject } from './subject.js' */

/** @typedef {'cam' | 'saliency' | 'integrated'} Method */
/** A map of one channel; `numbers`: of Integrated Gradients. @typedef {{ map: FeatureMap, numbers: IntegratedGradients | null }} Attribution */
/** A map of randomised weights; `agreement`: its rank correlation with the intact map. @typedef {{ map: FeatureMap, agreement: number | null }} Randomised */
/** `intact`: null if the map is not wanted. @typedef {{ method: Method, intact: Part<Attribution> | null, random: Part<Randomised>[] }} MethodParts */
/**
 * @typedef {object} Wanted
 * @property {string | null} layer of Grad-CAM
 * @property {Stop} stop
 * @property {boolean} integrated Integrated Gradients are requested
 */

/** @type {Method[]} */
const METHODS = ['cam', 'saliency', 'integrated'];
/** Gradients that Integrated Gradients are the mean of. */
export const STEPS = 64;
/** The engine's name of the preprocessed image. */
const INPUT = 'input';

/**
 * The parts of every method.
 * @param {Subject} subject
 * @param {Wanted} wanted
 * @param {{ session: Session, measurements: Measurements }} parts
 * @returns {MethodParts[]}
 */
export function attributionParts(subject, { layer, stop, integrated }, { session, measurements }) {
  const isWanted = { cam: layer !== null, saliency: true, integrated };
  return METHODS.map((method) => {
    if (!isWanted[method]) return { method, intact: null, random: [] };
    const key = method === 'cam' ? `${subject.key} ${layer}` : subject.key;
    const attribute = (/** @type {Edit[]} */ edits, /** @type {Run} */ run) => attribution(method, session, { ...subject, edits, layer: layer ?? '' }, run);
    const intact = { name: method, key, measure: (/** @type {Run} */ run) => attribute(subject.edits, run) };
    const { node } = stop;
    if (node === null || (method === 'integrated' && !measurements.valueOf(intact))) return { method, intact, random: [] };
    // One seed where a map takes many gradients.
    const seeds = method === 'integrated' ? SEEDS.slice(0, 1) : SEEDS;
    const random = seeds.map((seed) => ({
      name: `${method} ${seed}`,
      key: `${key} ${node}`,
      measure: async (/** @type {Run} */ run) => {
        const found = await attribute([...subject.edits, { kind: 'randomise', node, seed }], run);
        const known = /** @type {Attribution | null} */ (measurements.valueOf(intact));
        return found && { map: found.map, agreement: known && agreementOf(known.map.data, found.map.data) };
      },
    }));
    return { method, intact, random };
  });
}

/**
 * All parts in the order in which they are measured: those of many gradients last.
 * @param {MethodParts[]} methods
 * @returns {Part[]}
 */
export function inOrder(methods) {
  const listOf = (/** @type {MethodParts[]} */ some) => [...some.flatMap(({ intact }) => intact ?? []), ...some.flatMap(({ random }) => random)];
  return [...listOf(methods.filter(({ method }) => method !== 'integrated')), ...listOf(methods.filter(({ method }) => method === 'integrated'))];
}

/**
 * The agreements of one method with its map of trained weights, one per seed. `isWhole`: all seeds are measured. `mean`: null before, or
 * if it is not defined.
 * @param {Part<Randomised>[]} parts one per seed
 * @param {Measurements} measurements
 */
export function agreementsOf(parts, measurements) {
  const found = /** @type {(Randomised | null)[]} */ (parts.map((part) => measurements.valueOf(part)));
  const agreements = found.map((one) => one?.agreement ?? null).filter((one) => one !== null);
  const isWhole = found.every(Boolean);
  const mean = isWhole && agreements.length > 0 ? agreements.reduce((sum, one) => sum + one, 0) / agreements.length : null;
  return { isWhole, agreements, mean };
}

/**
 * Undefined if it is cancelled.
 * @param {Method} method
 * @param {Session} session
 * @param {Subject & { layer: string }} of
 * @param {Run} run
 * @returns {Promise<Attribution | undefined>}
 */
async function attribution(method, session, { index, logits, edits, layer }, run) {
  const { engine } = session;
  const texts = textsOf(edits);
  if (method === 'cam') return { map: await engine.gradCam(index, layer, texts), numbers: null };
  if (method === 'saliency') return { map: saliencyOf(await engine.gradient(logits, index, INPUT, texts)), numbers: null };
  const numbers = await session.integratedGradients(index, STEPS, texts, run);
  return numbers && { map: sumOfChannels(numbers.map), numbers };
}
