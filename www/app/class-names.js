// What classes are called, in the language that the address asks for (`?lang=ko`), or else in the browser's.

import { namedError } from '../lib/errors.js';
import { setIfChanged } from '../lib/set-if-changed.js';
import { readUrl } from './url-state.js';

/** The languages that classes have names in, as they call themselves. */
const LANGUAGES = { en: 'English', ko: '한국어' };

/** Where there is no class to name. */
export const NAMELESS = { text: '', lang: null };

export function language() {
  const { lang } = readUrl();
  if (Object.hasOwn(LANGUAGES, lang)) return lang;
  return /^ko\b/i.test(navigator.language) ? 'ko' : 'en';
}

/** The language that is not in use: `{ text, lang }`. */
export function otherLanguage() {
  const lang = language() === 'ko' ? 'en' : 'ko';
  return { text: LANGUAGES[lang], lang };
}

/** What is wrong with the address's wish, or null. */
export function languageProblem() {
  const { lang } = readUrl();
  if (lang === null || Object.hasOwn(LANGUAGES, lang)) return null;
  return namedError('StateError', `lang: expected ${Object.keys(LANGUAGES).join(' or ')}, found “${lang}”.`);
}

/** Both names of a class as the engine labels it, each `{ text, lang }`, that of the language in use first; or its only name. */
export function namesOf({ label, ko }) {
  const own = { text: label, lang: null };
  if (!ko) return [own];
  const korean = { text: ko, lang: 'ko' };
  return language() === 'ko' ? [korean, own] : [own, korean];
}

/** Writes a name into an element, marked with its language for those who have it read to them. */
export function writeName(element, { text, lang }) {
  setIfChanged(element, { textContent: text });
  if (lang) setIfChanged(element, { lang });
  else if (element.lang) element.removeAttribute('lang');
  return element;
}
