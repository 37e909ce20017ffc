// @ts-check
// The page's texts in the language in use: `t('area.name', values)`. The texts are data in www/i18n. `load-texts.js` loads them once,
// before any element is shown, so that a change of the language needs no request. Nothing here needs a document.

/** @typedef {'en' | 'ko'} Language */
/** @typedef {keyof typeof import('../i18n/en.json')} Key */
/** A text with `{name}` placeholders, or one per plural category of the value `count`. @typedef {string | { [category: string]: string }} Entry */
/** @typedef {Record<string, Entry>} Texts */
/**
 * Numbers are written as quantities: `1,024`. What only looks like one, such as the number of a channel, is passed as text. A part that
 * is a text itself is named by its key.
 * @typedef {Record<string, string | number | TextRef>} Values
 */
/** A text by its key, for what is shown later or in another realm. @typedef {{ key: Key, values?: Values }} TextRef */
/** A text that is made again when the language changes. @typedef {() => string} LiveText */

/** @type {Language[]} */
export const LANGUAGES = ['en', 'ko'];
/** Whose rules numbers, lists and plurals follow. The English texts are British. */
const LOCALES = { en: 'en-GB', ko: 'ko-KR' };

/** @type {Language} */
let current = 'en';
/** Null until they are loaded. @type {Record<Language, Texts> | null} */
let texts = null;
/** @type {(fault: string) => void} */
let report = console.error;
/** @type {Set<() => void>} */
const listeners = new Set();

/**
 * @param {Record<Language, Texts>} all
 * @param {(fault: string) => void} [onFault] called with an unknown key or a missing value
 */
export function useTexts(all, onFault = console.error) {
  texts = all;
  report = onFault;
}

/** The language in use. */
export const language = () => current;

/**
 * Uses another language and calls the listeners.
 * @param {Language} next
 */
export function setLanguage(next) {
  if (next === current) return;
  current = next;
  for (const listener of listeners) listener();
}

/**
 * What `make` returns in another language than that in use, for an element whose document is in another one.
 * @template T
 * @param {Language} other
 * @param {() => T} make
 */
export function withLanguage(other, make) {
  const before = current;
  current = other;
  try {
    return make();
  } finally {
    current = before;
  }
}

/**
 * Calls `listener` after each change of the language, in the order of addition.
 * @param {() => void} listener
 */
export function onLanguage(listener) {
  listeners.add(listener);
}

/**
 * The text of a key in the language in use. Each `{name}` is replaced by that value.
 * @param {Key} key
 * @param {Values} [values]
 * @returns {string}
 */
export function t(key, values = {}) {
  if (!texts) return key;
  const entry = texts[current][key] ?? texts.en[key];
  if (entry === undefined) {
    report(`There is no text “${key}”.`);
    return key;
  }
  const text = typeof entry === 'string' ? entry : entry[pluralCategory(values.count)] ?? entry.other;
  return text.replace(/\{(\w+)\}/g, (placeholder, name) => {
    const value = values[name];
    if (value === undefined) report(`The text “${key}” has no value for ${placeholder}.`);
    if (typeof value === 'object') return t(value.key, value.values);
    return typeof value === 'number' ? quantity(value) : value ?? placeholder;
  });
}

/**
 * A function that writes numbers by the rules of the language in use.
 * @param {Intl.NumberFormatOptions} [options]
 */
export function numberFormat(options) {
  const format = perLanguage((locale) => new Intl.NumberFormat(locale, options));
  return (/** @type {number} */ value) => format().format(value);
}

const conjunctions = perLanguage((locale) => new Intl.ListFormat(locale, { type: 'conjunction' }));
const disjunctions = perLanguage((locale) => new Intl.ListFormat(locale, { type: 'disjunction' }));
const plurals = perLanguage((locale) => new Intl.PluralRules(locale));
const quantity = numberFormat();

/** Writes the first number, which takes Chromium about 10 ms. */
export function loadNumberFormats() {
  quantity(0);
}

/**
 * “a, b and c”.
 * @param {Iterable<string>} parts
 */
export const listAnd = (parts) => conjunctions().format(parts);

/**
 * “a, b or c”.
 * @param {Iterable<string>} parts
 */
export const listOr = (parts) => disjunctions().format(parts);

/** @param {Values[string] | undefined} count */
const pluralCategory = (count) => plurals().select(Number(count ?? 0));

/**
 * Makes a formatter per language once, because making one is slow.
 * @template T
 * @param {(locale: string) => T} make
 */
function perLanguage(make) {
  /** @type {Map<Language, T>} */
  const made = new Map();
  return () => {
    const found = made.get(current) ?? make(LOCALES[current]);
    made.set(current, found);
    return found;
  };
}
