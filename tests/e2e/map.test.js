// The network map: layout from the model's nodes, navigation by keyboard and pointer, selection in the URL; the search; shortcuts.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { assertAccessible } from './accessible.js';
import { open, reopen, start, pageStatus, uploadModel } from './browser.js';

const golden = (name) => readFileSync(new URL(`../golden/resnet/${name}.safetensors`, import.meta.url));
let site;
let share;
before(async () => {
  site = await start({ device: 'gpu' });
  share = site.sharePage((page) => open(page, site.base));
});
after(() => site?.close());

/** Runs `run(page)` on the file's page with its first layer selected. It has to leave the model as it is. */
const withMap = (run) => share(async (page) => {
  await page.evaluate(() => { location.hash = ''; });
  await page.waitForFunction(() => document.querySelector('lens-network-map svg [role=option]').ariaSelected === 'true');
  await run(page);
});
/** Runs `run(page)` on a page of its own. */
const withPage = (run, options) => site.withPage(async (page) => {
  await open(page, site.base);
  await run(page);
}, options);

/** The content of the map: its options with their boxes, the selection and the counts of symbols. */
const mapContent = (page) => page.evaluate(() => {
  const options = [...document.querySelectorAll('lens-network-map svg [role=option]')];
  const map = document.querySelector('lens-network-map svg');
  const frame = map.getBoundingClientRect();
  return {
    layers: options.map((option) => {
      const { x, y, width, height } = option.querySelector('.box').getBoundingClientRect();
      const projection = option.classList.contains('projection');
      return { node: option.dataset.node, label: option.ariaLabel, x: x - frame.x, y: y - frame.y, width, height, projection };
    }),
    selected: options.filter((option) => option.ariaSelected === 'true').map((option) => option.dataset.node),
    active: document.getElementById(map.getAttribute('aria-activedescendant'))?.dataset.node,
    arcs: map.querySelectorAll('.arc').length,
    projected: map.querySelectorAll('.arc.projected').length,
    sums: map.querySelectorAll('.sum').length,
    strides: map.querySelectorAll('.stride').length,
    facts: document.querySelector('lens-network-map [data-facts]').textContent,
  };
});

const layerInUrl = (page) => page.evaluate(() => new URLSearchParams(location.hash.slice(1)).get('layer'));

test('every block has its boxes, its arc and its addition, to scale', () => withMap(async (page) => {
  const nodes = await page.evaluate(() => window.resnetLens.layers());
  const { layers, arcs, projected, sums, strides } = await mapContent(page);
  const count = (op) => nodes.filter((node) => node.op === op).length;
  assert.equal(layers.length, count('Conv2d') + count('Add') + count('MaxPool2d') + count('AdaptiveAvgPool2d') + count('Linear'));
  assert.deepEqual([arcs, sums], [count('Add'), count('Add')]);
  // A projection is a convolution with the same input as the block's first convolution.
  const projections = nodes.filter(({ op, inputs }, i) => op === 'Conv2d'
    && nodes.slice(0, i).some((before) => before.op === 'Conv2d' && before.inputs[0] === inputs[0]));
  assert.equal(projected, projections.length);
  assert.equal(layers.filter(({ projection }) => projection).length, projections.length);
  const strided = (all) => all.filter(({ attributes }) => /stride 2/.test(attributes)).length;
  assert.equal(strides, strided(nodes) - strided(projections), 'the stride of a projection is not labelled');
  const boxOf = new Map(layers.map((layer) => [layer.node, layer]));
  const onPath = nodes.filter(({ name, shape }) => boxOf.has(name) && !boxOf.get(name).projection && shape[2] > 1);
  for (const a of onPath) {
    for (const b of onPath) {
      const [first, second] = [boxOf.get(a.name), boxOf.get(b.name)];
      if (a.shape[2] > b.shape[2]) assert.ok(first.height > second.height, `${a.name} is taller than ${b.name}`);
      if (a.shape[1] > b.shape[1]) assert.ok(first.width > second.width, `${a.name} is wider than ${b.name}`);
      if (nodes.indexOf(a) < nodes.indexOf(b)) assert.ok(first.x + first.width <= second.x, `${a.name} is left of ${b.name}`);
    }
  }
}));

