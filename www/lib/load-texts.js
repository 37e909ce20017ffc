// @ts-check
// Loads the page's texts.

import { useTexts } from './i18n.js';

/** @import { Language } from './i18n.js' */

/** @type {Record<Language, URL>} */
const FILES = { en: new URL('../i18n/en.json', import.meta.url), ko: new URL('../i18n/ko.json', import.meta.url) };

/** Requests the texts of all languages. Rejects if one cannot be loaded. */
export async function loadTexts() {
  const load = async (/** @type {Language} */ name) => {
    const response = await fetch(FILES[name]);
    if (!response.ok) throw new TypeError(`The texts of the language ${name}: the server answered ${response.status}.`);
    return response.json();
  };
  const [en, ko] = await Promise.all([load('en'), load('ko')]);
  useTexts({ en, ko });
}
