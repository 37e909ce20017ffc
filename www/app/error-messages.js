// @ts-check
// Messages to the user: a sentence, and what can be done. Errors of the engine and of downloads have sentences of their own; the
// others get one here.

import { asSentence } from '../lib/format.js';

/** @import { NamedError } from '../lib/errors.js' */
/** @import { ImageInfo } from '../pkg/resnet_lens.js' */

/** Labels of what the user can do. */
export const ACTION_LABELS = {
  image: 'Choose another image',
  camera: 'Open the camera',
  again: 'Play it again',
  model: 'Open another model file',
  retry: 'Try again',
  starter: 'Use the starter model',
  restart: 'Restart',
  reload: 'Reload the page',
};

/** @typedef {keyof typeof ACTION_LABELS} Action */
/** What the page was doing. @typedef {'open' | 'model' | 'image' | 'settings' | 'lens'} Activity */
/**
 * @typedef {object} Message
 * @property {string} sentence
 * @property {string | null} [note] a second sentence
 * @property {Action[]} actions
 * @property {boolean} [fatal] the engine does not run: the page cannot be used
 * @property {boolean} [mild] a hint besides a result, no error
 */

const BROWSERS = 'Chrome and Edge 113 or newer, Safari 26, and Firefox 141 on Windows or 145 on macOS have it';

/** Sentences of errors that have none. @type {Record<string, (error: Error) => string>} */
const SENTENCES = {
  NoWebGpu: () => (isSecureContext
    ? `This browser does not offer WebGPU, which the network runs on: ${BROWSERS}.`
    : 'Browsers offer WebGPU only to pages from https: or localhost, and this page came from neither.'),
  NoAdapter: () => 'This browser found no GPU. Turn on hardware acceleration in the browser’s settings (Chrome and Edge: System), update the '
    + 'graphics driver, then restart the browser.',
  NoEngine: () => 'The compiled engine (the folder pkg/) is missing or broken: run “make serve” in the project, which builds it.',
  WorkerError: (error) => `The page’s worker stopped: ${error.message}.`,
  DeviceLost: () => 'The GPU stopped three times within five minutes, so the page no longer restarts automatically. Close other programs and tabs '
    + 'that use the GPU, then restart.',
};

/** Names of errors after which the engine does not run. */
const FATAL = new Set(['WorkerError', 'DeviceLost']);

/** Names of errors whose message is a sentence. */
const COMPLETE = new Set(['GpuError', 'ModelError', 'ImageError', 'UnknownFormat', 'StateError', 'DownloadError', 'BrokenDownload']);

/** @type {Record<Exclude<Activity, 'open'>, Action[]>} */
const ACTIONS = { model: ['model', 'starter'], image: ['image'], settings: [], lens: [] };

/**
 * The message for an error.
 * @param {NamedError} error
 * @param {Activity} activity
 * @returns {Message}
 */
export function errorMessageOf(error, activity) {
  const sentence = sentenceOf(error);
  if (activity === 'open') return { sentence, actions: [error.name === 'NoWebGpu' || error.name === 'NoAdapter' ? 'reload' : 'restart'], fatal: true };
  if (FATAL.has(error.name)) return { sentence, actions: ['restart', 'reload'], fatal: true };
  // After a device error or an unexpected one, a restart loads model and image again.
  if (error.name === 'GpuError' || !COMPLETE.has(error.name)) return { sentence, actions: ['restart', 'reload'] };
  if (error.name === 'BrokenDownload') return { sentence, actions: ['retry', 'starter'] };
  return { sentence, actions: ACTIONS[activity] };
}

/**
 * A hint if a result means little, otherwise null.
 * @param {{ image: ImageInfo }} result
 * @returns {Message | null}
 */
export function warningMessageOf({ image: { warning } }) {
  return warning === null ? null : { sentence: asSentence(warning), actions: [], mild: true };
}

/**
 * The browser's storage had no room for a model.
 * @param {string} name
 * @returns {Message}
 */
export function storageFullMessage(name) {
  return { sentence: `This browser has no room to keep “${name}”: it works, but the next visit will download it again.`, actions: [], mild: true };
}

/**
 * The URL names a node that the network does not have.
 * @param {string} name
 * @returns {Message}
 */
export function unknownLayerMessage(name) {
  return { sentence: `This network has no layer called “${name}”; its first one is shown.`, actions: [], mild: true };
}

/**
 * The message for all invalid settings in the URL.
 * @param {string[]} sentences
 * @returns {Message}
 */
export function settingsMessage(sentences) {
  return { sentence: sentences.map(asSentence).join(' '), actions: [] };
}

/** @param {NamedError} error */
function sentenceOf(error) {
  if (Object.hasOwn(SENTENCES, error.name)) return SENTENCES[error.name](error);
  if (COMPLETE.has(error.name)) return asSentence(error.message);
  return `The engine stopped unexpectedly (${error.message}).`;
}