test('the map shows networks with other blocks and widths', () => withPage(async (page) => {
  for (const [name, inBlock] of [['basic', 2], ['bottleneck', 3]]) {
    assert.equal(await uploadModel(page, `${name}.safetensors`, golden(name)), 'ready', (await pageStatus(page)).alert);
    const nodes = await page.evaluate(() => window.resnetLens.layers());
    const { layers, arcs } = await mapContent(page);
    const blocks = [...new Set(nodes.map(({ block }) => block).filter(Boolean))];
    assert.equal(arcs, blocks.length);
    for (const block of blocks) {
      const inside = layers.filter(({ node, projection }) => node.startsWith(`${block}.`) && !projection);
      assert.equal(inside.length, inBlock + 1, `${name}, ${block}: its convolutions and the addition`);
    }
  }
}));

test('keyboard navigation along the path, between blocks and to the projection', () => withMap(async (page) => {
  const { layers, selected } = await mapContent(page);
  const path = layers.filter(({ projection }) => !projection).map(({ node }) => node);
  assert.deepEqual(selected, [path[0]], 'the first layer is selected');
  await page.keyboard.press('m');
  const go = async (key) => {
    await page.keyboard.press(key);
    const now = await mapContent(page);
    assert.equal(now.selected.length, 1);
    assert.equal(now.active, now.selected[0], 'the active descendant is the selected option');
    assert.equal(await layerInUrl(page), now.selected[0]);
    assert.equal(now.facts, now.layers.find(({ node }) => node === now.selected[0]).label);
    return now.selected[0];
  };
  assert.equal(await go('ArrowRight'), path[1]);
  assert.equal(await go('ArrowRight'), path[2]);
  assert.equal(await go('ArrowLeft'), path[1]);
  assert.equal(await go('End'), path.at(-1));
  assert.equal(await go('ArrowRight'), path.at(-1), 'it stops at the end');
  assert.equal(await go('Home'), path[0]);
  const first = await go('PageDown');
  const projection = await go('ArrowUp');
  assert.ok(layers.find(({ node }) => node === projection).projection, `${projection} is the projection`);
  assert.equal(await go('ArrowDown'), first);
  const next = await go('PageDown');
  assert.notEqual(next.split('.')[1], first.split('.')[1], 'the next block');
  assert.equal(await go('PageUp'), first);
  await page.locator('body').press(']');
  assert.equal((await mapContent(page)).selected[0], path[path.indexOf(first) + 1]);
}));

test('pointer navigation, and selection from the URL', () => withPage(async (page) => {
  const { layers } = await mapContent(page);
  for (const { node } of [layers[5], layers.at(-1), layers[30]]) {
    await page.click(`lens-network-map svg [data-node="${node}"]`);
    assert.deepEqual((await mapContent(page)).selected, [node]);
    assert.equal(await layerInUrl(page), node);
  }
  const { node, label } = layers[12];
  await page.hover(`lens-network-map svg [data-node="${node}"]`);
  const { facts } = await mapContent(page);
  assert.equal(facts, label, 'the layer under the pointer is described');
  await reopen(page);
  assert.deepEqual((await mapContent(page)).selected, [layers[30].node]);
  await page.evaluate((layer) => { location.hash = `layer=${layer}`; }, layers[3].node);
  await page.waitForFunction((layer) => document.querySelector('lens-network-map [aria-selected=true]')?.dataset.node === layer, layers[3].node);
}));

test('an unknown layer in the URL shows a notice and the first layer', () => site.withPage(async (page) => {
  await open(page, `${site.base}#layer=encoder.7`);
  assert.match((await pageStatus(page)).alert, /no layer called “encoder\.7”/);
  const { layers, selected } = await mapContent(page);
  assert.deepEqual(selected, [layers[0].node]);
}));

