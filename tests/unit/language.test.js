// The texts of the page: complete in both languages, all of them used, and none left in the code.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TEXT_ATTRIBUTES } from '../../www/app/static-texts.js';
import { listAnd, listOr, numberFormat, onLanguage, setLanguage, t, useTexts } from '../../www/lib/i18n.js';
import { literalsOf, scripts } from './scripts.js';
import { INDEX, TEXTS } from './texts.js';

const keys = Object.keys(TEXTS.en);
const variants = (entry) => (typeof entry === 'string' ? [entry] : Object.values(entry));
const placeholders = (text) => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))].sort();
const literals = scripts().flatMap(({ name, text }) => literalsOf(text).map((literal) => ({ name, ...literal })));

test('both languages have the same keys in the same order, and no text is empty', () => {
  assert.deepEqual(Object.keys(TEXTS.ko), keys);
  for (const [lang, texts] of Object.entries(TEXTS)) {
    for (const [key, entry] of Object.entries(texts)) {
      assert.match(key, /^[a-z]\w*(\.\w+)+$/, key);
      for (const text of variants(entry)) assert.ok(text.trim(), `${lang}: ${key}`);
    }
  }
});

test('both languages have the same placeholders, and an entry for every plural category', () => {
  for (const key of keys) {
    const expected = placeholders(variants(TEXTS.en[key]).join());
    for (const [lang, texts] of Object.entries(TEXTS)) {
      assert.deepEqual(placeholders(variants(texts[key]).join()), expected, `${lang}: ${key}`);
      if (typeof texts[key] === 'string') continue;
      assert.deepEqual(Object.keys(texts[key]).sort(), new Intl.PluralRules(lang).resolvedOptions().pluralCategories.sort(), `${lang}: ${key}`);
    }
  }
});

test('no Korean particle depends on a value', () => {
  for (const [key, entry] of Object.entries(TEXTS.ko)) {
    for (const text of variants(entry)) assert.doesNotMatch(text, /\}[”’)]*(은|는|이|가|을|를|와|과|로|으로)(?=[\s.,:?!]|$)/, key);
  }
});

