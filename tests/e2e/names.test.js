// Class names in the browser's language or in the selected one, with the synset.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, predictions, start, pageStatus, upload, uploadModel, waitForState } from './browser.js';
import { png } from './images.js';
import { starter } from './weight-files.js';

const HANGUL = /^[가-힣 ]+$/;

let site;
before(async () => { site = await start(); });
after(() => site?.close());

const withPage = (...of) => site.withPage(...of);

/** Text and language of the element with this selector in each prediction. */
function named(page, selector) {
  return page.evaluate((inner) => [...document.querySelectorAll(`#predictions ${inner}`)].map((node) => ({
    text: node.textContent,
    lang: node.closest('[lang]').lang,
  })), selector);
}

/** The text of the children that are not hidden. */
const visibleText = (locator) => locator.evaluate((node) => [...node.children].filter((child) => !child.hidden).map((child) => child.textContent).join(''));

const langInUrl = (page) => page.evaluate(() => new URLSearchParams(location.search).get('lang'));

async function openAndClassify(page, url = site.base) {
  await open(page, url);
  assert.equal(await upload(page, 'checks.png', png(64, 64)), 'ready');
}

test('a Korean browser gets Korean class names with the English name and the synset', () => withPage(async (page) => {
  await openAndClassify(page);
  const labels = await page.evaluate(() => window.resnetLens.labels());
  assert.equal(labels.length, 107);
  const shown = await predictions(page);
  assert.equal(shown.length, 5);
  const others = await named(page, '.other');
  const synsets = await named(page, '.synset');
  for (const [rank, { text, lang }] of (await named(page, '.label')).entries()) {
    const { id, label, ko } = labels[shown[rank].index];
    assert.match(ko, HANGUL);
    assert.match(id, /^n\d{8}$/);
    assert.deepEqual({ text, lang }, { text: ko, lang: 'ko' });
    assert.deepEqual(others[rank], { text: label, lang: 'en' });
    assert.equal(synsets[rank].text, id);
  }
  assert.equal(await page.getAttribute('[data-announce]', 'lang'), 'ko');
  assert.equal(await langInUrl(page), null, 'a default is not in the URL');
}, { locale: 'ko-KR' }));

test('the language switch works by pointer and keyboard; the URL stores the choice; back restores it', () => withPage(async (page) => {
  await openAndClassify(page);
  const [english] = await named(page, '.label');
  assert.equal(english.lang, 'en');
  const choice = page.locator('lens-language button');
  assert.equal(await choice.textContent(), '한국어');
  assert.equal(await choice.getAttribute('lang'), 'ko');

  await choice.click();
  const [korean] = await named(page, '.label');
  assert.match(korean.text, HANGUL);
  assert.equal(korean.lang, 'ko');
  assert.equal((await named(page, '.other'))[0].text, english.text);
  assert.equal(await langInUrl(page), 'ko');

  assert.equal(await choice.textContent(), 'English');
  assert.equal(await choice.evaluate((node) => node === document.activeElement), true, 'the button keeps the focus');
  await page.keyboard.press('Enter');
  assert.deepEqual((await named(page, '.label'))[0], english);
  assert.equal(await langInUrl(page), 'en');
  await page.goBack();
  assert.deepEqual((await named(page, '.label'))[0], korean);

  await page.reload();
  await waitForState(page, 'ready');
  await upload(page, 'checks.png', png(64, 64));
  assert.deepEqual((await named(page, '.label'))[0], korean);
}));

test('the class map and the list of classes use the language too', () => withPage(async (page) => {
  await openAndClassify(page, `${site.base}?lang=ko`);
  const [korean] = await named(page, '.label');
  await page.locator('#predictions button').first().click();
  const legend = page.locator('lens-overlay [data-legend]');
  assert.equal(await visibleText(legend), `클래스 근거: “${korean.text}”`);
  assert.equal(await legend.locator('[data-class]').getAttribute('lang'), 'ko');

  await page.click('lens-model-facts summary');
  const classes = page.locator('lens-model-facts [data-classes] li');
  assert.equal(await classes.count(), 107);
  assert.equal(await classes.first().textContent(), '금붕어 n01443537');
  await page.click('lens-language button');
  assert.equal(await classes.first().textContent(), 'goldfish n01443537');
  assert.match(await visibleText(legend), /“[A-Za-z -]+”$/);
}));

test('?lang= with an unsupported language shows an alert, and the page works', () => withPage(async (page) => {
  await page.goto(`${site.base}?lang=de`);
  assert.equal(await waitForState(page, 'ready', 'error'), 'error');
  assert.equal((await pageStatus(page)).alert, 'Unsupported language “de”: use en or ko.');
  assert.equal(await upload(page, 'checks.png', png(64, 64)), 'ready');
  assert.equal((await named(page, '.label'))[0].lang, 'en');
}));

test('a model without class names shows numbers', () => withPage(async (page) => {
  await openAndClassify(page);
  assert.equal(await uploadModel(page, 'mine.safetensors', starter), 'ready');
  const [first] = await predictions(page);
  assert.equal(first.label, `클래스 ${first.index}`);
  assert.equal(await page.isVisible('lens-model-facts [data-classes]'), false);
  assert.deepEqual((await named(page, '.other, #predictions .synset')).filter(({ text }) => text), []);
}, { locale: 'ko-KR' }));
