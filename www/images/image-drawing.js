// @ts-check
// Draws an image, its crop and the enlargement of a tiny crop on a 2D canvas.

/** @import { Rectangle, Size } from '../lib/rectangle.js' */
/** @import { ImageLayout } from './image-layout.js' */

/** CSS colours. @typedef {{ line: string, dim: string, mark: string }} Palette */
/** @typedef {ImageBitmap | HTMLCanvasElement} ShownBitmap */

/** Length of the heavier lines at the corners of the crop. */
const CORNER = 22;
/** Distance of the lines that fill the frame of an image which the browser cannot show. */
const HATCH_STEP = 14;

/**
 * Draws the whole image view in CSS pixels.
 * @param {CanvasRenderingContext2D} context
 * @param {ShownBitmap | null} bitmap null if the browser cannot show the format
 * @param {ImageLayout} layout
 * @param {Palette} palette
 */
export function drawImage(context, bitmap, { frame, crop, loupe }, palette) {
  if (bitmap) drawBitmap(context, bitmap, wholeOf(bitmap), frame);
  else hatch(context, frame, palette.line);
  if (!crop) return;
  dimOutside(context, frame, crop, palette.dim);
  if (!loupe) {
    outline(context, crop, palette.mark);
    return;
  }
  connect(context, crop, loupe, palette.mark);
  if (bitmap) drawBitmap(context, bitmap, inBitmap(bitmap, frame, crop), loupe);
  outline(context, loupe, palette.mark);
}

/** @param {Size} size */
const wholeOf = ({ width, height }) => ({ x: 0, y: 0, width, height });

/**
 * The crop in the bitmap's pixels.
 * @param {Size} bitmap
 * @param {Rectangle} frame
 * @param {Rectangle} crop
 * @returns {Rectangle}
 */
function inBitmap(bitmap, frame, crop) {
  const scale = { x: bitmap.width / frame.width, y: bitmap.height / frame.height };
  return {
    x: (crop.x - frame.x) * scale.x,
    y: (crop.y - frame.y) * scale.y,
    width: crop.width * scale.x,
    height: crop.height * scale.y,
  };
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {ShownBitmap} bitmap
 * @param {Rectangle} from
 * @param {Rectangle} to
 */
function drawBitmap(context, bitmap, from, to) {
  const scale = to.width * context.getTransform().a / from.width;
  // Strongly enlarged pixels are drawn as squares.
  context.imageSmoothingEnabled = to.width < from.width * 4;
  // From half size on, linear interpolation reads every pixel. Better filters take three times as long for the same photo.
  context.imageSmoothingQuality = scale < 0.5 ? 'high' : 'low';
  context.drawImage(bitmap, from.x, from.y, from.width, from.height, to.x, to.y, to.width, to.height);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Rectangle} frame
 * @param {Rectangle} crop
 * @param {string} colour
 */
function dimOutside(context, frame, crop, colour) {
  context.fillStyle = colour;
  context.beginPath();
  context.rect(frame.x, frame.y, frame.width, frame.height);
  context.rect(crop.x, crop.y, crop.width, crop.height);
  context.fill('evenodd');
}

/**
 * A thin line around the crop with heavier corners: visible on any image, hiding little of it.
 * @param {CanvasRenderingContext2D} context
 * @param {Rectangle} rectangle
 * @param {string} colour
 */
function outline(context, rectangle, colour) {
  const [x, y, right, bottom] = [
    rectangle.x, rectangle.y, rectangle.x + rectangle.width, rectangle.y + rectangle.height,
  ].map((edge) => Math.floor(edge) + 0.5); // Between two pixels, a thin line would be two grey ones.
  const [width, height] = [right - x, bottom - y];
  const arm = Math.min(CORNER, width / 4, height / 4);
  context.strokeStyle = 'rgb(0 0 0 / 0.55)';
  context.lineWidth = 3;
  context.strokeRect(x, y, width, height);
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.strokeRect(x, y, width, height);
  context.lineWidth = 3;
  context.beginPath();
  for (const [cornerX, cornerY, across, down] of [[x, y, 1, 1], [right, y, -1, 1], [right, bottom, -1, -1], [x, bottom, 1, -1]]) {
    context.moveTo(cornerX + across * arm, cornerY);
    context.lineTo(cornerX, cornerY);
    context.lineTo(cornerX, cornerY + down * arm);
  }
  context.stroke();
}

/**
 * Lines from a tiny crop to its enlargement.
 * @param {CanvasRenderingContext2D} context
 * @param {Rectangle} crop
 * @param {Rectangle} loupe
 * @param {string} colour
 */
function connect(context, crop, loupe, colour) {
  const [right, bottom] = [crop.x + crop.width, crop.y + crop.height];
  const lines = loupe.y >= bottom
    ? [[crop.x, bottom, loupe.x, loupe.y], [right, bottom, loupe.x + loupe.width, loupe.y]]
    : [[right, crop.y, loupe.x, loupe.y], [right, bottom, loupe.x, loupe.y + loupe.height]];
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.beginPath();
  for (const [fromX, fromY, toX, toY] of lines) {
    context.moveTo(fromX, fromY);
    context.lineTo(toX, toY);
  }
  context.stroke();
}

/**
 * Fills a rectangle with diagonal lines.
 * @param {CanvasRenderingContext2D} context
 * @param {Rectangle} rectangle
 * @param {string} colour
 */
function hatch(context, { x, y, width, height }, colour) {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.strokeStyle = colour;
  context.beginPath();
  for (let offset = -height; offset < width; offset += HATCH_STEP) {
    context.moveTo(x + offset, y + height);
    context.lineTo(x + offset + height, y);
  }
  context.stroke();
  context.restore();
}
