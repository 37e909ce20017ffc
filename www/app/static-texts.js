// @ts-check
// Texts that only the language changes. An element names the key of its text, `data-i18n="KEY"`, and those of its attributes. The
// document contains the English texts, so it is written only when the language changes.

import { findAll } from '../lib/dom.js';
import { language, onLanguage, t } from '../lib/i18n.js';

/** @import { Key } from '../lib/i18n.js' */

/** Attributes that are texts, by the attribute that names their key. */
export const TEXT_ATTRIBUTES = {
  'data-i18n-label': 'aria-label',
  'data-i18n-role': 'aria-roledescription',
  'data-i18n-title': 'title',
  'data-i18n-placeholder': 'placeholder',
  'data-i18n-content': 'content',
};

/** Keeps the document in the language in use. */
export function translateDocument() {
  onLanguage(() => {
    document.documentElement.lang = language();
    for (const element of findAll(document, '[data-i18n]', HTMLElement)) element.textContent = t(keyOf(element, 'data-i18n'));
    for (const [source, attribute] of Object.entries(TEXT_ATTRIBUTES)) {
      for (const element of findAll(document, `[${source}]`, Element)) element.setAttribute(attribute, t(keyOf(element, source)));
    }
  });
}

/**
 * Gives a new element texts that follow the language.
 * @template {HTMLElement} Target
 * @param {Target} element
 * @param {{ text?: Key, label?: Key, title?: Key }} keys `label`: its name for screen readers
 */
export function withTexts(element, { text, ...attributes }) {
  if (text) Object.assign(element, { textContent: t(text) }).setAttribute('data-i18n', text);
  for (const [name, key] of Object.entries(attributes)) {
    const source = /** @type {keyof typeof TEXT_ATTRIBUTES} */ (`data-i18n-${name}`);
    element.setAttribute(source, key);
    element.setAttribute(TEXT_ATTRIBUTES[source], t(key));
  }
  return element;
}

/**
 * @param {Element} element
 * @param {string} attribute
 */
const keyOf = (element, attribute) => /** @type {Key} */ (element.getAttribute(attribute));
