// @ts-check
// Errors of the package's calls: one sentence each, and a name that callers switch on.

import { asError, messageOf, namedError, textError } from '../../www/lib/errors.js';
import { asSentence } from '../../www/lib/format.js';

/** @import { NamedError } from '../../www/lib/errors.js' */
/** @import { Key, Values } from '../../www/lib/i18n.js' */

/** Errors whose text for the page speaks of the page. @type {Record<string, Key>} */
const KEYS = {
  NoWebGpu: 'npm.noWebGpu',
  NoAdapter: 'npm.noAdapter',
  NoEngine: 'npm.noEngine',
  WorkerError: 'npm.workerStopped',
  DeviceLost: 'npm.deviceLost',
};

/**
 * The error that a call of the package is rejected with; one that is such an error already stays.
 * @param {unknown} caught
 * @returns {Error}
 */
export function publicError(caught) {
  const error = asError(caught);
  if (error.text?.key.startsWith('npm.')) return error;
  if (error.text?.key === 'error.workerScript') return textError(error.name, 'npm.noWorker');
  if (Object.hasOwn(KEYS, error.name)) return textError(error.name, KEYS[error.name], { reason: reasonOf(error) });
  if (error instanceof DOMException || error.name === 'AbortError') return error;
  return error.text ? textError(error.name, error.text.key, error.text.values) : namedError(error.name, asSentence(error.message));
}

/**
 * A call that cannot be made as it is.
 * @param {Key} key
 * @param {Values} [values]
 */
export const stateError = (key, values) => textError('StateError', key, values);

/**
 * What a value is, for a sentence about an argument.
 * @param {unknown} value
 */
export function kindOf(value) {
  if (value === null || value === undefined) return String(value);
  return typeof value === 'object' ? value.constructor?.name ?? 'object' : typeof value;
}

/** A reason inside a sentence. @param {NamedError} error */
const reasonOf = (error) => messageOf(error).replace(/\.$/, '');
