// @ts-check
// Errors that callers distinguish by name.

import { t } from './i18n.js';

/** @import { Key, TextRef, Values } from './i18n.js' */

/**
 * Extra members of the page's errors: `text` has the message in the language in use, `absent` marks a file that the server does not
 * have, `shown` an error that is already on the page.
 * @typedef {Error & { text?: TextRef, absent?: boolean, shown?: boolean }} NamedError
 */

/**
 * An Error whose `name` identifies the kind of failure; callers switch on it.
 * @param {string} name
 * @param {string} message
 * @returns {NamedError}
 */
export function namedError(name, message) {
  return Object.assign(new Error(message), { name });
}

/**
 * An Error with a text of the page. The worker has no texts: there, its message is the key.
 * @param {string} name
 * @param {Key} key
 * @param {Values} [values]
 * @returns {NamedError}
 */
export function textError(name, key, values = {}) {
  return Object.assign(new Error(t(key, values)), { name, text: { key, values } });
}

/**
 * The message of an error in the language in use. Those of the engine and the browser are as they are.
 * @param {NamedError} error
 */
export const messageOf = ({ text, message }) => (text ? t(text.key, text.values) : message);

/**
 * The caught value itself if it is an Error, otherwise an Error with its text.
 * @param {unknown} caught
 * @returns {NamedError}
 */
export function asError(caught) {
  return caught instanceof Error ? caught : new Error(String(caught));
}

/**
 * What a message to another realm keeps of an error.
 * @param {NamedError} error
 * @returns {{ name: string, message: string, text?: TextRef }}
 */
export const plainError = ({ name, message, text }) => ({ name, message, text });

/**
 * The error of such a message.
 * @param {{ name: string, message: string, text?: TextRef }} plain
 */
export const errorOf = ({ name, message, text }) => (text ? textError(name, text.key, text.values) : namedError(name, message));
