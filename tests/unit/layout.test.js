import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layOutGrid, rankAt, tileAt, visibleTiles } from '../../www/lens/grid-layout.js';
import { rectangleToDevice, sizeToDevice, toDevice } from '../../www/lib/rectangle.js';
import { layOutImage } from '../../www/images/image-layout.js';

const BOX = { width: 600, height: 400 };

test('a grid shows all tiles where they fit, as large as possible', () => {
  for (const count of [1, 3, 16, 64, 96]) {
    const grid = layOutGrid(count, BOX);
    assert.ok(grid.height <= BOX.height || grid.side + 2 >= 168, `${count} tiles: ${JSON.stringify(grid)}`);
    assert.equal(grid.rows, Math.ceil(count / grid.columns));
    const larger = { columns: grid.columns - 1, pitch: BOX.width / (grid.columns - 1) };
    const isLargest = grid.pitch >= 168 || larger.columns < 1 || Math.ceil(count / larger.columns) * larger.pitch > BOX.height;
    assert.ok(isLargest, `${count} tiles would fit with ${larger.columns} columns`);
  }
});

test('a grid of too many tiles scrolls, with the smallest legible tiles', () => {
  const grid = layOutGrid(2048, BOX);
  assert.ok(grid.height > BOX.height);
  assert.ok(grid.pitch >= 40 && grid.pitch < 41);
  assert.equal(layOutGrid(4, { width: 20, height: 20 }).columns, 1, 'at least one column');
});

test('visible tiles are those of the rows in the viewport, relative to it', () => {
  const grid = { columns: 4, pitch: 100, side: 98 };
  const tiles = visibleTiles(grid, 30, 150, 200);
  assert.deepEqual(tiles.map(({ rank }) => rank), Array.from({ length: 12 }, (_, i) => i + 4));
  assert.deepEqual(tiles[0], { rank: 4, x: 0, y: -50, width: 98, height: 98 });
  assert.deepEqual(visibleTiles(grid, 2, 0, 1000).length, 2);
  assert.deepEqual(visibleTiles(grid, 4, 500, 100), []);
});

test('the rank at a point is the inverse of the tile of a rank', () => {
  const grid = { columns: 7, pitch: 30, side: 28 };
  for (let rank = 0; rank < 40; rank += 1) {
    const { x, y, width, height } = tileAt(grid, rank);
    assert.equal(rankAt(grid, 40, x + width / 2, y + height / 2), rank);
  }
  assert.equal(rankAt(grid, 40, -1, 5), null);
  assert.equal(rankAt(grid, 40, 100, 5 * 30 + 35), null, 'beside the last tile');
});

test('neighbours in CSS pixels stay neighbours in device pixels', () => {
  const widths = [10.3, 7.7, 12.5, 9.1];
  for (const density of [1, 1.25, 1.5, 2, 3]) {
    let x = 0.4;
    let end = toDevice(x, density);
    for (const width of widths) {
      const device = rectangleToDevice({ x, y: 0, width, height: width }, density);
      assert.equal(device.x, end);
      x += width;
      end = device.x + device.width;
    }
  }
  assert.deepEqual(sizeToDevice({ width: 100.4, height: 50 }, 1.5), { width: 151, height: 75 });
});

test('an image is centred in its box, with the crop at its place', () => {
  const { frame, crop, loupe } = layOutImage({ width: 1200, height: 400 }, { x: 400, y: 0, width: 400, height: 400 }, BOX);
  assert.deepEqual(frame, { x: 0, y: 100, width: 600, height: 200 });
  assert.deepEqual(crop, { x: 200, y: 100, width: 200, height: 200 });
  assert.equal(loupe, null);
});

test('a tiny crop is also shown enlarged, inside the box', () => {
  for (const [image, crop] of [
    [{ width: 8000, height: 100 }, { x: 3950, y: 0, width: 100, height: 100 }],
    [{ width: 100, height: 8000 }, { x: 0, y: 3950, width: 100, height: 100 }],
  ]) {
    const { loupe, frame } = layOutImage(image, crop, BOX);
    assert.ok(loupe);
    assert.ok(loupe.x >= 0 && loupe.y >= 0 && loupe.x + loupe.width <= BOX.width && loupe.y + loupe.height <= BOX.height);
    assert.ok(frame.x >= 0 && frame.y >= 0);
  }
});

test('an image of one pixel is a swatch, and one without a crop has none', () => {
  const { frame, crop, loupe } = layOutImage({ width: 1, height: 1 }, null, BOX);
  assert.deepEqual([frame.width, frame.height, crop, loupe], [64, 64, null, null]);
});
