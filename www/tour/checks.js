// @ts-check
// The questions of the tour: which answer the measured values make right, and the figures that explain it. Pure functions.

import { namesOf } from '../app/class-names.js';
import { SEEDS } from '../gradient/randomised-layers.js';
import { chanceDeviation } from '../gradient/rank-correlation.js';
import { correlation, count, decimal, percent, times, value } from '../lib/format.js';

/** @import { SeededFactors } from '../gradient/seeded-rows.js' */
/** @import { Prediction } from '../pkg/resnet_lens.js' */

/** @typedef {{ right: boolean, values: Record<string, string> }} Verdict */

/**
 * What is measured for each question.
 * @typedef {object} Facts
 * @property {{ field: number, side: number }} patch receptive field of a value and side of the network's input, in pixels
 * @property {{ means: number[] }} strongest of every channel
 * @property {{ means: number[], stds: number[] }} normalised of every channel, after batch norm
 * @property {{ zeros: number }} zeros share of the values after ReLU
 * @property {{ field: number, options: Record<string, number> }} field receptive field in pixels, measured, and what the options say
 * @property {{ block: string, layers: { node: string, name: string, parameters: number }[] }} parameters
 * @property {{ block: string, factor: number, difference: number, largest: number }} untouched difference of the output from x
 * @property {{ layers: { node: string, name: string, isProjection: boolean }[], example: { name: string, from: number[], to: number[] } }} projection
 * @property {{ shapes: number[][] }} pyramid output of each stage: channels, rows, columns
 * @property {{ ratios: number[], cosines: number[] }} ratio ‖F‖/‖x‖ and cos(F, x) of the identity blocks
 * @property {{ first: Prediction, blocks: { block: string, change: number }[] }} least change of the top class's probability without F
 * @property {{ before: Prediction, after: Prediction, kept: number }} survival `kept`: probability of the class before, after the edit
 * @property {{ deep: SeededFactors, shallow: SeededFactors, bare: SeededFactors }} depth of untrained networks of 56 and 20 layers with batch norm, and of
 *   56 layers without
 * @property {{ channel: number, photo: number, image: number, noise: number, step: number }} visualise mean of the channel for the image in view,
 *   the computed image and the noise that it began with
 * @property {{ layer: string, cells: number, cam: number | null, saliency: number | null }} trust rank correlations with the maps of random weights,
 *   the values of the map of Grad-CAM and its layer; null: not defined
 * @property {{ overlay: string, wanted: Prediction, sum: number, bias: number, logit: number }} evidence
 * @property {{ edits: number, before: Prediction, after: Prediction }} changed
 */
/** @typedef {keyof Facts} CheckName */

/** Share of the largest value that counts as the largest, too: nobody sees less of a difference. */
const ALMOST = 0.95;
/** Change of a probability that is called small. */
const SMALL_LOSS = 0.1;

/** Difference of two rank correlations that is called none. */
const SAME = 0.1;

