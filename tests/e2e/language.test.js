// The page in Korean and English: chosen by the address, by the browser and by the switch in the header, which keeps everything that is
// shown and runs nothing again.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible } from './accessible.js';
import { open, pageStatus, predictions, start, upload, waitForState } from './browser.js';
import { png } from './images.js';
import { statisticsShown } from './lens-page.js';

let site;
before(async () => { site = await start(); });
after(() => site?.close());

const KOREAN = { locale: 'ko-KR' };
const image = png(320, 200);
const text = (page, selector) => page.evaluate((one) => document.querySelector(one).textContent.trim(), selector);
const languageOf = (page) => page.evaluate(() => ({ lang: document.documentElement.lang, title: document.title }));
const change = (page) => page.click('lens-language button');

async function openWithImage(page, url = site.base) {
  await open(page, url);
  assert.equal(await upload(page, 'checks.png', image), 'ready');
  await statisticsShown(page);
}

/** Words of the page that are the same in both languages: names of the page, nodes, operators, formats, colormaps, keys and units. */
const SAME = /^(ResNet|Lens|English|PyTorch|GPU|CPU|WebGPU|Hugging|Face|Hub|Wide|ResNeXt|ImageNet|JavaScript|NumPy|PNG|SVG|CSV|JSON|BN|MACs|ReLU|Conv2d|BatchNorm2d|MaxPool2d|AdaptiveAvgPool2d|Flatten|Linear|Add|Starter|swiftshader|SwiftShader|Vulkan|Device|Subzero|google|Google|BrowserWebGpu|LLVM|MIT|OR|Apache|BSD|Clause|huggingface|co|magma|viridis|cividis|grey|Page|Home|End|px|ms|kB|MB|B|s|M|k|G|GFLOP|x|F|A|f16|f32|bilinear|bicubic|safetensors|pth|npy|https|http|localhost|hf|owner|name|model|image|jpg|png|checks|conv|stem|head|He|inplanes|cos|Grad|CAM)$/;

/** Visible texts, names for screen readers and hints, without those that are marked as English and without names of nodes and files. */
const shownTexts = (page) => page.evaluate(() => {
  const found = [];
  const add = (element, content) => {
    if (content?.trim() && element.closest('[lang]')?.lang === 'ko' && element.checkVisibility()) found.push(content.trim());
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.parentElement.closest('script, noscript, option, kbd')) add(node.parentElement, node.textContent);
  }
  for (const element of document.querySelectorAll('[aria-label], [title], [placeholder]')) {
    for (const name of ['aria-label', 'title', 'placeholder']) add(element, element.getAttribute(name));
  }
  return found;
});

/** English words in the page: `[word in text]`. Names of nodes, numbers with units, addresses and quoted names are no words. */
async function englishWords(page) {
  return (await shownTexts(page)).flatMap((shown) => shown
    .replace(/\b(layer\d|conv\d|bn\d|relu|maxpool|avgpool|flatten|fc|downsample)[\w.@]*/g, ' ')
    .replaceAll('Starter ResNet-50, quarter width', ' ')
    .replace(/https?:\S+|“[^”]*”|n\d{8}|[\w-]+\.(png|safetensors|pth|npy|jpg)/g, ' ')
    .split(/[^A-Za-z0-9’]+/)
    .filter((word) => /[A-Za-z]{2}/.test(word) && !/\d/.test(word) && !SAME.test(word))
    .map((word) => `${word} in “${shown}”`));
}

test('?lang=ko shows the page in Korean, and no English word is left', () => site.withPage(async (page) => {
  await open(page, `${site.base}?lang=ko`);
  assert.equal((await languageOf(page)).lang, 'ko');
  assert.equal(await text(page, 'lens-status [data-text]'), '준비됨');
  assert.deepEqual(await englishWords(page), [], 'without an image');
  assert.equal(await upload(page, 'checks.png', image), 'ready');
  await statisticsShown(page);
  assert.deepEqual(await englishWords(page), [], 'with an image');
  assert.match(await text(page, 'lens-channel [data-name]'), /^채널 \d+$/);
  for (const dialog of ['lens-help', 'lens-architecture', 'lens-search', 'lens-models', 'lens-link']) {
    await page.click(`${dialog} [data-open]`);
    if (dialog === 'lens-models') await page.waitForFunction(() => document.querySelector('lens-models').ariaBusy === 'false');
    if (dialog === 'lens-link') await page.waitForFunction(() => document.querySelector('lens-link [data-message]').textContent);
    assert.deepEqual(await englishWords(page), [], dialog);
    await page.keyboard.press('Escape');
  }
  await page.evaluate(() => { location.hash = 'layer=fc&overlay=cam'; });
  await page.waitForFunction(() => document.querySelector('lens-ending [data-formula]').textContent);
  assert.deepEqual(await englishWords(page), [], 'the classifier');
  await page.evaluate(() => { location.hash = 'layer=layer2.1.relu_2&compare=sum'; });
  await page.waitForFunction(() => document.querySelector('lens-compare figcaption'));
  assert.deepEqual(await englishWords(page), [], 'a comparison');
}, { permissions: ['clipboard-read', 'clipboard-write'] }));