test('every key is used, and every key that is used exists', () => {
  const attributes = ['data-i18n', ...Object.keys(TEXT_ATTRIBUTES)].join('|');
  const inDocument = [...INDEX.matchAll(new RegExp(`\\b(?:${attributes})="([^"]*)"`, 'g'))].map(([, key]) => key);
  for (const key of inDocument) assert.ok(keys.includes(key), `index.html: ${key}`);
  for (const { name, line, text, before } of literals) {
    if (/\bt\($/.test(before) && !text.includes('{}')) assert.ok(keys.includes(text), `${name}:${line}: ${text}`);
  }
  // A template such as `action.${name}` uses all keys that fit.
  const named = new Set([...inDocument, ...literals.map(({ text }) => text)]);
  const fitting = [...named].filter((text) => /^[a-z]\w*\.[\w.]*\{\}[\w.]*$/.test(text))
    .map((text) => new RegExp(`^${text.replaceAll('.', '\\.').replaceAll('{}', '\\w+')}$`));
  const isUsed = (key) => named.has(key) || fitting.some((pattern) => pattern.test(key));
  assert.deepEqual(keys.filter((key) => !isUsed(key)), []);
});

test('the document contains the English texts', () => {
  const decoded = (text) => text.replaceAll('&amp;', '&').replaceAll('&lt;', '<');
  const elements = [...INDEX.matchAll(/<(\w[\w-]*)\b[^>]*\bdata-i18n="([^"]+)"[^>]*>([^<]*)<\/\1>/g)];
  assert.equal(elements.length, INDEX.match(/\bdata-i18n="/g).length, 'an element with data-i18n contains only its text');
  for (const [, , key, text] of elements) assert.equal(decoded(text), TEXTS.en[key], key);
  for (const [source, attribute] of Object.entries(TEXT_ATTRIBUTES)) {
    for (const [tag, key] of INDEX.matchAll(new RegExp(`<[^>]*\\b${source}="([^"]+)"[^>]*>`, 'g'))) {
      assert.equal(decoded(new RegExp(`(?<!-)\\b${attribute}="([^"]*)"`).exec(tag)?.[1] ?? ''), TEXTS.en[key], key);
    }
  }
});

/** Scripts whose texts are still in the code. */
const NOT_YET = /^(app|elements|engine|figures|images|lens|lib|live|models|network)\/(?!language|static-texts|i18n)/;
/** What looks like a text and is none: names of errors, events and keys, of browsers' APIs, operators and products, and messages of errors that only a developer causes. */
const NO_TEXTS = /^(\w+Error|AbortError|DeviceLost|NoWebGpu|NoAdapter|NoEngine|UnknownFormat|BrokenDownload|Arrow(Left|Right|Up|Down)|Page(Up|Down)|Home|End|Enter|Escape|Delete|VideoFrame|ReLU|Content-Type)$/;
const IN_CODE = [
  { what: 'classes of an element', before: /(create\([^)]*,\s*|className: |class: |classList\.\w+\()$/ },
  { what: 'a selector', before: /\b(find|findAll|querySelector|querySelectorAll|closest|matches)\([^)]*$/ },
  { what: 'an error of the code itself', before: /(new (Type|Range)?Error|\breport)\($/ },
];
/** Literals that are shown: a sentence, a word that begins with a capital letter, or any word where an element's text is set. */
const SENTENCE = /\p{L}{2}\S* \S*\p{L}{2}/u;
const LABEL = /^\p{Lu}\p{Ll}+/u;
const SHOWN = /(textContent: |textContent = |ariaLabel: |ariaLabel = |ariaValueText: |title: |placeholder: |alt: |create\('\w+', |createButton\(|'aria-label': |'aria-label', |showMessage\()$/;

test('no text is left in the code', () => {
  const isText = ({ text, before }) => {
    const words = text.replaceAll('{}', '');
    if (NO_TEXTS.test(words) || keys.includes(text)) return false;
    if (SHOWN.test(before)) return /\p{L}{2}/u.test(words);
    return (SENTENCE.test(words) || LABEL.test(words)) && !IN_CODE.some((one) => one.before.test(before));
  };
  const left = literals.filter((literal) => !NOT_YET.test(literal.name) && isText(literal));
  assert.deepEqual(left.map(({ name, line, text }) => `${name}:${line}: ${text}`), []);
});

test('texts follow the language: placeholders, numbers, lists and plurals', (context) => {
  const texts = { en: { 'a.b': '{name}: {size}', 'a.n': { one: '{count} image', other: '{count} images' } }, ko: { 'a.b': '{name} {size}', 'a.n': { other: '이미지 {count}개' } } };
  useTexts(texts, (fault) => { throw new Error(fault); });
  context.after(() => {
    setLanguage('en');
    useTexts(TEXTS);
  });
  assert.equal(t('a.b', { name: 'x', size: 1234.5 }), 'x: 1,234.5');
  assert.deepEqual([1, 2, 1000].map((count) => t('a.n', { count })), ['1 image', '2 images', '1,000 images']);
  assert.equal(listAnd(['a', 'b', 'c']), 'a, b and c');
  assert.equal(listOr(['a', 'b', 'c']), 'a, b or c');
  let changes = 0;
  onLanguage(() => { changes += 1; });
  setLanguage('ko');
  setLanguage('ko');
  assert.equal(changes, 1);
  assert.equal(t('a.n', { count: 1 }), '이미지 1개');
  assert.equal(t('a.b', { name: '$&', size: '7' }), '$& 7');
  assert.equal(listAnd(['a', 'b']), 'a 및 b');
  assert.equal(numberFormat({ style: 'percent' })(0.5), '50%');
  assert.throws(() => t('a.c'), /no text “a\.c”/);
  assert.throws(() => t('a.b', { name: 'x' }), /no value for \{size\}/);
});
