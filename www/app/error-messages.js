// @ts-check
// Messages to the user: a sentence, and what can be done. Errors of downloads and of the page have sentences of their own; the others get
// one here. Those of the engine are English: in another language, a sentence introduces them.

import { messageOf } from '../lib/errors.js';
import { asSentence } from '../lib/format.js';
import { t } from '../lib/i18n.js';

/** @import { UnusedNote } from '../engine/worker-api.js' */
/** @import { NamedError } from '../lib/errors.js' */
/** @import { Key, LiveText } from '../lib/i18n.js' */
/** @import { ImageInfo } from '../pkg/resnet_lens.js' */

/** Keys of the labels of what the user can do. @satisfies {Record<string, Key>} */
export const ACTION_LABELS = {
  image: /** @type {const} */ ('action.image'),
  camera: /** @type {const} */ ('action.camera'),
  again: /** @type {const} */ ('action.again'),
  model: /** @type {const} */ ('action.model'),
  token: /** @type {const} */ ('action.token'),
  retry: /** @type {const} */ ('action.retry'),
  starter: /** @type {const} */ ('action.starter'),
  restart: /** @type {const} */ ('action.restart'),
  reload: /** @type {const} */ ('action.reload'),
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

/** Sentences of errors that have none. @type {Record<string, (error: NamedError) => string>} */
const SENTENCES = {
  NoWebGpu: () => t(isSecureContext ? 'error.noWebGpu' : 'error.insecure'),
  NoAdapter: () => t('error.noAdapter'),
  NoEngine: () => t('error.noEngine'),
  WorkerError: (error) => t('error.worker', { reason: messageOf(error) }),
  DeviceLost: () => t('error.deviceLost'),
};

/** Names of errors after which the engine does not run. */
const FATAL = new Set(['WorkerError', 'DeviceLost']);

/** Names of errors whose message is a sentence, with the text that introduces the engine's. @type {Record<string, Key>} */
const COMPLETE = {
  GpuError: 'error.gpu',
  ModelError: 'error.model',
  ImageError: 'error.image',
  UnknownFormat: 'error.image',
  StateError: 'error.state',
  DownloadError: 'error.download',
  BrokenDownload: 'error.download',
  AccessError: 'error.download',
};

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
  if (error.name === 'GpuError' || !Object.hasOwn(COMPLETE, error.name)) return { sentence, actions: ['restart', 'reload'] };
  if (error.name === 'AccessError') return { sentence, actions: ['token', 'starter'] };
  if (error.name === 'BrokenDownload') return { sentence, actions: ['retry', 'starter'] };
  return { sentence, actions: ACTIONS[activity] };
}

/**
 * A hint if a result means little, otherwise null.
 * @param {{ image: ImageInfo }} result
 * @returns {Message | null}
 */
export function warningMessageOf({ image: { warning } }) {
  return warning === null ? null : { sentence: t('error.warning', { detail: asSentence(warning) }), actions: [], mild: true };
}

/**
 * The browser's storage had no room for a model.
 * @param {string} name
 * @returns {Message}
 */
export function storageFullMessage(name) {
  return { sentence: t('error.storageFull', { name }), actions: [], mild: true };
}

/**
 * Texts that came with a weight file were not used.
 * @param {UnusedNote[]} unused
 * @returns {Message}
 */
export function unusedNotesMessage(unused) {
  return { sentence: unused.map(({ file, reason }) => t('error.unusedNote', { file, reason: asSentence(reason) })).join(' '), actions: [], mild: true };
}

/**
 * The URL names a node that the network does not have.
 * @param {string} name
 * @returns {Message}
 */
export function unknownLayerMessage(name) {
  return { sentence: t('error.unknownLayer', { name }), actions: [], mild: true };
}

/**
 * The message for all invalid settings in the URL.
 * @param {LiveText[]} sentences
 * @returns {Message}
 */
export function settingsMessage(sentences) {
  return { sentence: sentences.map((sentence) => asSentence(sentence())).join(' '), actions: [] };
}

/**
 * An error as a sentence in the language in use.
 * @param {NamedError} error
 */
export function sentenceOf(error) {
  if (Object.hasOwn(SENTENCES, error.name)) return SENTENCES[error.name](error);
  if (error.text) return asSentence(messageOf(error));
  if (Object.hasOwn(COMPLETE, error.name)) return t(COMPLETE[error.name], { detail: asSentence(error.message) });
  return t('error.unexpected', { detail: error.message });
}
