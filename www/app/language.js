// @ts-check
// The page's language: the one that the URL requests (`?lang=ko`), or else the browser's.

import { textError } from '../lib/errors.js';
import { LANGUAGES, language, listOr, setLanguage } from '../lib/i18n.js';
import { loadTexts } from '../lib/load-texts.js';
import { translateDocument } from './static-texts.js';
import { readUrl } from './url-state.js';

/** @import { Language } from '../lib/i18n.js' */

/**
 * Loads the texts and shows the document in the page's language.
 * @param {Promise<void>} complete resolves when the document has all its parts
 */
export async function startLanguage(complete) {
  await Promise.all([loadTexts(), complete]);
  translateDocument();
  followUrl();
}

/** Uses the language of the URL. */
export function followUrl() {
  const { lang } = readUrl();
  setLanguage(isLanguage(lang) ? lang : browserLanguage());
}

/** An error if the URL requests an unknown language, otherwise null. */
export function languageError() {
  const { lang } = readUrl();
  if (lang === null || isLanguage(lang)) return null;
  return textError('StateError', 'settings.unknownLanguage', { found: lang, languages: listOr(LANGUAGES) });
}

/** The language that is not in use. @returns {Language} */
export const otherLanguage = () => (language() === 'ko' ? 'en' : 'ko');

/** @returns {Language} */
const browserLanguage = () => (/^ko\b/i.test(navigator.language) ? 'ko' : 'en');

/**
 * @param {string | null} lang
 * @returns {lang is Language}
 */
const isLanguage = (lang) => LANGUAGES.some((one) => one === lang);
