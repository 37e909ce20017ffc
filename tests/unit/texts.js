// Loads the page's texts from disk for modules under test. Importing this module is enough. A fault is an error here.

import { readFileSync, readdirSync } from 'node:fs';
import { useTexts } from '../../www/lib/i18n.js';

const read = (name) => readFileSync(new URL(`../../www/${name}`, import.meta.url), 'utf8');

/** The document with its parts. */
export const INDEX = ['index.html', ...readdirSync(new URL('../../www/parts', import.meta.url)).map((name) => `parts/${name}`)].map(read).join('\n');
export const TEXTS = { en: JSON.parse(read('i18n/en.json')), ko: JSON.parse(read('i18n/ko.json')) };

useTexts(TEXTS, (fault) => { throw new Error(fault); });
