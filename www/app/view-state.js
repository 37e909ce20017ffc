// @ts-check
// What of the network is shown, stored only in the fragment of the page's URL: `#layer=NODE&channel=7`. Default values are left out,
// other keys are kept.

import { parseSeeded } from '../gradient/seeded-choice.js';
import { textError } from '../lib/errors.js';
import { listOr, t } from '../lib/i18n.js';
import { isId } from '../models/catalog.js';
import { readableParams } from '../lib/url.js';
import { tourStep } from '../tour/steps.js';
import { readEntry } from './entry-state.js';

/** @import { LiveText } from '../lib/i18n.js' */
/** @import { Step } from './entry-state.js' */

/** The values of each choice; the first is the default. */
export const CHOICES = /** @type {const} */ ({
  sort: ['mean', 'max', 'index'],
  scale: ['layer', 'channel', 'network'],
  colormap: ['magma', 'viridis', 'cividis', 'grey'],
  overlay: ['none', 'channel', 'cam', 'gradcam'],
  plan: ['fused', 'inspected'],
  compare: ['none', 'sum', 'images', 'intact', 'model'],
  gradient: ['0', '1'],
});
export const GAMMA = { min: 0.25, max: 4, fallback: 1 };
/** The largest seed of the engine. */
export const LARGEST_SEED = 2 ** 32 - 1;

/**
 * @typedef {object} ViewState
 * @property {string | null} layer name of a node; null: the first layer of the network
 * @property {string | null} tap name of a node of that layer; null: the layer's own
 * @property {number | null} channel null: the first in the order shown
 * @property {typeof CHOICES.sort[number]} sort
 * @property {typeof CHOICES.scale[number]} scale
 * @property {typeof CHOICES.colormap[number]} colormap
 * @property {number} gamma
 * @property {typeof CHOICES.overlay[number]} overlay
 * @property {typeof CHOICES.plan[number]} plan
 * @property {number | null} class index of the class of the class activation map; null: the most probable
 * @property {typeof CHOICES.compare[number]} compare `sum`: x + F(x) of a residual block; `images`: two images of the tray;
 *   `intact`: the network without and with its edits; `model`: two networks
 * @property {string | null} with id of the model to compare with
 * @property {string} edit edits of the network, see `parseEdits`
 * @property {typeof CHOICES.gradient[number]} gradient `1`: the panel of gradients is open
 * @property {string | null} randomise name of the first node with random weights in the check of that panel's maps; null: none
 * @property {string | null} seeded untrained networks whose gradients are measured, see `parseSeeded`
 * @property {number | null} visualise seed of the visualisation of the selected channel; null: none
 * @property {string | null} tour id of a step of the guided tour
 */

/**
 * The default of a key, its value for a text (null if the text is invalid) and what a text has to be.
 * @template T
 * @typedef {{ fallback: T, parse: (text: string) => T | null, expected: LiveText }} Key
 */

/** @type {Key<string | null>} */
const name = { fallback: null, parse: (text) => text, expected: () => t('settings.expectedNode') };
/** @type {Key<number | null>} */
const index = { fallback: null, parse: (text) => (/^\d{1,15}$/.test(text) ? Number(text) : null), expected: () => t('settings.expectedIndex') };
/** @type {Key<number | null>} */
const seed = {
  fallback: null,
  parse: (text) => (/^\d{1,10}$/.test(text) && Number(text) <= LARGEST_SEED ? Number(text) : null),
  expected: () => t('settings.expectedRange', { from: 0, to: String(LARGEST_SEED) }),
};
/** @type {Key<number>} */
const gamma = {
  fallback: GAMMA.fallback,
  parse: (text) => (Number(text) > 0 ? clampGamma(Number(text)) : null),
  expected: () => t('settings.expectedRange', { from: GAMMA.min, to: GAMMA.max }),
};

/** @type {{ [Name in keyof ViewState]: Key<ViewState[Name]> }} */
const KEYS = {
  layer: name,
  tap: name,
  channel: index,
  sort: choice(CHOICES.sort),
  scale: choice(CHOICES.scale),
  colormap: choice(CHOICES.colormap),
  gamma,
  overlay: choice(CHOICES.overlay),
  plan: choice(CHOICES.plan),
  class: index,
  compare: choice(CHOICES.compare),
  // Any text: the network is needed to validate it, see surgery.js.
  edit: { fallback: '', parse: (text) => text, expected: () => '' },
  with: { fallback: null, parse: (text) => (isId(text) ? text : null), expected: () => t('settings.model') },
  gradient: choice(CHOICES.gradient),
  randomise: name,
  seeded: { fallback: null, parse: (text) => (parseSeeded(text) ? text : null), expected: () => t('seeded.expected') },
  visualise: seed,
  tour: { fallback: null, parse: (text) => (tourStep(text) ? text : null), expected: () => t('tour.expected') },
};

