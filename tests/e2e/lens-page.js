// Helpers of the lens tests: a page with an image and a view state, and what the page shows.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { open, pageStatus, start, upload } from './browser.js';
import { png } from './images.js';

const image = png(320, 200);
/** Largest difference between a drawn and the expected colour, of 255. */
export const LEVEL = 2;
/** @type {Awaited<ReturnType<typeof start>>} */
let site;
/** @type {ReturnType<typeof site.sharePage>} */
let share;

/**
 * Starts the browser; resolves to it. The test image is served as `files/checks.png`.
 * @param {Parameters<typeof start>[0]} [options]
 */
export async function startLens(options) {
  site = await start(options);
  site.put('checks.png', image, 'image/png');
  share = site.sharePage((page) => openLens(page));
  return site;
}

async function openLens(page, fragment = '') {
  await open(page, `${site.base}#${fragment}`);
  assert.equal(await upload(page, 'checks.png', image), 'ready');
}

/** Runs `run(page)` on the file's page, with an image and the view state `state`. It has to leave the image and the model as they are. */
export const withLens = (state, run, options) => share(async (page) => {
  await select(page, state);
  await run(page);
  assert.equal((await pageStatus(page)).alert, null);
  assert.match(await text(page, '[data-caption]'), /^checks\.png/);
}, options);

/** Like `withLens` on a page of its own, for tests that load another image or model. */
export const withOwnLens = (state, run, options) => site.withPage(async (page) => {
  await openLens(page, new URLSearchParams(state));
  await statisticsShown(page);
  await run(page);
  assert.equal((await pageStatus(page)).alert, null);
}, options);

/** Changes the view state; waits until everything of it is shown. */
export async function select(page, state) {
  await page.evaluate((fragment) => new Promise((resolve) => {
    location.hash = fragment;
    // The page has removed what is not of this state when the next frame is drawn.
    requestAnimationFrame(() => requestAnimationFrame(resolve));
  }), new URLSearchParams(state).toString());
  await page.waitForFunction((node) => (!node || document.querySelector('lens-layer').dataset.node === node)
    && [...document.querySelectorAll('[aria-busy=true]')].every((element) => !element.checkVisibility()), state.tap ?? state.layer ?? null);
  await statisticsShown(page);
}

/** Waits for the statistics of the selected layer, which are shown last. */
export const statisticsShown = (page) => page.waitForFunction(() => document.querySelector('[data-statistics]').hasAttribute('data-loaded')
  && !document.querySelector('[data-histogram]').hasAttribute('hidden'));

/** Read in the page, because `page.url()` changes later than the page's own address. */
export const viewState = (page) => page.evaluate(() => Object.fromEntries(new URLSearchParams(location.hash.slice(1))));
export const text = async (page, selector) => (await page.textContent(selector)).trim();
export const channelShown = async (page) => Number(/\d+/.exec(await text(page, 'lens-channel [data-name]'))[0]);
export const option = (page) => page.evaluate(() => {
  const { ariaPosInSet, ariaSetSize, ariaLabel, dataset, hidden } = document.querySelector('lens-channels [role=option]');
  return { position: Number(ariaPosInSet), size: Number(ariaSetSize), label: ariaLabel, channel: Number(dataset.channel), hidden };
});
export const feature = (page, node) => page.evaluate(async (name) => {
  const { shape, data } = await window.resnetLens.featureMap(name);
  return { shape, data: [...data] };
}, node);

/** The file that the page saves when `selector` is clicked: `{ name, bytes }`. */
export async function saved(page, selector) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(selector)]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

/** The figure that the dialog behind `opener` saves: `{ name, bytes }`. `channels`: an option of its list. */
export async function savedFigure(page, opener, { format = 'svg', channels = null } = {}) {
  const ready = () => page.locator('lens-figure [data-format=png]:not(:disabled)').waitFor();
  await page.click(opener);
  await ready();
  if (channels) await page.selectOption('lens-figure select', channels);
  await ready();
  const file = await saved(page, `lens-figure [data-format=${format}]`);
  await page.click('lens-figure [data-close]');
  return file;
}

/** The drawings in an SVG figure, as PNG files. */
export const drawingsOf = ({ bytes }) => [...bytes.toString().matchAll(/href="data:image\/png;base64,([^"]+)"/g)].map(([, base64]) => Buffer.from(base64, 'base64'));

/** The texts of an SVG figure: `[{ x, y, text }]`. */
export const textsOf = ({ bytes }) => [...bytes.toString().matchAll(/<text x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</g)]
  .map(([, x, y, text]) => ({ x: Number(x), y: Number(y), text }));

/** The pixels of a PNG, decoded in the page: `{ width, height, at(x, y) }`. */
export async function pixels(page, bytes) {
  const { width, height, data } = await page.evaluate(async (base64) => {
    const blob = new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], { type: 'image/png' });
    const bitmap = await createImageBitmap(blob);
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const pen = canvas.getContext('2d');
    pen.drawImage(bitmap, 0, 0);
    const { data } = pen.getImageData(0, 0, bitmap.width, bitmap.height);
    // As text, because arrays of numbers are transferred slowly.
    let letters = '';
    for (let from = 0; from < data.length; from += 0x8000) letters += String.fromCharCode(...data.subarray(from, from + 0x8000));
    return { width: bitmap.width, height: bitmap.height, data: btoa(letters) };
  }, bytes.toString('base64'));
  const rgba = Buffer.from(data, 'base64');
  return { width, height, at: (x, y) => [...rgba.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)] };
}

/** Channel means and maxima of a feature map, and its smallest and largest value. */
export function statisticsOf({ shape: [, channels, height, width], data }) {
  const size = height * width;
  const parts = Array.from({ length: channels }, (_, c) => data.slice(c * size, (c + 1) * size));
  return {
    means: parts.map((part) => part.reduce((a, b) => a + b) / size),
    most: parts.map((part) => Math.max(...part)),
    low: Math.min(...parts.map((part) => Math.min(...part))),
    high: Math.max(...parts.map((part) => Math.max(...part))),
  };
}

/** Parses a number as the page formats it. */
export const number = (formatted) => Number(formatted.replaceAll('−', '-'));

export const NODE = 'layer2.1.relu_1';