test('errors are Korean sentences; what the engine reports follows in English', () => site.withPage(async (page) => {
  await page.goto(`${site.base}?lang=ko&tune=maybe#sort=size`);
  assert.equal(await waitForState(page, 'ready', 'error'), 'error');
  assert.equal((await pageStatus(page)).alert, 'Tune: 사용할 수 있는 값은 off 또는 now입니다. 입력된 값: “maybe”. Sort: 사용할 수 있는 값은 mean, max 또는 index입니다. 입력된 값: “size”.');
  assert.equal(await upload(page, 'broken.png', Buffer.from('no image')), 'error');
  assert.match((await pageStatus(page)).alert, /^이미지를 처리할 수 없습니다\. [A-Z].*\.$/);
  assert.deepEqual(await page.locator('lens-alert button').allTextContents(), ['다른 이미지 선택', '닫기']);
  await change(page);
  assert.match((await pageStatus(page)).alert, /^[A-Z][^가-힣]*\.$/, 'the alert changes with the page');
  assert.deepEqual(await page.locator('lens-alert button').allTextContents(), ['Choose another image', 'Dismiss']);
}));

test('the switch keeps image, model, view and result, loads nothing and runs nothing again', () => site.withPage(async (page) => {
  await openWithImage(page, `${site.base}#layer=layer2.1.relu_1&channel=3`);
  const shown = () => page.evaluate(() => ({
    caption: document.querySelector('[data-caption]').textContent,
    channel: document.querySelector('lens-channel [data-name]').textContent,
    facts: document.querySelector('lens-layer [data-facts]').textContent,
    statistics: [...document.querySelectorAll('[data-statistics] dd')].map(({ textContent }) => textContent),
    parts: document.querySelector('lens-timings [data-parts]').textContent,
    table: document.querySelector('lens-node-table [data-summary]').textContent,
    map: document.querySelector('lens-network-map svg [role=option]').ariaLabel,
    stage: document.querySelector('lens-network-map .stage').textContent,
    hash: location.hash,
  }));
  const [english, before] = [await shown(), await predictions(page)];
  await page.evaluate(() => {
    performance.clearResourceTimings();
    const { postMessage } = Worker.prototype;
    window.calls = [];
    Worker.prototype.postMessage = function post(message, ...rest) {
      window.calls.push(message.method);
      return postMessage.call(this, message, ...rest);
    };
  });
  await change(page);
  assert.deepEqual(await languageOf(page), { lang: 'ko', title: 'layer2.1.conv2 → BN → ReLU · ResNet Lens' });
  const korean = await shown();
  assert.match(korean.caption, /^checks\.png · 320 × 200 px · 네트워크가 보는 영역/);
  assert.deepEqual(await englishWords(page), [], 'after the switch');
  assert.equal(korean.channel, '채널 3');
  assert.match(korean.facts, /채널 \d+개/);
  assert.match(korean.parts, /^최근 이미지: 디코딩 /);
  assert.match(korean.table, /^노드 \d+개/);
  assert.equal(korean.hash, english.hash);
  assert.deepEqual(korean.statistics.slice(0, 4), english.statistics.slice(0, 4));
  assert.match(korean.statistics[4], /^\d+\.\d%$/);
  assert.match(english.statistics[4], /^\d+\.\d %$/);
  assert.deepEqual((await predictions(page)).map(({ index, probability }) => [index, probability]), before.map(({ index, probability }) => [index, probability]));
  assert.equal(await text(page, '#predictions .percent'), `${(before[0].probability * 100).toFixed(1)}%`);
  await change(page);
  assert.deepEqual(await shown(), english, 'English is as it was');
  assert.deepEqual(await predictions(page), before);
  await page.goBack();
  assert.deepEqual(await shown(), korean);
  // A browser may request the icon again when the address changes.
  const made = await page.evaluate(() => ({ requests: performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => !name.endsWith('icon.svg')), calls: window.calls }));
  assert.deepEqual(made.requests, []);
  assert.deepEqual(made.calls.filter((call) => /classify|prepareModel|switchModel|observe|statistics/.test(call)), []);
  assert.equal((await pageStatus(page)).state, 'ready');
}));

test('a Korean browser opens the page in Korean; ?lang=en is stronger; the switch works by keyboard', () => site.withPage(async (page) => {
  await open(page, site.base);
  assert.equal((await languageOf(page)).lang, 'ko');
  assert.equal(await text(page, '#map-title'), '네트워크');
  await open(page, `${site.base}?lang=en`);
  assert.equal((await languageOf(page)).lang, 'en');
  assert.equal(await text(page, '#map-title'), 'Network');
  await page.focus('lens-language button');
  await page.keyboard.press('Enter');
  assert.equal(await text(page, '#map-title'), '네트워크');
  assert.equal(await page.evaluate(() => `${document.activeElement.textContent} ${document.activeElement.lang}`), 'English en');
}, KOREAN));

test('without its texts the page says so', () => site.withPage(async (page) => {
  await page.route('**/i18n/ko.json', (route) => route.abort());
  await Promise.all([page.waitForEvent('pageerror'), page.goto(site.base)]);
  await page.locator('[data-load-failure]').waitFor();
  assert.match(await text(page, '[data-load-failure]'), /Reload the page\.\s+.*새로 고치십시오\.$/);
  assert.equal(page.errors.splice(0).length, 1);
}));

test('the Korean page is accessible, and nothing is wider than a narrow window', () => site.withPage(async (page) => {
  await openWithImage(page, `${site.base}?lang=ko`);
  for (const colorScheme of ['dark', 'light']) {
    await page.emulateMedia({ colorScheme });
    await assertAccessible(page, `the Korean page, ${colorScheme}`);
  }
  await page.setViewportSize({ width: 320, height: 700 });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'no horizontal scroll bar');
}));