test('the search finds nodes by name and by size', () => withMap(async (page) => {
  const layers = await page.evaluate(() => window.resnetLens.layers());
  await page.keyboard.press('/');
  assert.equal(await page.locator('#found-layers [role=option]').count(), layers.length);
  for (const { name } of [layers[0], layers[40], layers.at(-2)]) {
    if (!await page.isVisible('lens-search dialog')) await page.keyboard.press('/');
    await page.fill('lens-search input', name);
    await page.keyboard.press('Enter');
    assert.equal(await page.isVisible('lens-search dialog'), false);
    assert.equal(await layerInUrl(page), name);
  }
  await page.click('lens-search [data-open]');
  await page.fill('lens-search input', 'conv2d 3x3');
  const found = await page.locator('#found-layers [role=option]').allTextContents();
  assert.equal(found.length, layers.filter(({ op, attributes }) => op === 'Conv2d' && attributes.startsWith('3x3')).length);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  const third = await page.locator('#found-layers [role=option]').nth(2).getAttribute('data-node');
  await page.keyboard.press('Enter');
  assert.equal(await layerInUrl(page), third);
  await page.click('lens-search [data-open]');
  await page.fill('lens-search input', 'transformer');
  assert.match(await page.textContent('lens-search [data-none]'), /No matching layers/);
}));

test('single-key shortcuts are listed, inactive while typing, and can be disabled', () => withPage(async (page) => {
  await page.keyboard.press('?');
  assert.equal(await page.isVisible('lens-help dialog'), true);
  assert.match(await page.textContent('lens-help [data-keys]'), /Find a layer/);
  await page.keyboard.press('/');
  assert.equal(await page.isVisible('lens-search dialog'), false, 'one dialog at a time');
  await page.uncheck('[data-single-keys]');
  await page.keyboard.press('Escape');
  await page.keyboard.press('/');
  assert.equal(await page.isVisible('lens-search dialog'), false, 'shortcuts are disabled');
  await reopen(page);
  await page.click('lens-help [data-open]');
  assert.equal(await page.isChecked('[data-single-keys]'), false, 'the choice is stored');
  await page.check('[data-single-keys]');
  await page.click('lens-help [data-close]');
  await page.focus('#image-address');
  await page.keyboard.type('?/m');
  assert.equal(await page.inputValue('#image-address'), '?/m');
  assert.equal(await page.locator('dialog[open]').count(), 0);
}));

test('on a phone the map scrolls to the selected layer', () => withPage(async (page) => {
  const before = await page.evaluate(() => {
    const { scrollWidth, clientWidth, scrollLeft } = document.querySelector('lens-network-map [data-frame]');
    return { scrollWidth, clientWidth, scrollLeft };
  });
  assert.ok(before.scrollWidth > before.clientWidth * 2, JSON.stringify(before));
  assert.equal(before.scrollLeft, 0);
  await page.focus('lens-network-map svg');
  await page.keyboard.press('End');
  await page.waitForFunction(() => {
    const { x, right } = document.querySelector('lens-network-map [aria-selected=true] .box').getBoundingClientRect();
    return x >= 0 && right <= innerWidth;
  });
}, { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true, reducedMotion: 'reduce' }));

test('layers are called by their convolution or “block output”, in map, panel, search and title alike; 50 of them have numbers', () => withMap(async (page) => {
  const { layers } = await mapContent(page);
  const labelOf = (node) => layers.find((layer) => layer.node === node).label;
  const names = {
    relu: 'conv1 → BN → ReLU · layer 1 of 50',
    maxpool: 'maxpool · pooling',
    'layer1.0.relu_1': 'layer1.0.conv2 → BN → ReLU · layer 3 of 50',
    'layer1.0.relu_2': 'layer1.0 block output: add → ReLU',
    'layer1.0.downsample.1': 'layer1.0.downsample.0 → BN · projection shortcut',
    fc: 'fc · layer 50 of 50 · fully connected',
  };
  for (const [node, name] of Object.entries(names)) {
    assert.ok(labelOf(node).startsWith(name), `${labelOf(node)}, expected ${name}`);
    await page.click(`lens-network-map svg [data-node="${node}"]`);
    const [chain] = name.split(' · ');
    assert.equal(await page.textContent('lens-layer [data-name]'), chain);
    assert.equal(await page.title(), `${chain} · ResNet Lens`);
  }
  const numbers = layers.map(({ label }) => Number(/layer (\d+) of 50/.exec(label)?.[1])).filter(Boolean);
  assert.deepEqual(numbers, Array.from({ length: 50 }, (_, i) => i + 1));
  assert.match(await page.textContent('lens-node-table [data-summary]'), /1 \+ 9 \+ 12 \+ 18 \+ 9 \+ 1 = 50 weighted layers/);
}));

