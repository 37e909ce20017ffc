// The npm package in a page without a bundler: its calls, their order, aborts, errors, and what follows a crash.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { open, start } from './browser.js';
import { putPackage, putPage } from './npm-package.js';
import { HUB_CONFIG, starter } from './weight-files.js';

let site;
let share;
before(async () => {
  site = await start();
  putPackage(site);
  putPage(site, 'npm.html');
  share = site.sharePage(async (page) => {
    await page.goto(`${site.base}files/npm.html`);
    await page.evaluate(async () => {
      const [{ ResNetLens }, { starter }] = await Promise.all([import('resnet-lens'), import('resnet-lens/starter')]);
      /** The name and message of what a promise is rejected with. */
      const failure = (promise) => promise.then((value) => ({ value }), ({ name, message }) => ({ name, message }));
      let worker;
      const stages = [];
      const lens = await ResNetLens.load({
        model: starter,
        worker: () => worker = new Worker('npm/worker.js', { type: 'module' }),
        onProgress: ({ stage, done, total }) => stages.push([stage, done, total]),
      });
      Object.assign(window, { ResNetLens, starter, lens, failure, stages, worker: () => worker, photo: () => lens.classify('photo.jpg') });
    });
  });
});
after(() => site?.close());

/** The first code of a section of a README. */
const codeOf = (file, heading) => new RegExp(`^## ${heading}\\n[^]*?^\`\`\`\\w+\\n([^]*?)^\`\`\``, 'm').exec(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'))[1];

test('the code of the READMEs answers as the page does', () => site.withPage(async (page) => {
  await open(page, site.base);
  const { label, probability } = await page.evaluate(async () => (await window.resnetLens.classify('assets/samples/tabby-cat.jpg', 1)).predictions[0]);
  const code = codeOf('README.md', 'The npm package');
  assert.ok(readFileSync(new URL('../../npm/README.md', import.meta.url), 'utf8').includes(code), 'both READMEs have the same code');
  putPage(site, 'readme.html', `<script type="module">${code}</script>${codeOf('README.md', 'Custom elements')}`);
  const logged = page.waitForEvent('console', (message) => message.text().startsWith(label));
  await page.goto(`${site.base}files/readme.html`);
  assert.equal((await logged).text(), `${label} ${probability}`);
  await page.waitForFunction(() => [...document.querySelectorAll('resnet-classifier, resnet-lens')].every(({ result }) => result));
  const [shown, edited] = await page.evaluate(() => [...document.querySelectorAll('resnet-classifier, resnet-lens')].map(({ result }) => result.predictions[0].probability));
  assert.equal(shown, probability);
  assert.notEqual(edited, probability);
}));

test('a package on another origin works: its worker is started through a module of the page', () => site.withPage(async (page) => {
  putPage(site, 'cdn.html', '', `${site.other}files/npm`);
  await page.goto(`${site.base}files/cdn.html`);
  const [label, own] = await page.evaluate(async () => {
    const [{ ResNetLens }, { starter }] = await Promise.all([import('resnet-lens'), import('resnet-lens/starter')]);
    const lens = await ResNetLens.load({ model: starter });
    return [(await lens.classify('photo.jpg')).predictions[0].label, starter.url.origin === location.origin];
  });
  assert.deepEqual([label, own], ['tabby', false]);
}));

test('the inline entry needs no other file of the engine', () => site.withPage(async (page) => {
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(`${site.base}files/npm.html`);
  const label = await page.evaluate(async () => {
    const [{ ResNetLens }, { starter }] = await Promise.all([import('resnet-lens/inline'), import('resnet-lens/starter')]);
    const lens = await ResNetLens.load({ model: starter, device: 'cpu' });
    return (await lens.classify('photo.jpg')).predictions[0].label;
  });
  assert.equal(label, 'tabby');
  assert.deepEqual(asked.filter((url) => /worker\.js|\.wasm/.test(url)), []);
}));

test('every kind of image is classified', () => share(async (page) => {
  const found = await page.evaluate(async () => {
    const blob = await (await fetch('photo.jpg')).blob();
    const image = Object.assign(new Image(), { src: 'photo.jpg' });
    const bitmap = await createImageBitmap(blob);
    const canvas = Object.assign(document.createElement('canvas'), { width: bitmap.width, height: bitmap.height });
    canvas.getContext('2d').drawImage(bitmap, 0, 0);
    const offscreen = new OffscreenCanvas(bitmap.width, bitmap.height);
    offscreen.getContext('2d').drawImage(bitmap, 0, 0);
    const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const frame = new VideoFrame(bitmap, { timestamp: 0 });
    const kinds = { blob, file: new File([blob], 'a.jpg'), url: new URL('photo.jpg', location.href), text: 'photo.jpg', image, bitmap, canvas, offscreen, data, frame };
    const answers = {};
    for (const [kind, source] of Object.entries(kinds)) answers[kind] = (await window.lens.classify(source, { top: 1 })).predictions[0].label;
    frame.close();
    return answers;
  });
  assert.deepEqual([...new Set(Object.values(found))], ['tabby'], JSON.stringify(found));
  assert.equal(Object.keys(found).length, 10);
}));

test('layers, values, class map, gradient, edits, drawings and times', () => share(async (page) => {
  const found = await page.evaluate(async () => {
    const { lens } = window;
    const { predictions: [best] } = await window.photo();
    const layers = await lens.layers();
    const [map, classMap, gradient] = [await lens.featureMap('layer1.0.relu_2'), await lens.classMap(), await lens.gradient()];
    await lens.observe(['maxpool']);
    const edited = await lens.operate(['branch:layer3.1:0', 'skip:layer4.1'], { top: 1 });
    const restored = await lens.operate([], { top: 1 });
    const [drawn] = await lens.drawChannels('layer1.0.relu_2', { channels: [3] });
    const overlay = await lens.drawClassMap({ width: 32 });
    const done = [];
    const times = await lens.profile({ onProgress: (progress) => done.push(progress.done) });
    return {
      best, layers: layers.length, shapes: [map, classMap, gradient].map(({ shape }) => shape.join()), largest: Math.max(...classMap.data),
      edited: edited.predictions[0].probability, restored: restored.predictions[0].probability, drawn: [drawn.width, drawn.height],
      overlay: [overlay.width, overlay.height, new Set(overlay.data).size > 2], times: times.length, done: done.length,
      facts: [lens.model.architecture, lens.device.device, lens.card.id, (await lens.labels()).length],
    };
  });
  assert.ok(found.layers > 170 && found.times > 50 && found.done > 0 && found.largest > 0, JSON.stringify(found));
  assert.deepEqual(found.shapes, ['1,64,32,32', '1,1,4,4', '1,3,128,128']);
  assert.notEqual(found.edited, found.restored);
  assert.equal(found.restored, found.best.probability);
  assert.deepEqual(found.drawn, [32, 32]);
  assert.deepEqual(found.overlay, [32, 32, true]);
  assert.deepEqual(found.facts, ['ResNet-50', 'cpu', 'starter', 107]);
}));

test('a model of the hub is loaded by its id, and kept for the next time unless `cache` is false', () => share(async (page) => {
  site.hub.publish('hf:someone/small', { 'config.json': HUB_CONFIG, 'model.safetensors': starter });
  const found = await page.evaluate(async (hub) => {
    const stagesOf = async (options) => {
      const stages = new Set();
      const lens = await window.ResNetLens.load({ model: 'someone/small', hub, onProgress: ({ stage }) => stages.add(stage), ...options });
      const { predictions } = await lens.classify('photo.jpg', { top: 1 });
      lens.dispose();
      return { stages: [...stages], name: lens.card.name, classes: predictions.length };
    };
    return [await stagesOf({ cache: false }), await stagesOf(), await stagesOf()];
  }, site.hub.address);
  assert.deepEqual(found.map(({ stages }) => stages.find((stage) => stage === 'downloading' || stage === 'reading')), ['downloading', 'downloading', 'reading']);
  assert.deepEqual(found.map(({ classes }) => classes), [1, 1, 1]);
  assert.match(found[0].name, /small/);
}));

test('loading reports its progress', () => share(async (page) => {
  const stages = await page.evaluate(() => window.stages);
  assert.equal(stages[0][0], 'engine');
  assert.ok(stages.some(([stage, done, total]) => stage === 'downloading' && done === total), JSON.stringify(stages.slice(0, 4)));
  const [last, done, total] = stages.at(-1);
  assert.deepEqual([last, done], ['preparing', total]);
}));

test('calls run in their order, and one that fails affects no other', () => share(async (page) => {
  const found = await page.evaluate(async () => {
    const { lens, failure } = window;
    await window.photo();
    const ended = [];
    const note = (name, promise) => promise.then(() => ended.push(name), () => ended.push(`${name} failed`));
    await Promise.all([
      note('map', lens.featureMap('maxpool')), note('unknown', lens.featureMap('no.such.node')), note('edit', lens.operate(['nonsense:1'])),
      note('broken', lens.classify(new Blob(['no image']))), note('layers', lens.layers()), note('gradient', lens.gradient({ channel: 1 })),
    ]);
    return { ended, sentences: [await failure(lens.featureMap('no.such.node')), await failure(lens.classify(new Blob(['no image']))), await failure(lens.classify('missing.jpg')), await failure(lens.classify(7)), await failure(lens.operate(['nonsense:1']))] };
  });
  assert.deepEqual(found.ended, ['map', 'unknown failed', 'edit failed', 'broken failed', 'layers', 'gradient']);
  for (const { message } of found.sentences) assert.match(message, /^[A-ZÀ-ž“][^\n]+\.$/, message);
  assert.deepEqual(found.sentences.map(({ name }) => name), ['StateError', 'UnknownFormat', 'DownloadError', 'StateError', 'StateError']);
}));

test('a call is aborted before it begins, while it waits, and while it runs', () => share(async (page) => {
  const found = await page.evaluate(async () => {
    const { lens, failure } = window;
    const { predictions: [before] } = await window.photo();
    const aborted = AbortSignal.abort();
    const [running, waiting] = [new AbortController(), new AbortController()];
    const promises = [lens.profile({ signal: running.signal }), lens.featureMap('maxpool', { signal: waiting.signal }), lens.layers()].map(failure);
    running.abort();
    waiting.abort();
    const [profile, map, layers] = await Promise.all(promises);
    const loading = new AbortController();
    const onProgress = ({ stage }) => { if (stage === 'preparing') loading.abort(); };
    const load = await failure(window.ResNetLens.load({ model: window.starter, signal: loading.signal, onProgress }));
    const reason = new AbortController();
    reason.abort(new Error('my own reason'));
    const names = [await failure(lens.classify('photo.jpg', { signal: aborted })), await failure(lens.exclusive(async () => 1, { signal: aborted })), await failure(window.ResNetLens.load({ model: window.starter, signal: aborted })), load, profile, map].map(({ name }) => name);
    return { names, own: await failure(lens.layers({ signal: reason.signal })), layers: layers.value.length, again: (await window.photo()).predictions[0].probability === before.probability };
  });
  assert.deepEqual(found.names, Array(6).fill('AbortError'));
  assert.equal(found.own.message, 'my own reason');
  assert.ok(found.layers > 170 && found.again);
}));

test('calls of `exclusive` have no others between them, and its lens ends with it', () => share(async (page) => {
  const found = await page.evaluate(async () => {
    const { lens, failure } = window;
    let part;
    const black = new ImageData(64, 64);
    const first = lens.exclusive(async (own) => {
      part = own;
      await own.classify('photo.jpg');
      return own.featureMap('fc');
    });
    const [inside, , after] = await Promise.all([first, lens.classify(black), lens.featureMap('fc')]);
    await window.photo();
    const expected = await lens.featureMap('fc');
    const thrown = await failure(lens.exclusive(async () => { throw new RangeError('mine'); }));
    return { same: String(inside.data) === String(expected.data), other: String(after.data) !== String(expected.data), late: await failure(part.layers()), thrown };
  });
  assert.deepEqual([found.same, found.other], [true, true]);
  assert.deepEqual([found.late.name, found.thrown], ['StateError', { name: 'RangeError', message: 'mine' }]);
}));

test('after a crash of the worker or a loss of the device the next call opens the engine again, with edits and image', () => share(async (page) => {
  const found = await page.evaluate(async () => {
    const { lens, failure } = window;
    await window.photo();
    const { predictions: [edited] } = await lens.operate(['branch:layer3.1:0']);
    const before = window.worker();
    const crashed = failure(lens.featureMap('maxpool'));
    await new Promise((resolve) => { setTimeout(resolve); });
    before.dispatchEvent(new ErrorEvent('error', { message: 'out of memory' }));
    const { name, message } = await crashed;
    const map = await lens.featureMap('fc');
    window.worker().dispatchEvent(new MessageEvent('message', { data: { failure: { name: 'DeviceLost', message: 'gone' } } }));
    await window.photo();
    const { predictions: [again] } = await lens.operate(['branch:layer3.1:0']);
    await lens.operate([]);
    return { name, message, values: map.data.length, same: again.probability === edited.probability, isOther: window.worker() !== before };
  });
  assert.deepEqual([found.name, found.values, found.same, found.isOther], ['WorkerError', 107, true, true]);
  assert.match(found.message, /worker stopped \(out of memory\)/);
}));

test('what cannot be loaded is one sentence, and after `dispose` calls are refused', () => share(async (page) => {
  const found = await page.evaluate(async () => {
    const { ResNetLens, starter, failure } = window;
    const load = (options) => failure(ResNetLens.load({ device: 'cpu', ...options }));
    const sentences = [
      await failure(ResNetLens.load()), await load({ model: 'resnet' }), await load({ model: 'missing.safetensors' }), await load({ model: new Blob(['no weights']) }),
      await load({ model: starter, wasm: 'missing.wasm' }), await load({ model: starter, worker: 'missing.js' }), await load({ model: starter, device: 'gpu' }),
      await load({ model: { url: starter.url, labels: ['one'] } }),
    ];
    const other = await ResNetLens.load({ model: starter, threads: 1, worker: 'npm/worker.js', wasm: new URL('npm/resnet_lens_bg.wasm', location.href) });
    await other.classify('photo.jpg');
    const unfinished = [other.profile(), other.layers()].map(failure);
    other.dispose();
    other.dispose();
    return { sentences, unfinished: (await Promise.all(unfinished)).map(({ name }) => name), late: await failure(other.layers()) };
  });
  for (const { message } of found.sentences) assert.match(message, /^[A-Z“][^\n]+\.$/, message);
  assert.deepEqual(found.sentences.map(({ name }) => name), ['StateError', 'StateError', 'DownloadError', 'ModelError', 'NoEngine', 'WorkerError', 'NoAdapter', 'ModelError']);
  assert.match(found.sentences[5].message, /option worker/);
  assert.deepEqual(found.unfinished, ['AbortError', 'AbortError']);
  assert.deepEqual(found.late, { name: 'StateError', message: 'This ResNetLens was disposed; load another one.' });
}));
