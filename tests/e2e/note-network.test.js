// The network of the study note and its sibling for small images, whose modules have names of their own: dropped on the page, each gives
// the answers of the same weights under torchvision's names.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { open, pageStatus, predictions, settle, start, upload } from './browser.js';
import { png } from './images.js';
import { renamedTensors } from './weight-files.js';

const basic = readFileSync(new URL('../golden/resnet/basic.safetensors', import.meta.url));
/** Positions of a block's modules in the note's `nn.Sequential`. */
const POSITIONS = { conv1: 0, bn1: 1, conv2: 3, bn2: 4 };

let site;
let share;
before(async () => {
  site = await start();
  share = site.sharePage(async (page) => {
    await open(page, site.base);
    await upload(page, 'checks.png', png(96, 64));
  });
});
after(() => site?.close());

/** The note's name of a tensor; `suffix` follows the number of a stage. */
const inNote = (suffix) => (name) => name
  .replace(/^conv1\./, 'conv1.0.').replace(/^bn1\./, 'conv1.1.')
  .replace(/^layer(\d)\.(\d)\.(conv\d|bn\d)\./, (_, stage, block, module) => `conv${Number(stage) + 1}${suffix}.${block}.residual_function.${POSITIONS[module]}.`)
  .replace(/^layer(\d)\.(\d)\.downsample\./, (_, stage, block) => `conv${Number(stage) + 1}${suffix}.${block}.shortcut.`);

async function drop(page, name, bytes) {
  site.put('dropped', bytes);
  const state = await settle(page, () => page.evaluate(async (given) => {
    const blob = await (await fetch('files/dropped', { cache: 'no-store' })).blob();
    const transfer = new DataTransfer();
    transfer.items.add(new File([blob], given));
    document.body.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: transfer }));
  }, name));
  assert.equal(state, 'ready', (await pageStatus(page)).alert);
  return predictions(page);
}

const NETWORKS = {
  'the note': [basic, inNote('')],
  'its sibling with a stem of 3x3': [renamedTensors(basic, (name) => name, { 'conv1.weight': centre }), inNote('_x')],
};

/** The middle 3x3 weights of kernels of 7x7. */
function centre({ dtype, shape: [outputs, inputs] }, bytes) {
  const row = (kernel, y) => bytes.subarray((kernel * 49 + (y + 2) * 7 + 2) * 4, (kernel * 49 + (y + 2) * 7 + 5) * 4);
  const rows = Array.from({ length: outputs * inputs * 3 }, (_, at) => row(Math.floor(at / 3), at % 3));
  return [{ dtype, shape: [outputs, inputs, 3, 3] }, Buffer.concat(rows)];
}

for (const [what, [weights, rename]] of Object.entries(NETWORKS)) {
  test(`the network of ${what} opens under its own names`, () => share(async (page) => {
    const expected = await drop(page, 'plain.safetensors', weights);
    assert.equal(expected.length, 5);
    for (const [name, wrap] of [['note.safetensors', (own) => own], ['note.weights', (own) => `state.net.module.${own}`]]) {
      assert.deepEqual(await drop(page, name, renamedTensors(weights, (own) => wrap(rename(own)))), expected, name);
    }
  }));
}
