// @ts-check
// Measures what the questions of the tour are about, for the image and the network in view.

import { seededFactors } from '../gradient/seeded-rows.js';
import { asError, namedError } from '../lib/errors.js';
import { stateOf } from '../surgery/change.js';
import { parseEdits } from '../surgery/edits.js';
import { channelMoments, largestDifference, largestOf, shareOfZeros } from './map-values.js';
import { identityBlock, identitySum, isIdentity, layerAt, randomLastStage, stageEnds, stridedProjection } from './places.js';
import { fieldOptions } from './receptive-field.js';

/** @import { ViewState } from '../app/view-state.js' */
/** @import { Session } from '../engine/session.js' */
/** @import { Check } from '../gradient/attribution-view.js' */
/** @import { SeededMeasurements } from '../gradient/seeded-measurements.js' */
/** @import { Layer, Network } from '../network/network.js' */
/** @import { Prediction, VisualisationProgress } from '../pkg/resnet_lens.js' */
/** @import { Target } from '../visualisation/target.js' */
/** @import { CheckName, Facts } from './checks.js' */
/** @import { PlaceName } from './places.js' */

/**
 * What other parts of the page measure: gradients of untrained networks, the visualisation of the selected channel, and the check of maps.
 * @typedef {object} Measured
 * @property {SeededMeasurements} seeded
 * @property {() => { target: Target, progress: VisualisationProgress | null } | null} computed
 * @property {() => Check | null} checked
 */

/**
 * What is in view.
 * @typedef {object} View
 * @property {Session} session
 * @property {Network} network
 * @property {number} side of the network's input in pixels
 * @property {Prediction[]} predictions of the image, with the edits in use
 * @property {ViewState} state
 * @property {(nodes: string[]) => Promise<void>} observe keeps the values of these nodes
 * @property {(done: number, total: number) => boolean} onProgress returns false to cancel
 * @property {() => boolean} isCurrent the answer is still wanted
 */
/** @typedef {View & Measured} Scene */

const MOST_ATTEMPTS = 4;
/** The seed whose curves the page shows with the answer about depth. */
const SEED = 1;
/** Steps of a visualisation after which it is compared with the image in view. */
const STEPS_SHOWN = 16;
/** Interval in milliseconds in which values that another part measures are looked for. */
const POLL_MS = 100;

/** @type {{ [Name in CheckName]: (scene: Scene) => Promise<Facts[Name]> }} */
const MEASURES = {
  async patch(scene) {
    return { field: await fieldOf(scene, layerAt(scene.network, 'stem')), side: scene.side };
  },

  async strongest(scene) {
    return { means: channelMoments(await valuesOf(scene, shownAt(scene, 'stem'))).means };
  },

  async normalised(scene) {
    const norm = layerAt(scene.network, 'stem')?.nodes.find(({ role }) => role === 'norm');
    return channelMoments(await valuesOf(scene, norm?.name ?? shownAt(scene, 'stem')));
  },

  async zeros(scene) {
    return { zeros: shareOfZeros(await valuesOf(scene, shownAt(scene, 'inner-layer'))) };
  },

  async field(scene) {
    return { field: await fieldOf(scene, layerAt(scene.network, 'stem-pool')), options: fieldOptions(scene.network) };
  },

  async parameters({ network }) {
    const block = identityBlock(network);
    const layers = (block?.main ?? []).filter(({ role }) => role === 'convolution');
    return { block: block?.name ?? '', layers: layers.map(({ shown, name, parameters }) => ({ node: shown, name, parameters })) };
  },

  async untouched(scene) {
    const sum = identitySum(scene.network);
    const nodes = sum ? [sum.x, sum.activation?.node ?? sum.sum] : [];
    const [x, output] = await mapsOf(scene, nodes);
    return { block: sum?.block ?? '', factor: factorOf(scene, sum?.block ?? ''), difference: largestDifference(x, output), largest: largestOf(x) };
  },

  async projection({ network }) {
    const projection = stridedProjection(network);
    const from = network.nodeOf.get(projection?.inputs[0] ?? '')?.shape.slice(1) ?? [];
    const to = projection ? [projection.channels, projection.height, projection.width] : [];
    return {
      layers: network.layers.map(({ shown, name, isProjection }) => ({ node: shown, name, isProjection })),
      example: { name: projection?.name ?? '', from, to },
    };
  },

  async pyramid({ network }) {
    return { shapes: stageEnds(network).flatMap(({ add }) => (add ? [[add.channels, add.height, add.width]] : [])) };
  },

  async ratio({ session, network }) {
    const identities = new Set(network.blocks.filter(isIdentity).map(({ name }) => name));
    const measured = (await unlessReplaced(() => session.engine.residualStatistics())).filter(({ block }) => identities.has(block));
    return { ratios: measured.map(({ ratio }) => ratio), cosines: measured.map(({ cosine }) => cosine) };
  },

  async least({ session, predictions: [first], onProgress }) {
    const blocks = await session.blockImportance(first.index, ({ done, total }) => {
      if (!onProgress(done, total)) session.engine.cancelImportance();
    });
    if (!blocks) throw namedError('AbortError', '');
    return { first, blocks: blocks.map(({ block, change }) => ({ block, change })) };
  },

  async survival(scene) {
    const [before] = await intact(scene);
    const { predictions } = scene;
    const kept = predictions.find(({ index }) => index === before.index)?.probability ?? 0;
    return { before, after: predictions[0], kept };
  },

  async depth({ seeded }) {
    const factorsOf = async (/** @type {number} */ depth, /** @type {boolean} */ normalised) => seededFactors(await seeded.of({ depth, normalised, seed: SEED }));
    return { deep: await factorsOf(56, true), shallow: await factorsOf(20, true), bare: await factorsOf(56, false) };
  },

  async visualise(scene) {
    const node = shownAt(scene, 'inner-layer');
    const { target: { channel }, progress } = await visualised(scene, node);
    const { means } = channelMoments(await valuesOf(scene, node));
    return { channel, photo: means[channel], image: progress.activation, noise: progress.initial, step: progress.step };
  },

  async trust(scene) {
    const { layer, cam, saliency } = await checked(scene, randomLastStage(scene.network));
    return { layer: scene.network.find(layer)?.block ?? layer, cells: cam.cells, cam: cam.mean, saliency: saliency.mean };
  },

  async evidence({ session, state, predictions }) {
    const { sum, bias, logit } = await session.engine.classContributions(predictions[1].index);
    return { overlay: state.overlay, wanted: predictions[1], sum, bias, logit };
  },

  async changed(scene) {
    const [before] = await intact(scene);
    return { edits: parseEdits(scene.state.edit).edits.length, before, after: scene.predictions[0] };
  },
};

