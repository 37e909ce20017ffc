// The custom elements of the npm package: attributes and properties, a shared engine, shadow roots, moves, quick changes, languages,
// errors, the keyboard, and axe-core.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { assertAccessible } from './accessible.js';
import { start } from './browser.js';
import { putPackage, putPage } from './npm-package.js';

const SCREENSHOTS = new URL('screenshots/', import.meta.url).pathname;
const VIEWER = '<resnet-lens id="viewer" src="photo.jpg" alt="A cat" layer="layer1.0.relu_2" channel="3"></resnet-lens>';
/** Counts the workers. */
const SCRIPT = `<script type="module">
  import { configure } from 'resnet-lens/elements';
  window.workers = 0;
  window.ended = 0;
  class Counted extends Worker {
    terminate() { window.ended += 1; super.terminate(); }
  }
  configure({ worker: () => { window.workers += 1; return new Counted('npm/worker.js', { type: 'module' }); } });
</script>
<style>resnet-classifier::part(label) { color: rgb(1, 2, 3); } resnet-classifier { --resnet-accent: rgb(4, 5, 6); }</style>`;

let site;
let share;
before(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  site = await start();
  putPackage(site);
  putPage(site, 'elements.html', `<h1>Elements</h1>${VIEWER}<resnet-classifier id="answer" src="photo.jpg" top="3"></resnet-classifier>${SCRIPT}`);
  share = site.sharePage(async (page) => {
    await page.goto(`${site.base}files/elements.html`);
    await page.evaluate(() => {
      /** The next event of this name, or its detail. */
      window.next = (element, name) => new Promise((resolve) => { element.addEventListener(name, ({ detail }) => resolve(detail), { once: true }); });
      /** Changes an element and waits for its answer. */
      window.answered = async (element, change) => {
        const answer = window.next(element, 'predictions');
        change();
        return answer;
      };
    });
    await settled(page, 'viewer', 'answer');
  });
});
after(() => site?.close());

/** Waits until elements show an answer. */
const settled = (page, ...ids) => page.waitForFunction((wanted) => wanted.every((id) => {
  const element = document.getElementById(id);
  return element.ariaBusy === 'false' && element.result;
}), ids);
/** The text of an element's shadow root, as it is shown. */
const shown = (page, id) => page.evaluate((name) => [...document.getElementById(name).shadowRoot.querySelectorAll('li, [role=status], [role=alert], [part~=note], a, label > span')]
  .filter((node) => node.checkVisibility()).map((node) => node.textContent.trim().replace(/\s+/g, ' ')), id);

test('the elements answer, share one engine, and are accessible', () => share(async (page) => {
  const answer = await shown(page, 'answer');
  assert.match(answer[0], /^tabby 79\.9 %$/);
  assert.equal(answer.length, 3);
  assert.equal(await page.evaluate(() => window.workers), 1);
  const viewer = await page.evaluate(() => {
    const { shadowRoot } = document.getElementById('viewer');
    const map = shadowRoot.querySelector('[part=class-map]');
    return {
      alt: shadowRoot.querySelector('img').alt, map: [map.width, map.ariaLabel], channels: shadowRoot.querySelectorAll('[role=radio]').length,
      chosen: shadowRoot.querySelector('[aria-checked=true]').ariaLabel, single: shadowRoot.querySelector('[part=single]').ariaLabel,
    };
  });
  assert.deepEqual(viewer, { alt: 'A cat', map: [448, 'Where this class is seen: tabby'], channels: 64, chosen: 'Channel 3', single: 'Channel 3 of layer1.0.relu_2' });
  const style = await page.evaluate(() => {
    const { shadowRoot } = document.getElementById('answer');
    return [getComputedStyle(shadowRoot.querySelector('[part=label]')).color, getComputedStyle(shadowRoot.querySelector('[part=bar]'), '::before').backgroundColor];
  });
  assert.deepEqual(style, ['rgb(1, 2, 3)', 'rgb(4, 5, 6)']);
  await assertAccessible(page, 'the elements');
  await page.screenshot({ path: `${SCREENSHOTS}npm-elements.png`, fullPage: true });
}));

