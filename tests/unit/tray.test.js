import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ImageQueue } from '../../www/images/image-queue.js';
import { csvOf, jsonOf } from '../../www/images/results-file.js';
import { Tray } from '../../www/images/tray.js';
import './texts.js';

const image = (name, bytes = 1, address = null) => (
  { name, blob: new Blob(['x'.repeat(bytes)]), address, thumbnail: null, result: { predictions: [], timings: null }, error: null });
const names = (tray) => tray.entries.map(({ name }) => name);

test('the oldest image without a pin leaves a full tray', () => {
  const tray = new Tray({ images: 3, bytes: 100 });
  const [first] = ['a', 'b', 'c'].map((name) => tray.add(image(name)));
  first.pinned = true;
  tray.add(image('d'));
  assert.deepEqual(names(tray), ['a', 'c', 'd']);
  tray.add(image('e', 99));
  assert.deepEqual(names(tray), ['a', 'e'], 'the bytes are bounded as well');
  tray.add(image('f', 1000));
  assert.deepEqual(names(tray), ['a', 'f'], 'the newest image stays, however large it is');
});

test('an image that is given again keeps its entry', () => {
  const tray = new Tray();
  const one = image('a', 1, 'files/a.png');
  const entry = tray.add(one);
  entry.pinned = true;
  const again = tray.add({ ...one, error: 'failed' });
  assert.equal(again, entry);
  assert.deepEqual([entry.pinned, entry.error, tray.entries.length], [true, 'failed', 1]);
  assert.equal(tray.add(image('another blob', 1, 'files/a.png')), entry, 'the address is the same');
  assert.notEqual(tray.add(image('a')).id, entry.id, 'a file of the same name is another image');
  tray.forgetResults();
  assert.deepEqual(tray.entries.map(({ result, error }) => [result, error]), [[null, null], [null, null]]);
  tray.remove(entry.id);
  assert.equal(tray.find(entry.id), null);
});

const prediction = (label, probability) => ({ index: 1, id: null, label, ko: null, probability });
const rows = [
  { image: 'a "b", c.jpg', predictions: [prediction('cat', 0.75), prediction('dog,\nwet', 1e-9)], ms: { load: 1, first: 2, infer: 3 }, edits: [], error: null },
  { image: '고양이.png', predictions: [], ms: null, edits: [], error: 'It is “no image”.' },
];

test('results as CSV: one line per image, quoted as RFC 4180 requires', () => {
  const [head, ...lines] = csvOf(rows).split('\r\n');
  assert.equal(head, '\ufeffimage,class 1,probability 1,class 2,probability 2,class 3,probability 3,class 4,probability 4,class 5,probability 5,error');
  assert.deepEqual(lines, ['"a ""b"", c.jpg",cat,0.75,"dog,\nwet",1e-9,,,,,,,', '고양이.png,,,,,,,,,,,It is “no image”.', '']);
});

test('results as JSON have the members that the terminal program prints', () => {
  const [first, second] = JSON.parse(jsonOf(rows, { adapter: 'gpu', weights: 'f16', products: 'f32' }));
  assert.deepEqual(Object.keys(first), ['image', 'predictions', 'adapter', 'weights', 'products', 'ms']);
  assert.equal(first.predictions[0].label, 'cat');
  assert.deepEqual(second, { image: '고양이.png', error: 'It is “no image”.' });
  assert.deepEqual(JSON.parse(jsonOf([], { adapter: '', weights: '', products: '' })), []);
});

test('results of an edited network name its edits', () => {
  const [first, failed] = rows;
  const edited = { ...first, edits: ['branch:layer3.0:0', 'skip:layer4.1'] };
  const [head, line, other] = csvOf([edited, first]).split('\r\n');
  assert.match(head, /,error,edits$/);
  assert.match(line, /,"branch:layer3\.0:0,skip:layer4\.1"$/);
  assert.match(other, /,$/);
  assert.deepEqual(JSON.parse(jsonOf([edited, failed], { adapter: '', weights: '', products: '' }))[0].edits, edited.edits);
});

const file = (name) => ({ name, blob: new Blob([name]), address: null });

test('a queue classifies in order, goes on after a failure and reports its progress', async () => {
  const [done, failures, progress] = [[], [], []];
  const queue = new ImageQueue({
    classify: async ({ name }) => {
      if (name === 'b') throw new Error('no image');
      done.push(name);
      if (name === 'a') queue.add([file('d')]);
    },
    failed: ({ name }, { message }) => failures.push([name, message]),
    progress: (now) => progress.push(now && `${now.done}/${now.total} ${now.name}`),
  });
  await queue.add(['a', 'b', 'c'].map(file));
  assert.deepEqual(done, ['a', 'c', 'd']);
  assert.deepEqual(failures, [['b', 'no image']]);
  assert.deepEqual(progress, ['0/3 a', '1/4 b', '2/4 c', '3/4 d', null]);
});

test('a cancelled queue completes the current image; a queue that ends with an error starts again', async () => {
  const done = [];
  let fail = false;
  const queue = new ImageQueue({
    classify: async ({ name }) => {
      if (fail) throw new Error('stopped');
      done.push(name);
      queue.cancel();
    },
    failed: (_, error) => { throw error; },
    progress: () => {},
  });
  await queue.add(['a', 'b'].map(file));
  assert.deepEqual(done, ['a']);
  fail = true;
  const ended = queue.add(['c', 'd'].map(file));
  await queue.settled();
  await assert.rejects(ended, /stopped/);
  fail = false;
  await queue.add([file('e')]);
  assert.deepEqual(done, ['a', 'e']);
});
