// @ts-check
// The texts of index.html. An element names the key of its text, `data-i18n="KEY"`, and those of its attributes. The document contains
// the English texts, so it is written only when the language changes.

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
 * @param {Element} element
 * @param {string} attribute
 */
const keyOf = (element, attribute) => /** @type {Key} */ (element.getAttribute(attribute));