/** @type {{ [Name in CheckName]: (facts: Facts[Name], answer: string) => Verdict }} */
const CHECKS = {
  patch({ field, side }, answer) {
    const right = band(field, [[1, 'pixel'], [side - 1, 'patch']], 'image');
    return { right: answer === right, values: { field: square(field), side: square(side) } };
  },

  strongest({ means }, answer) {
    const chosen = Number(answer);
    const best = means.indexOf(Math.max(...means));
    return {
      right: means[chosen] >= ALMOST * means[best],
      values: { chosen: String(chosen), mean: value(means[chosen]), best: String(best), most: value(means[best]) },
    };
  },

  normalised({ means, stds }, answer) {
    const isExact = means.every((mean) => Math.abs(mean) < 0.01) && stds.every((std) => Math.abs(std - 1) < 0.01);
    return {
      right: answer === (isExact ? 'standardised' : 'shifted'),
      values: { lowMean: value(Math.min(...means)), highMean: value(Math.max(...means)), lowStd: value(Math.min(...stds)), highStd: value(Math.max(...stds)) },
    };
  },

  zeros({ zeros }, answer) {
    const right = band(zeros, [[0.25, 'few'], [0.75, 'half']], 'most');
    return { right: answer === right, values: { zeros: percent(zeros) } };
  },

  field({ field, options }, answer) {
    return { right: options[answer] === field, values: { field: square(field) } };
  },

  parameters({ block, layers }, answer) {
    const best = layers.reduce((most, layer) => (layer.parameters > most.parameters ? layer : most));
    const total = layers.reduce((sum, { parameters }) => sum + parameters, 0);
    const chosen = layers.find(({ node }) => node === answer);
    return {
      right: chosen?.parameters === best.parameters,
      values: { block, best: best.name, most: count(best.parameters), share: percent(best.parameters / total), chosen: chosen ? `${chosen.name}: ${count(chosen.parameters)}` : '–' },
    };
  },

  untouched({ block, factor, difference, largest }) {
    return { right: factor === 0, values: { block, difference: value(difference), largest: value(largest), factor: decimal(factor) } };
  },

  projection({ layers, example }, answer) {
    const chosen = layers.find(({ node }) => node === answer);
    return {
      right: chosen?.isProjection ?? false,
      values: { chosen: chosen?.name ?? '–', example: example.name, from: times(example.from), to: times(example.to) },
    };
  },

  pyramid({ shapes }, answer) {
    const sizes = shapes.map(product);
    const ratio = sizes[sizes.length - 1] / sizes[0];
    const right = band(ratio, [[0.8, 'shrink'], [1.2, 'same']], 'grow');
    const [first, last] = [shapes[0], shapes[shapes.length - 1]];
    return {
      right: answer === right,
      values: { first: `${times(first)} = ${count(sizes[0])}`, last: `${times(last)} = ${count(sizes[sizes.length - 1])}`, ratio: value(ratio) },
    };
  },

  ratio({ ratios, cosines }, answer) {
    const middle = median(ratios);
    const right = band(middle, [[0.1, 'tiny'], [0.5, 'small']], 'large');
    return {
      right: answer === right,
      values: { median: value(middle), low: value(Math.min(...ratios)), high: value(Math.max(...ratios)), cosine: value(median(cosines)) },
    };
  },

  least({ first, blocks }, answer) {
    const byChange = blocks.toSorted((a, b) => b.change - a.change);
    const [best, worst] = [byChange[0], byChange[byChange.length - 1]];
    const chosen = blocks.find(({ block }) => block === answer);
    return {
      right: chosen !== undefined && chosen.change >= best.change - 0.005,
      values: {
        name: nameOf(first), probability: percent(first.probability), chosen: chosen?.block ?? '–', change: points(chosen?.change ?? 0),
        best: best.block, bestChange: points(best.change), worst: worst.block, worstChange: points(worst.change),
      },
    };
  },

  survival({ before, after, kept }, answer) {
    const survives = after.index === before.index;
    const surviving = before.probability - kept > SMALL_LOSS ? 'weaker' : 'kept';
    const right = survives ? surviving : 'lost';
    return { right: answer === right, values: { before: answered(before), after: answered(after) } };
  },

  depth({ deep, shallow, bare }, answer) {
    const right = band(deep.plain ?? 0, [[0.1, 'vanishes'], [10, 'holds']], 'explodes');
    return {
      right: answer === right,
      values: {
        plain: factor(deep.plain), residual: factor(deep.residual), shallowPlain: factor(shallow.plain), shallowResidual: factor(shallow.residual),
        barePlain: factor(bare.plain), bareResidual: factor(bare.residual),
      },
    };
  },

  visualise({ channel, photo, image, noise, step }, answer) {
    const right = band(photo > 0 ? image / photo : Infinity, [[0.9, 'photo'], [1.1, 'alike']], 'computed');
    return { right: answer === right, values: { channel: String(channel), photo: value(photo), image: value(image), noise: value(noise), step: String(step) } };
  },

  evidence({ overlay, wanted, sum, bias, logit }, answer) {
    return {
      right: overlay === 'cam' && answer === String(wanted.index),
      values: { wanted: nameOf(wanted), sum: value(sum), bias: value(bias), logit: value(logit) },
    };
  },

  trust({ layer, cells, cam, saliency }, answer) {
    // What a map that has nothing in common with the first one may reach by chance.
    const chance = chanceDeviation(cells) / Math.sqrt(SEEDS.length);
    const same = Math.max(SAME, chance);
    const right = band((cam ?? 0) - (saliency ?? 0), [[-same, 'saliency'], [same, 'alike']], 'gradCam');
    return {
      right: answer === right,
      values: {
        layer, cells: count(cells), cam: defined(cam), saliency: defined(saliency), seeds: String(SEEDS.length), chance: correlation(chance), same: correlation(same),
      },
    };
  },

  changed({ edits, before, after }) {
    return { right: edits > 0 && after.index !== before.index, values: { count: String(edits), before: answered(before), after: answered(after) } };
  },
};

/**
 * Judges an answer: the option of a choice, or what is selected in the page (a channel, a node, a block or a class).
 * @template {CheckName} Name
 * @param {Name} check
 * @param {Facts[Name]} facts
 * @param {string} answer
 */
export const judge = (check, facts, answer) => CHECKS[check](facts, answer);

/**
 * The name of the first band whose upper end `number` does not exceed.
 * @param {number} number
 * @param {[number, string][]} bands in ascending order
 * @param {string} last above all bands
 */
const band = (number, bands, last) => bands.find(([most]) => number <= most)?.[1] ?? last;

/** @param {number | null} number a correlation; null: not defined */
const defined = (number) => (number === null ? '–' : correlation(number));

/** @param {number | null} number null: no gradient arrives */
const factor = (number) => value(number ?? 0);

/** @param {number} side */
const square = (side) => times([side, side].map((one) => String(Math.round(one))));

/** @param {number[]} sizes */
const product = (sizes) => sizes.reduce((all, one) => all * one, 1);

/** @param {Prediction} prediction */
const nameOf = (prediction) => namesOf(prediction)[0].text;

/** @param {Prediction} prediction */
const answered = (prediction) => `${nameOf(prediction)}, ${percent(prediction.probability)}`;

/**
 * A change of a probability in percentage points, with its sign.
 * @param {number} change
 */
function points(change) {
  const rounded = (Math.abs(change) * 100).toFixed(1);
  return `${change < 0 && rounded !== '0.0' ? '−' : '+'}${rounded}`;
}

/** @param {number[]} numbers */
function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
