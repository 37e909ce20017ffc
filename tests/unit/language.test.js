// The texts of the page: complete in both languages, all of them used, and none left in the code.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TEXT_ATTRIBUTES } from '../../www/app/static-texts.js';
import { listAnd, listOr, numberFormat, onLanguage, setLanguage, t, useTexts } from '../../www/lib/i18n.js';
import { literalsOf, scripts, styles } from './scripts.js';
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
    for (const text of variants(entry)) assert.doesNotMatch(text, /\}[”’)]*(은|는|이|가|을|를|와|과|로|으로|라는|이라는|라고|이라고|랑|이랑)(?=[\s.,:?!]|$)/, key);
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

/** Texts of the document that are the same in both languages: names of the page, of colormaps and keys, and formulas. What is shown without the texts is in both languages. */
const SAME = new Set(['ResNet', 'Lens', 'GPU', 'magma', 'viridis', 'cividis', 'grey', 'Page ↑', 'Page ↓', 'Home', 'End', 'x + F(x)']);

test('every text of the document has a key', () => {
  const body = INDEX.slice(INDEX.indexOf('<body')).replace(/<div class="noscript" data-load-failure hidden>.*<\/noscript>/s, '');
  const isText = (text) => /\p{L}/u.test(text) && !SAME.has(text.trim());
  const bare = [...body.matchAll(/<([^>]*)>([^<]*)/g)].filter(([, tag, text]) => isText(text) && !/\bdata-i18n=/.test(tag));
  assert.deepEqual(bare.map(([, , text]) => text.trim()), []);
  for (const [source, attribute] of Object.entries(TEXT_ATTRIBUTES)) {
    for (const [tag] of body.matchAll(new RegExp(`<[^>]*(?<!-)\\b${attribute}="[^"]*\\p{L}[^>]*>`, 'gu'))) assert.match(tag, new RegExp(`\\b${source}=`));
  }
});

/** What looks like a text and is none. `text` is compared with the literal, `before` with the code in front of it. */
const NO_TEXTS = [
  { what: 'names of errors', text: /^(\w+Error|DeviceLost|NoWebGpu|NoAdapter|NoEngine|UnknownFormat|BrokenDownload)$/ },
  { what: 'keys of the keyboard', text: /^(Arrow(Left|Right|Up|Down)|Page(Up|Down)|Home|End|Enter|Escape|Delete)$/ },
  { what: 'names of the page, of operators, formats and browser features', text: /^(\{\} · )?(ResNet Lens|ReLU|CSV|JSON|VideoFrame|ImageData|ImageBitmap|OffscreenCanvas)$/ },
  { what: 'names of locks', text: /^resnet-lens / },
  { what: 'media queries', text: /^\([a-z-]+: [a-z]+\)$/ },
  { what: 'selectors', text: /^(input:not|\[|\.|#)/ },
  { what: 'styles', text: /^\s*:host \{/ },
  { what: 'selectors', before: /\b(find|findAll|querySelector|querySelectorAll|closest|matches)\([^)]*$/ },
  { what: 'classes of elements', text: /^(share negative|arc projected)$/ },
  { what: 'classes of elements', before: /(create\([^)]*,\s*|className: |class: |classList\.\w+\()$/ },
  { what: 'kinds of shortcuts, whose texts are elsewhere', text: /^average-pooled and projected$/ },
  { what: 'values of HTML attributes, HTTP headers, fonts and file headers', text: /^(noopener noreferrer|Bearer \{\}|<!doctype html|Helvetica, .*|\{'descr': .*)$/s },
  { what: 'errors that only a mistake in the code causes', before: /(new (Type|Range)?Error|\breport)\($/ },
  { what: 'errors that are never shown', before: /namedError\('(AbortError|DeviceLost)', $/ },
  { what: 'cited papers', before: /\b(authors|work): $/ },
];
/** Literals that are shown: a sentence, a word that begins with a capital letter, or any word where an element's text is set. */
const SENTENCE = /\p{L}{2}\S* \S*\p{L}{2}/u;
const LABEL = /^\p{Lu}\p{Ll}+/u;
const SHOWN = /(textContent: |textContent = |ariaLabel: |ariaLabel = |ariaValueText: |title: |placeholder: |alt: |create\('\w+', |createButton\(|'aria-label': |'aria-label', |showMessage\()$/;

test('no text is left in the code', () => {
  const isText = ({ text, before }) => {
    const words = text.replaceAll('{}', '');
    if (keys.includes(text) || NO_TEXTS.some((one) => one.text?.test(text) || one.before?.test(before))) return false;
    return SHOWN.test(before) ? /\p{L}{2}/u.test(words) : SENTENCE.test(words) || LABEL.test(words);
  };
  const left = literals.filter((literal) => isText(literal));
  assert.deepEqual(left.map(({ name, line, text }) => `${name}:${line}: ${text}`), []);
});

test('every text of the styles is in both languages', () => {
  const texts = styles().flatMap(({ name, text }) => [...text.matchAll(/content: "([^"]*\p{L}[^"]*)"/gu)].map(([, content]) => `${name}: ${content}`));
  assert.deepEqual(texts, []);
  const { text: base } = styles().find(({ name }) => name === 'styles/base.css');
  const names = [...base.matchAll(/(--text-\w+):/g)].map(([, name]) => name);
  for (const name of new Set(names)) assert.equal(names.filter((one) => one === name).length, Object.keys(TEXTS).length, name);
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
