// Takes the README's animation of the live view: the page in Chromium, dark theme, whose camera shows a slow pan over two sample photos.
//   node tests/e2e/readme-live.js [docs/live.webp]
// Needs img2webp (Debian: apt-get install webp).

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CAMERA, open, start } from './browser.js';

const [path = 'docs/live.webp'] = process.argv.slice(2);
const PHOTOS = ['goldfish', 'tabby-cat'];
const VIEWPORT = { width: 1120, height: 720 };
/** Of the animation. */
const FRAMES = 20;
const FRAME_MS = 250;

/** The page shows this path as the name of the camera. */
const FILM = 'target/film.mjpeg';

const folder = mkdtempSync(join(tmpdir(), 'resnet-lens-live-'));
try {
  mkdirSync(dirname(FILM), { recursive: true });
  writeFileSync(FILM, await pan());
  await record();
  const files = Array.from({ length: FRAMES }, (_, at) => join(folder, `${at}.png`));
  execFileSync('img2webp', ['-loop', '0', '-lossy', '-q', '40', '-m', '6', '-d', String(FRAME_MS), ...files, '-o', path]);
} finally {
  rmSync(folder, { recursive: true });
  rmSync(FILM, { force: true });
}

/** A film of JPEG frames, three seconds per photo at 20 frames per second. */
async function pan() {
  const site = await start();
  try {
    const page = await site.newPage();
    const frames = [];
    for (const name of PHOTOS) {
      const photo = readFileSync(new URL(`../../www/assets/samples/${name}.jpg`, import.meta.url)).toString('base64');
      frames.push(...await page.evaluate(async (base64) => {
        const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))]));
        const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 480 });
        const pen = canvas.getContext('2d');
        const scale = 1.15 * Math.max(640 / bitmap.width, 480 / bitmap.height);
        const size = [bitmap.width * scale, bitmap.height * scale];
        return Array.from({ length: 60 }, (_, at) => {
          const shift = 0.5 - 0.5 * Math.cos((at / 60) * 2 * Math.PI);
          pen.drawImage(bitmap, (640 - size[0]) * shift, (480 - size[1]) / 2, ...size);
          return canvas.toDataURL('image/jpeg', 0.9).split(',')[1];
        });
      }, photo));
    }
    return Buffer.concat(frames.map((frame) => Buffer.from(frame, 'base64')));
  } finally {
    await site.close();
  }
}

/** Writes the images of the animation: the page's live view of the film. */
async function record() {
  const site = await start({ args: [...CAMERA, `--use-file-for-fake-video-capture=${FILM}`] });
  try {
    const page = await site.newPage({ permissions: ['camera'], colorScheme: 'dark', viewport: VIEWPORT });
    await open(page, `${site.base}#layer=layer2.1.relu_1&overlay=cam&gamma=0.5`);
    await page.click('[data-camera]');
    await page.waitForFunction(() => /goldfish|tabby/i.test(document.querySelector('lens-predictions').textContent));
    await page.mouse.move(0, 0);
    await page.waitForTimeout(6000); // The first frames have no channels yet.
    for (let at = 0; at < FRAMES; at += 1) {
      const next = page.waitForTimeout(FRAME_MS);
      writeFileSync(join(folder, `${at}.png`), await page.screenshot());
      await next;
    }
  } finally {
    await site.close();
  }
}