/** The first result of each query in the starter model, a ResNet-50 of quarter width. */
const FIRST_HITS = {
  'stride 2': 'conv1',
  'stride=2': 'conv1',
  '3x3': 'layer1.0.conv2',
  '3×3': 'layer1.0.conv2',
  512: 'layer4.0.conv3',
  '512 channels': 'layer4.0.conv3',
  'padding 3': 'conv1',
  shortcut: 'layer1.0.downsample.0',
  projection: 'layer1.0.downsample.0',
  skip: 'layer1.0.add',
  residual: 'layer1.0.add',
  bottleneck: 'layer1.0.conv1',
  'down-sampling': 'layer2.0.downsample.0',
  downsample: 'layer1.0.downsample.0',
  add: 'layer1.0.add',
  bn: 'bn1',
  'batch norm': 'bn1',
  relu: 'relu',
  stem: 'conv1',
  'average pool': 'avgpool',
  classifier: 'fc',
  'layer3.2': 'layer3.2.conv1',
  'layer2.1.relu_1': 'layer2.1.relu_1',
};

test('search: the first hit is right for names, attributes, sizes and common words', () => withMap(async (page) => {
  await page.keyboard.press('/');
  const found = {};
  for (const query of Object.keys(FIRST_HITS)) {
    await page.fill('lens-search input', query);
    found[query] = await page.locator('#found-layers [role=option]').first().getAttribute('data-node', { timeout: 5000 });
  }
  assert.deepEqual(found, FIRST_HITS);
  await page.fill('lens-search input', 'add');
  const operators = await page.locator('#found-layers [role=option] span').allTextContents();
  assert.equal(operators.length, 16);
  assert.ok(operators.every((text) => text.startsWith('Add')), 'no node is found by its padding');
}));

test('the rows of the node table lead to their node, and the selected one is marked', () => withMap(async (page) => {
  await page.click('lens-node-table summary');
  await page.click('lens-node-table tr[data-node="layer2.1.bn2"] button');
  assert.equal(await layerInUrl(page), 'layer2.1.bn2');
  assert.equal(await page.getAttribute('lens-layer', 'data-node'), 'layer2.1.bn2');
  assert.deepEqual((await mapContent(page)).selected, ['layer2.1.relu_1']);
  const current = () => page.locator('lens-node-table [aria-current=true]').evaluateAll((rows) => rows.map(({ dataset }) => dataset.node));
  assert.deepEqual(await current(), ['layer2.1.bn2']);
  await page.click('lens-network-map svg [data-node="fc"]');
  assert.deepEqual(await current(), ['fc']);
}));

test('the architecture is listed as in Table 1 of the paper, and a stage leads to its layers', () => withMap(async (page) => {
  await page.click('lens-architecture [data-open]');
  const dialog = page.locator('lens-architecture dialog');
  assert.match(await dialog.locator('[data-summary]').textContent(), /^1 \+ 9 \+ 12 \+ 18 \+ 9 \+ 1 = 50 weighted layers\./);
  const rows = await dialog.locator('tbody tr').evaluateAll((all) => all.map((row) => [...row.cells].map((cell) => [...cell.querySelectorAll('button, span, div:not(:has(div)), b')].map((part) => part.textContent).join(' ') || cell.textContent)));
  assert.deepEqual(rows.map(([stage]) => stage), ['conv1', 'layer1 conv2_x', 'layer2 conv3_x', 'layer3 conv4_x', 'layer4 conv5_x', 'head']);
  assert.deepEqual(rows[2].slice(1, 5), ['16 × 16', '1 × 1, 32 filters 3 × 3, 32 filters 1 × 1, 128 filters ×\u00a04', '64 → 128 channels stride 2 in the 3 × 3 projection shortcut', '12']);
  await assertAccessible(page, 'the architecture');
  await dialog.getByRole('button', { name: 'layer2', exact: true }).click();
  assert.equal(await dialog.isVisible(), false);
  await page.waitForFunction(() => location.hash === '#layer=layer2.3.relu_2');
  const note = page.locator('lens-layer [data-note-of-layer]');
  assert.equal(await note.isVisible(), false, 'the last block keeps the shape');
  await page.evaluate(() => { location.hash = 'layer=layer2.0.conv2'; });
  await page.waitForFunction(() => document.querySelector('lens-layer').dataset.node === 'layer2.0.conv2');
  assert.match(await note.textContent(), /^Stride 2 is here, as in PyTorch: 32 × 32 becomes 16 × 16\./);
}));