/**
 * @template {CheckName} Name
 * @param {Name} check
 * @param {Scene} scene
 * @returns {Promise<Facts[Name]>}
 */
export const measure = (check, scene) => MEASURES[check](scene);

/**
 * @param {Scene} scene
 * @param {string[]} nodes
 */
async function mapsOf({ session, observe }, nodes) {
  await observe(nodes);
  return Promise.all(nodes.map((node) => session.engine.featureMap(node)));
}

/**
 * @param {Scene} scene
 * @param {string} node
 */
const valuesOf = async (scene, node) => (await mapsOf(scene, [node]))[0];

/**
 * The node that a place shows.
 * @param {Scene} scene
 * @param {PlaceName} place
 */
const shownAt = ({ network }, place) => layerAt(network, place)?.shown ?? '';

/**
 * Side of the receptive field of a value in the middle of a layer, in pixels.
 * @param {Scene} scene
 * @param {Layer | undefined} layer
 */
async function fieldOf({ session, observe }, layer) {
  if (!layer) return 0;
  await observe([layer.shown]);
  const { receptive_field: field } = await unlessReplaced(() => session.engine.probe(layer.shown, 0, layer.height >> 1, layer.width >> 1));
  return Math.round(field.width);
}

/**
 * The visualisation that the page computes of a channel of a node, once it has made enough steps.
 * @param {Scene} scene
 * @param {string} node
 */
const visualised = ({ computed, isCurrent }, node) => found(isCurrent, () => {
  const { target, progress } = computed() ?? {};
  return target?.node === node && progress && progress.step >= STEPS_SHOWN ? { target, progress } : null;
});

/**
 * The check of the maps in view, once they are measured. Rejects if other layers become random meanwhile, or if it fails: the page says so.
 * @param {Scene} scene
 * @param {string | null} node
 */
const checked = ({ checked: check, isCurrent }, node) => found(isCurrent, () => {
  const known = check();
  if (known && (known.failed || known.node !== node)) throw namedError('AbortError', '');
  return known?.methods ? { layer: known.layer, ...known.methods } : null;
});

/**
 * What another part of the page measures, once it is known.
 * @template T
 * @param {() => boolean} isCurrent it is still wanted
 * @param {() => T | null} find
 * @returns {Promise<T>}
 */
async function found(isCurrent, find) {
  while (isCurrent()) {
    const one = find();
    if (one !== null) return one;
    await new Promise((resolve) => { setTimeout(resolve, POLL_MS); });
  }
  throw namedError('AbortError', '');
}

/**
 * Repeats a call that a newer one of the page has replaced in the queue.
 * @template T
 * @param {() => Promise<T>} call
 */
async function unlessReplaced(call) {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (asError(error).name !== 'AbortError') throw error;
    }
  }
  return call();
}

/**
 * The factor of F(x) of a block.
 * @param {Scene} scene
 * @param {string} block
 */
function factorOf(scene, block) {
  const { branch, skipped } = stateOf(parseEdits(scene.state.edit).edits, block);
  return skipped ? 0 : branch;
}

/**
 * The answer of the network without edits, best first.
 * @param {Scene} scene
 */
async function intact({ network, session }) {
  return (await session.engine.compareIntact(network.layers[0].shown, 1)).result.predictions;
}
