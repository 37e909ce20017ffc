import assert from 'node:assert/strict';
import { test } from 'node:test';
import { barsFigure } from '../../www/figures/bars-figure.js';
import { layOutTiles, panelsFigure, sheetFigure } from '../../www/figures/figure.js';
import { figureFileName } from '../../www/figures/file-name.js';
import { wrap } from '../../www/figures/svg-document.js';
import './texts.js';

const PNG = 'data:image/png;base64,AAAA';
const heading = { title: 'stem → BN & ReLU', subtitle: ['Model <1> · "cat".jpg'] };
const scale = { bounds: { low: -2, high: 2, signed: true }, stops: [{ at: 0, colour: 'rgb(0 0 0)', strength: 1 }, { at: 1, colour: 'rgb(255 127.6 0)', strength: 1 }], label: 'value' };

test('tiles do not overlap, keep the aspect of the maps and fit into the figure', () => {
  for (const [count, shape] of [[1, [7, 7]], [32, [16, 16]], [256, [56, 56]], [12, [4, 8]]]) {
    const { side, tiles, width, height } = layOutTiles(Array.from({ length: count }, (_, i) => i), shape);
    assert.equal(new Set(tiles.map(({ x, y }) => `${x} ${y}`)).size, count);
    assert.ok(side >= 20 && width <= 712, `${count} tiles of ${side} px in ${width} px`);
    for (const { x, y } of tiles) assert.ok(x + side <= width && y < height);
  }
});

test('a figure is well-formed, escaped and on a white ground', () => {
  const sheet = layOutTiles([3, 1], [7, 7]);
  const { svg, width, height } = sheetFigure({ heading, scale, image: PNG, sheet });
  assert.ok(Math.max(width, height) * 2 >= 1000);
  assert.match(svg, new RegExp(`^<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"`));
  assert.match(svg, /<rect width="\d+" height="\d+" fill="#ffffff">/);
  assert.match(svg, /stem → BN &amp; ReLU/);
  assert.match(svg, /Model &lt;1&gt; · &quot;cat&quot;\.jpg/);
  assert.match(svg, /stop-color="#ff8000"/);
  for (const number of ['>3<', '>1<', '>−2.00<', '>0<', '>2.00<']) assert.ok(svg.includes(number), number);
  const open = [...svg.matchAll(/<([a-zA-Z]+)[ >]/g)].length;
  assert.equal(open, [...svg.matchAll(/<\/[a-zA-Z]+>/g)].length, 'every element is closed');
});

test('an overlay is drawn over the input, and without a bitmap the map is alone', () => {
  const content = { heading, scale: { ...scale, fades: 0.5 }, inputLabel: 'Input', map: PNG, mapLabel: 'Evidence', isOver: true, size: null, notes: [] };
  const images = (svg) => [...svg.matchAll(/<image /g)].length;
  const blended = panelsFigure({ ...content, input: PNG }).svg;
  assert.equal(images(blended), 3);
  assert.match(blended, /stop-opacity="0\.5"/);
  assert.equal(images(panelsFigure({ ...content, input: null }).svg), 1);
});

test('channels on their own scales are named, and long titles wrap', () => {
  const { svg } = sheetFigure({ heading: { title: 'word '.repeat(40).trim(), subtitle: [] }, scale: { ...scale, bounds: { low: null, high: null, signed: false } }, image: PNG, sheet: layOutTiles([0], [1, 1]) });
  assert.match(svg, /value, each channel on its own scale/);
  assert.deepEqual(wrap('one two three', 7), ['one two', 'three']);
  assert.ok([...svg.matchAll(/>[word ]+</g)].length >= 3);
});

test('file names contain what the figure shows', () => {
  assert.equal(figureFileName(['Starter ResNet-50, quarter width', 'layer2.1.relu_1', 'channels']), 'starter-resnet-50-quarter-width_layer2.1.relu_1_channels');
  assert.equal(figureFileName(['', '../a b', 'class-map-고양이']), 'a-b_class-map-고양이');
});

test('bars are as long as their shares, and long labels are shortened', () => {
  const rows = [{ label: 'a '.repeat(60).trim(), numbers: ['1.00', '50 %'], share: 1 }, { label: 'b', numbers: ['−0.50', '1 %'], share: -0.5 }];
  const { svg } = barsFigure({ heading, columns: [{ title: 'Classes', units: ['logit', 'softmax'], rows, total: { label: '= logit', number: '0.50' } }] });
  const widths = [...svg.matchAll(/<rect x="24" y="\d+" width="([\d.]+)"/g)].map(([, width]) => Number(width));
  assert.deepEqual(widths, [712, 356]);
  assert.match(svg, /a…</);
  assert.match(svg, /= logit</);
});
