// @ts-check
// Errors that callers distinguish by name.

/**
 * Extra members of the page's errors: `absent` marks a file that the server does not have, `shown` an error that is already on
 * the page.
 * @typedef {Error & { absent?: boolean, shown?: boolean }} NamedError
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
 * The caught value itself if it is an Error, otherwise an Error with its text.
 * @param {unknown} caught
 * @returns {NamedError}
 */
export function asError(caught) {
  return caught instanceof Error ? caught : new Error(String(caught));
}
