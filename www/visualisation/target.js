// @ts-check
// What a visualisation maximises: the mean of a channel, or the logit of a class. Pure functions.

import { value } from '../lib/format.js';
import { t } from '../lib/i18n.js';

/** @import { Current } from '../lens/selection.js' */
/** @import { VisualisationProgress } from '../pkg/resnet_lens.js' */

/** `isClass`: the channel is a class of the classifier. @typedef {{ node: string, channel: number, isClass: boolean }} Target */

/**
 * The target of a selection; null where the end of the network takes the place of the channel and shows no class.
 * @param {Pick<Current, 'node' | 'channel' | 'cam' | 'compare' | 'ending'>} current
 * @returns {Target | null}
 */
export function targetOf({ node, channel, cam, compare, ending }) {
  if (!ending || compare !== 'none') return { node, channel, isClass: false };
  return ending.kind === 'classifier' ? { node, channel: cam, isClass: true } : null;
}

/**
 * The activation that an image has reached, compared with that of the seed image. Values without a common sign have no quotient.
 * @param {Target} target
 * @param {Pick<VisualisationProgress, 'activation' | 'initial'>} progress
 */
export function activationText({ isClass }, { activation, initial }) {
  const [now, before] = [value(activation), value(initial)];
  if (isClass) return t('visualise.logit', { now, before });
  if (initial > 0 && activation > 0) return t('visualise.factor', { now, factor: factorText(activation / initial) });
  return t('visualise.mean', { now, before });
}

/** @param {number} factor */
function factorText(factor) {
  return factor >= 10 && factor < 1e4 ? String(Math.round(factor)) : value(factor);
}
