// Generated test images.

import { crc32, deflateSync } from 'node:zlib';

const CHANNELS = { grey: [0, 1], rgb: [2, 3], greyAlpha: [4, 2], rgba: [6, 4] };

/** A PNG whose samples are `paint(x, y, channel)` in 0 to 1. Colour types: grey, rgb, greyAlpha, rgba. */
export function png(width, height, { type = 'rgb', bits = 8, paint = checks } = {}) {
  const [colourType, channels] = CHANNELS[type];
  const size = bits / 8;
  const stride = 1 + width * channels * size;
  const rows = Buffer.alloc(height * stride);
  for (let y = 0; y < height; y += 1) {
    for (let i = 0; i < width * channels; i += 1) {
      const value = Math.round(paint(Math.floor(i / channels), y, i % channels) * (2 ** bits - 1));
      rows.writeUIntBE(value, y * stride + 1 + i * size, size);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bits, colourType, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const length = Buffer.alloc(4);
  const check = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** A coloured checkerboard. */
function checks(x, y, channel) {
  const tile = (Math.floor(x / 16) + Math.floor(y / 16)) % 2;
  return tile ? 0.2 + channel * 0.25 : 0.9 - channel * 0.2;
}

/** Uniform grey, for tests of what is drawn on top. */
export const grey = () => 0.5;

/** An uncompressed RGB TIFF, a format that only Safari decodes. */
export function tiff(width, height) {
  const entries = [
    [256, 4, 1, width], [257, 4, 1, height], [258, 3, 3, 134], [259, 3, 1, 1], [262, 3, 1, 2],
    [273, 4, 1, 140], [277, 3, 1, 3], [278, 4, 1, height], [279, 4, 1, width * height * 3], [284, 3, 1, 1],
  ];
  const head = Buffer.alloc(140);
  head.write('II*\0', 0, 'latin1');
  head.writeUInt32LE(8, 4);
  head.writeUInt16LE(entries.length, 8);
  entries.forEach(([tag, type, count, value], i) => {
    const at = 10 + i * 12;
    head.writeUInt16LE(tag, at);
    head.writeUInt16LE(type, at + 2);
    head.writeUInt32LE(count, at + 4);
    head.writeUInt32LE(value, at + 8);
  });
  for (let i = 0; i < 3; i += 1) head.writeUInt16LE(8, 134 + i * 2);
  const pixels = Buffer.alloc(width * height * 3, 160);
  return Buffer.concat([head, pixels]);
}

/** `jpeg` with an EXIF orientation; 6 is a quarter turn. */
export function withOrientation(jpeg, orientation) {
  // "Exif", TIFF header, one entry: tag 0x112, type SHORT, count 1, value; no next directory.
  const exif = Buffer.from('457869660000' + '49492a0008000000' + '0100' + '120103000100000000000000' + '00000000', 'hex');
  exif.writeUInt16LE(orientation, 24);
  const marker = Buffer.from([0xff, 0xe1, 0, exif.length + 2]);
  return Buffer.concat([jpeg.subarray(0, 2), marker, exif, jpeg.subarray(2)]);
}

/** Hills and a sun, for the screenshots. */
export const landscape = () => png(960, 640, { paint: paintLandscape });

function paintLandscape(x, y, channel) {
  const sun = Math.hypot(x - 640, y - 190) < 70;
  const hills = [[420, 60, 0.011, [0.35, 0.5, 0.55]], [500, 45, 0.017, [0.2, 0.38, 0.36]], [570, 25, 0.03, [0.1, 0.24, 0.2]]]
    .filter(([height, swing, rate]) => y > height + swing * Math.sin(x * rate + height))
    .at(-1);
  if (hills) return hills[3][channel];
  if (sun) return [1, 0.85, 0.5][channel];
  return [0.95, 0.62, 0.42][channel] * (1 - y / 1400) + [0, 0.1, 0.25][channel] * (1 - y / 640);
}