/**
 * The nearest valid exponent.
 * @param {number} value
 */
export function clampGamma(value) {
  return Math.min(GAMMA.max, Math.max(GAMMA.min, value));
}

/**
 * Parses a fragment. Missing and invalid values become their defaults.
 * @param {string} fragment with or without `#`
 * @returns {ViewState}
 */
export function parseViewState(fragment) {
  const params = new URLSearchParams(fragment.replace(/^#/, ''));
  const values = Object.entries(KEYS).map(([key, { fallback, parse }]) => {
    const text = params.get(key);
    return [key, (text ? parse(text) : null) ?? fallback];
  });
  return Object.fromEntries(values);
}

/**
 * The errors of all invalid values in a fragment.
 * @param {string} fragment with or without `#`
 */
export function viewStateErrors(fragment) {
  const params = new URLSearchParams(fragment.replace(/^#/, ''));
  return Object.entries(KEYS).flatMap(([key, { parse, expected }]) => {
    const text = params.get(key);
    return text && parse(text) === null ? [textError('StateError', 'settings.invalid', { name: key, expected: expected(), found: text })] : [];
  });
}

/** Keys that say which channel or class of which network is selected. @type {(keyof ViewState)[]} */
const CHANNEL_KEYS = ['layer', 'tap', 'channel', 'class', 'edit'];

/**
 * The fragment with some values changed, without `#`. A visualisation is of one channel: it ends when another one is selected.
 * @param {string} fragment with or without `#`
 * @param {Partial<ViewState>} changes
 */
export function changeFragment(fragment, changes) {
  const params = new URLSearchParams(fragment.replace(/^#/, ''));
  const isOther = CHANNEL_KEYS.some((key) => changes[key] !== undefined && String(changes[key] ?? '') !== (params.get(key) ?? ''));
  if (isOther && changes.visualise === undefined) params.delete('visualise');
  for (const [key, value] of Object.entries(changes)) {
    if (value === KEYS[/** @type {keyof ViewState} */ (key)].fallback) params.delete(key);
    else params.set(key, String(value));
  }
  return readableParams(params);
}

/** The view state in the page's URL. */
export const readViewState = () => parseViewState(location.hash);

/**
 * Changes the page's URL. What is looked at gets a history entry, so that going back undoes it; settings do not.
 * @param {Partial<ViewState>} changes
 * @param {Step} [step] see `Step` of entry-state.js
 */
export function writeViewState(changes, step = stepOf(changes)) {
  const fragment = changeFragment(location.hash, changes);
  const url = new URL(location.href);
  url.hash = fragment;
  if (url.href === location.href) return;
  const target = fragment ? url : url.href.replace(/#$/, '');
  const entry = readEntry();
  if (step === null) history.replaceState(entry, '', target);
  else if (step !== 'view' && step === entry.step) history.replaceState(entry, '', target);
  else history.pushState({ ...entry, step }, '', target);
}

/**
 * Changes the page's URL as going back or forward does: all that shows a part of it follows.
 * @param {Partial<ViewState>} changes
 * @param {Step} step
 */
export function followViewState(changes, step) {
  writeViewState(changes, step);
  dispatchEvent(new PopStateEvent('popstate', { state: history.state }));
}

/** Keys of what is looked at. @type {Set<string>} */
const VIEW_KEYS = new Set(['layer', 'tap', 'channel', 'overlay', 'class', 'compare', 'with', 'edit']);

/**
 * @param {Partial<ViewState>} changes
 * @returns {Step}
 */
function stepOf(changes) {
  const keys = Object.keys(changes).filter((key) => VIEW_KEYS.has(key));
  if (keys.length === 0) return null;
  return keys.join() === 'channel' ? 'channel' : 'view';
}

/**
 * Calls `listener` when the fragment is edited or the user goes back or forward.
 * @param {() => void} listener
 */
export function onViewStateChange(listener) {
  addEventListener('popstate', listener);
}

/**
 * @template {string} Value
 * @param {readonly [Value, ...Value[]]} values
 * @returns {Key<Value>}
 */
function choice(values) {
  return { fallback: values[0], parse: (text) => values.find((value) => value === text) ?? null, expected: () => listOr(values) };
}
