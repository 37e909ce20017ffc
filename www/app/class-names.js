// @ts-check
// Names of classes in the language that the URL requests (`?lang=ko`), or else in the browser's.

import { namedError } from '../lib/errors.js';
import { setIfChanged } from '../lib/set-if-changed.js';
import { readUrl } from './url-state.js';

/** @import { Label } from '../pkg/resnet_lens.js' */

/** A name and its language; null: the page's. @typedef {{ text: string, lang: string | null }} ClassName */

/** Languages of class names, as they call themselves. */
const LANGUAGES = { en: 'English', ko: '한국어' };

/** @typedef {keyof typeof LANGUAGES} Language */

/** The name of no class. @type {ClassName} */
export const UNNAMED = { text: '', lang: null };

/** @returns {Language} */
export function language() {
  const { lang } = readUrl();
  if (isLanguage(lang)) return lang;
  return /^ko\b/i.test(navigator.language) ? 'ko' : 'en';
}

/** The language that is not in use. */
export function otherLanguage() {
  /** @type {Language} */
  const lang = language() === 'ko' ? 'en' : 'ko';
  return { text: LANGUAGES[lang], lang };
}

/** An error if the URL requests an unknown language, otherwise null. */
export function languageError() {
  const { lang } = readUrl();
  if (lang === null || isLanguage(lang)) return null;
  return namedError('StateError', `unsupported language “${lang}”: use ${Object.keys(LANGUAGES).join(' or ')}.`);
}

/**
 * The names of a class, that of the language in use first.
 * @param {Label} label
 * @returns {[ClassName, ClassName?]}
 */
export function namesOf({ label, ko }) {
  /** @type {ClassName} */
  const own = { text: label, lang: null };
  if (!ko) return [own];
  /** @type {ClassName} */
  const korean = { text: ko, lang: 'ko' };
  return language() === 'ko' ? [korean, own] : [own, korean];
}

/**
 * Writes a name into an element, with its language for screen readers.
 * @template {HTMLElement} Target
 * @param {Target} element
 * @param {ClassName} name
 */
export function writeName(element, { text, lang }) {
  /** @type {HTMLElement} */
  const target = element;
  setIfChanged(target, { textContent: text });
  if (lang) setIfChanged(target, { lang });
  else if (target.lang) target.removeAttribute('lang');
  return element;
}

/**
 * @param {string | null} lang
 * @returns {lang is Language}
 */
const isLanguage = (lang) => lang !== null && Object.hasOwn(LANGUAGES, lang);
