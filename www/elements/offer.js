// @ts-check
// The choices of a select.

import { setIfChanged } from '../lib/set-if-changed.js';

/** @import { Choice } from '../gradient/subject.js' */

/**
 * Offers choices; options that are the same as before stay.
 * @param {HTMLSelectElement} select
 * @param {Choice[]} choices
 * @param {string} chosen
 */
export function offer(select, choices, chosen) {
  const known = [...select.options].map(({ value, text }) => `${value} ${text}`).join('\n');
  if (choices.map(({ value, text }) => `${value} ${text}`).join('\n') !== known) select.replaceChildren(...choices.map(({ value, text }) => new Option(text, value)));
  setIfChanged(select, { value: chosen, disabled: choices.length === 0 });
}