test('attributes and properties reflect, and what the user chooses is an attribute and an event', () => share(async (page) => {
  const found = await page.evaluate(async () => {
    const viewer = document.getElementById('viewer');
    const { shadowRoot } = viewer;
    viewer.channel = 7;
    const reflected = [viewer.getAttribute('channel'), viewer.layer, viewer.class, viewer.top];
    await window.next(viewer, 'predictions');
    const changed = window.next(viewer, 'change');
    await window.answered(viewer, () => shadowRoot.querySelectorAll('li button')[1].click());
    const select = shadowRoot.querySelector('select');
    await window.answered(viewer, () => {
      select.value = 'maxpool';
      select.dispatchEvent(new Event('change'));
    });
    const layer = viewer.getAttribute('layer');
    viewer.removeAttribute('class');
    await window.answered(viewer, () => Object.assign(viewer, { layer: 'layer1.0.relu_2', channel: 3 }));
    return { reflected, change: await changed, second: viewer.result.predictions[1].index, layer, class: viewer.class };
  });
  assert.deepEqual(found.reflected, ['7', 'layer1.0.relu_2', null, 5]);
  assert.deepEqual(found.change, { class: found.second, layer: 'layer1.0.relu_2', channel: 7 });
  assert.deepEqual([found.layer, found.class], ['maxpool', null]);
}));

test('the keyboard chooses channels, with one stop of the tab key', () => share(async (page) => {
  await page.evaluate(() => document.getElementById('viewer').shadowRoot.querySelector('[aria-checked=true]').focus());
  await page.keyboard.press('ArrowRight');
  await page.waitForFunction(() => document.getElementById('viewer').channel === 4);
  await settled(page, 'viewer');
  const focused = () => page.evaluate(() => [document.getElementById('viewer').shadowRoot.activeElement.ariaLabel, document.getElementById('viewer').shadowRoot.querySelectorAll('[role=radio][tabindex="0"]').length]);
  assert.deepEqual(await focused(), ['Channel 4', 1]);
  await page.keyboard.press('End');
  await page.waitForFunction(() => document.getElementById('viewer').channel === 63);
  await settled(page, 'viewer');
  assert.deepEqual(await focused(), ['Channel 63', 1]);
  await page.evaluate(() => window.answered(document.getElementById('viewer'), () => { document.getElementById('viewer').channel = 3; }));
}));

test('of quick changes the last one wins', () => share(async (page) => {
  const found = await page.evaluate(async () => {
    const viewer = document.getElementById('viewer');
    const details = [];
    const listener = ({ detail }) => details.push(detail);
    viewer.addEventListener('predictions', listener);
    for (const layer of ['maxpool', 'layer1.1.relu_2', 'layer2.0.relu_2', 'layer1.0.relu_2']) {
      viewer.layer = layer;
      await new Promise((resolve) => { setTimeout(resolve, 5); });
    }
    viewer.channel = 9;
    viewer.channel = 5;
    await window.next(viewer, 'predictions');
    viewer.removeEventListener('predictions', listener);
    const { ariaLabel } = viewer.shadowRoot.querySelector('[part=single]');
    await window.answered(viewer, () => { viewer.channel = 3; });
    return { answers: details.length, ariaLabel };
  });
  assert.equal(found.ariaLabel, 'Channel 5 of layer1.0.relu_2');
  assert.ok(found.answers <= 2, `${found.answers} answers`);
}));

test('elements work in a shadow root and after they are moved, with the same engine', () => share(async (page) => {
  const found = await page.evaluate(async () => {
    const host = document.querySelector('main').appendChild(document.createElement('div'));
    const root = host.attachShadow({ mode: 'open' });
    root.innerHTML = '<div lang="ko"><resnet-classifier src="photo.jpg" top="1"></resnet-classifier></div><section></section>';
    const inside = root.querySelector('resnet-classifier');
    const loaded = window.next(inside, 'load');
    await window.next(inside, 'predictions');
    await loaded;
    const korean = inside.shadowRoot.querySelector('li').textContent.trim();
    await window.answered(inside, () => root.querySelector('section').append(inside));
    const english = inside.shadowRoot.querySelector('li').textContent.trim();
    host.remove();
    return { korean, english, workers: window.workers };
  });
  assert.match(found.korean, /[가-힣]/);
  assert.match(found.english, /^tabby/);
  assert.equal(found.workers, 1);
}));

test('edits of the network are shown and change the answer; other elements keep theirs', () => share(async (page) => {
  const found = await page.evaluate(async () => {
    const [viewer, answer] = ['viewer', 'answer'].map((id) => document.getElementById(id));
    const best = ({ predictions: [{ probability }] }) => probability;
    const before = best(viewer.result);
    const edited = best(await window.answered(viewer, () => { viewer.surgery = 'branch:layer3.1:0 skip:layer4.1'; }));
    const note = viewer.shadowRoot.querySelector('[part=note]').textContent;
    answer.src = 'photo.jpg?again';
    const other = best(await window.next(answer, 'predictions'));
    const restored = best(await window.answered(viewer, () => { viewer.surgery = ''; }));
    return { note, other: other === before, restored: restored === before, edited: edited !== before };
  });
  assert.deepEqual(found, { note: 'Edited network: branch:layer3.1:0, skip:layer4.1', other: true, restored: true, edited: true });
}));

