// @ts-check
// A step of the tour as texts, in the language in use.

import { namesOf } from '../app/class-names.js';
import { times } from '../lib/format.js';
import { t } from '../lib/i18n.js';
import { chainOf } from '../network/layer-names.js';
import { parseEdits } from '../surgery/edits.js';
import { wordsOfAll } from '../surgery/words.js';
import { judge } from './checks.js';
import { identityBlock, longStage, stageEnds } from './places.js';
import { fieldOptions } from './receptive-field.js';
import { SOURCES } from './sources.js';
import { STEPS } from './steps.js';

/** @import { ObstacleAction, ShownStep } from '../elements/tour.js' */
/** @import { Selection } from '../lens/selection.js' */
/** @import { Key } from '../lib/i18n.js' */
/** @import { CheckName, Facts } from './checks.js' */
/** @import { Question, Step } from './steps.js' */

/** Why a step cannot be taken now: no image, a camera that runs, or a network without what it shows. @typedef {'image' | 'live' | 'network'} Obstacle */
/** An answer and what was measured for it. @typedef {{ answer: string, facts: Facts[CheckName] | null }} Given */

/** @type {Record<Obstacle, ObstacleAction[]>} */
const ACTIONS = { image: ['image', 'camera'], live: ['freeze'], network: [] };

/**
 * @param {Step} step
 * @param {object} situation
 * @param {Selection} situation.selection
 * @param {Obstacle | null} situation.obstacle
 * @param {string | null} situation.picked see `answerInPage`
 * @param {Given | null} situation.given
 * @param {string} situation.busy
 * @returns {ShownStep}
 */
export function textsOf({ id, question, sources, hasLarger }, { selection, obstacle, picked, given, busy }) {
  const { kind, check, options = [] } = question;
  const sizes = sizesOf(selection);
  const text = (/** @type {string} */ key, /** @type {Record<string, string>} */ values = sizes) => t(/** @type {Key} */ (key), values);
  const isCurrent = kind === 'choice' || given?.answer === (picked ?? '');
  const judged = given?.facts && isCurrent ? judge(check, given.facts, given.answer) : null;
  const pick = picked === null ? '' : nameOfPick(kind, picked, selection);
  const explanation = judged && text(judged.right ? `tour.right.${id}` : `tour.wrong.${id}`, { ...sizes, ...judged.values, picked: pick });
  return {
    number: STEPS.findIndex((one) => one.id === id) + 1,
    count: STEPS.length,
    title: text(`tour.title.${id}`),
    text: text(`tour.text.${id}`),
    obstacle: obstacle && { text: text(`tour.obstacle.${obstacle}`), actions: ACTIONS[obstacle] },
    question: text(`tour.question.${id}`),
    options: options.map((option) => ({ id: option, text: text(`tour.option.${option}`), isChosen: given?.answer === option })),
    pick: pick && t('tour.picked', { what: pick }),
    busy,
    verdict: judged && { isRight: judged.right, text: explanation ?? '', larger: hasLarger ? text(`tour.larger.${id}`) : '' },
    sources: sources.map((name) => SOURCES[name]),
  };
}

/**
 * What is selected in the page, in words.
 * @param {Question['kind']} kind
 * @param {string} picked
 * @param {Selection} selection
 */
function nameOfPick(kind, picked, { network, answer }) {
  switch (kind) {
    case 'channel': return t('tour.channel', { channel: picked });
    case 'layer': {
      const layer = network.find(picked);
      return layer ? chainOf(layer) : picked;
    }
    case 'class': {
      const found = answer?.predictions.find(({ index }) => String(index) === picked);
      return found ? namesOf(found)[0].text : picked;
    }
    case 'edit': return wordsOfAll(parseEdits(picked).edits);
    default: return picked;
  }
}

/**
 * Values of the network in use that texts and options name.
 * @param {Selection} selection
 * @returns {Record<string, string>}
 */
function sizesOf({ network, side, answer }) {
  const [{ channels, height, width, nodes: [stem] }] = network.layers;
  const { kernel, pooled, double } = fieldOptions(network);
  const ends = stageEnds(network).flatMap(({ add }) => (add ? [times([add.channels, add.height, add.width])] : []));
  const second = answer?.predictions[1];
  return {
    side: square(side),
    patch: square(stem.kernel_size?.[0] ?? 1),
    channels: String(channels),
    map: times([height, width]),
    kernel: square(kernel),
    pooled: square(pooled),
    double: square(double),
    block: identityBlock(network)?.name ?? '',
    stage: longStage(network)[0]?.stage ?? '',
    count: String(longStage(network).length),
    firstStage: ends[0] ?? '',
    lastStage: ends.at(-1) ?? '',
    second: second ? namesOf(second)[0].text : '',
  };
}

/** @param {number} size */
const square = (size) => times([size, size]);