test('errors are a sentence and an event, in the language of the document, and end with the next change', () => share(async (page) => {
  const found = await page.evaluate(async () => {
    const [viewer, answer] = ['viewer', 'answer'].map((id) => document.getElementById(id));
    const fail = async (element, change) => {
      const error = window.next(element, 'error');
      change();
      const { name } = await error;
      return [name, element.shadowRoot.querySelector('[role=alert]').textContent];
    };
    const failures = [
      await fail(viewer, () => { viewer.layer = 'no.such'; }), await fail(viewer, () => Object.assign(viewer, { layer: 'maxpool', channel: 64 })),
      await fail(viewer, () => { viewer.surgery = 'nonsense'; }), await fail(answer, () => { answer.src = 'missing.jpg'; }), await fail(answer, () => { answer.model = 'missing.safetensors'; }),
    ];
    viewer.setAttribute('lang', 'ko');
    const korean = await fail(viewer, () => Object.assign(viewer, { surgery: '', layer: 'no.such' }));
    viewer.removeAttribute('lang');
    viewer.removeAttribute('surgery');
    answer.removeAttribute('model');
    await Promise.all([window.answered(viewer, () => Object.assign(viewer, { layer: 'layer1.0.relu_2', channel: 3 })), window.answered(answer, () => { answer.src = 'photo.jpg'; })]);
    return { failures, korean, left: [viewer, answer].map(({ shadowRoot }) => shadowRoot.querySelector('[role=alert]').checkVisibility()) };
  });
  assert.deepEqual(found.failures.map(([name]) => name), ['StateError', 'StateError', 'StateError', 'DownloadError', 'DownloadError']);
  for (const [, sentence] of found.failures) assert.match(sentence, /^[A-Z][^\n]+\.$/);
  assert.match(found.failures[1][1], /^The attribute channel: expected a whole number from 0 to 15, found 64\.$/);
  assert.match(found.korean[1], /레이어입니다/);
  assert.deepEqual(found.left, [false, false]);
}));

test('the engine ends some time after the last element is gone, and the next element starts another one', () => share(async (page) => {
  await page.evaluate(() => {
    window.removed = [...document.querySelectorAll('resnet-lens, resnet-classifier')];
    for (const element of window.removed) element.remove();
  });
  await page.waitForFunction(() => window.ended === 1);
  await page.evaluate(() => window.answered(window.removed[1], () => document.querySelector('main').append(window.removed[1])));
  assert.equal(await page.evaluate(() => window.workers), 2);
}));

test('an error that occurs while the model is loading stays, and an element without an image says so', () => site.withPage(async (page) => {
  putPage(site, 'states.html', '<script type="module">import "resnet-lens/elements";</script><resnet-classifier id="answer" src="missing.jpg"></resnet-classifier><resnet-classifier id="viewer"></resnet-classifier>');
  await page.goto(`${site.base}files/states.html`);
  await page.waitForFunction(() => document.querySelectorAll('resnet-classifier')[1].ariaBusy === 'false');
  assert.match((await shown(page, 'answer')).join(), /^The image at .*missing\.jpg could not be downloaded: the server answered 404 Not Found\.$/);
  assert.deepEqual(await shown(page, 'viewer'), ['No image: the attribute src is empty.']);
}));

test('the example page embeds three elements, also in Korean and narrow, and is accessible', () => site.withPage(async (page) => {
  await page.goto(`${site.base}files/npm/examples/elements.html`);
  await page.waitForFunction(() => [...document.querySelectorAll('resnet-lens, resnet-classifier')].every(({ result, ariaBusy }) => result && ariaBusy === 'false'));
  assert.equal(await page.locator('resnet-lens, resnet-classifier').count(), 3);
  assert.equal(await page.evaluate(() => document.querySelector('[lang=ko]').shadowRoot.querySelector('label > span').textContent), '레이어');
  await assertAccessible(page, 'the example page');
  await page.screenshot({ path: `${SCREENSHOTS}npm-example.png`, fullPage: true });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await assertAccessible(page, 'the dark example page', { colours: true });
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
  await page.screenshot({ path: `${SCREENSHOTS}npm-example-narrow.png`, fullPage: true });
}));
