// The image whole, with the crop the network sees outlined and everything outside it dimmed.

import { exact } from '../lib/format.js';
import { layOut } from '../images/image-layout.js';
import { setIfChanged } from '../lib/set-if-changed.js';

/** In CSS pixels: where the columns are widest, just before they lie side by side. */
const LARGEST = 704;

class LensImage extends HTMLElement {
  /** The crop has another extent: what lies over it is drawn anew. */
  onLayout = null;
  #shown = null;
  #crop = null;
  /** The extent of the crop that `onLayout` heard of last. */
  #overlaid = null;
  /** Extents and colours as last seen: asking the browser for them would have it lay the page out. */
  #box = { width: 0, height: 0 };
  #colours = null;

  connectedCallback() {
    this.canvas = this.querySelector('[data-image]');
    this.field = this.querySelector('[data-field]');
    this.caption = this.parentElement.querySelector('[data-caption]');
    new ResizeObserver(() => {
      this.#box = { width: this.clientWidth, height: this.clientHeight };
      this.#draw();
    }).observe(this);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.#colours = null;
      this.#draw();
    });
  }

  /**
   * Shows `{ bitmap, name, result }`, or the invitation for null. Without a result there is no crop
   * yet; without a bitmap (a format this browser cannot show) the crop is drawn on an empty frame.
   */
  show(image) {
    this.#shown = image;
    const told = image ? caption(image) : '';
    setIfChanged(this.canvas, { hidden: !image, ariaLabel: image ? describe(image) : 'No image yet' });
    setIfChanged(this.querySelector('[data-invitation]'), { hidden: Boolean(image) });
    setIfChanged(this.querySelector('[data-veil]'), { hidden: !image || Boolean(image.bitmap) });
    setIfChanged(document.querySelector('[data-again]'), { hidden: !image });
    setIfChanged(this.caption, { textContent: told, title: told });
    this.#draw();
  }

  /** In device pixels, the longest side that is ever shown: a larger bitmap would only be made smaller here. */
  get largest() {
    return Math.round(LARGEST * Math.min(devicePixelRatio, 3));
  }

  /** The canvas that lies over the crop. */
  get overlay() {
    return this.querySelector('[data-overlay]');
  }

  /** Extents of that canvas in device pixels, or null while there is no crop. */
  get overlaySize() {
    if (!this.#crop) return null;
    const density = Math.min(devicePixelRatio, 3);
    return { width: Math.round(this.#crop.width * density), height: Math.round(this.#crop.height * density) };
  }

  /** Outlines a part of what the network sees, in shares of its width and height; nothing for null. */
  outline(part) {
    this.field.hidden = !part || !this.#crop;
    if (this.field.hidden) return;
    const { x, y, width, height } = this.#crop;
    // Receptive fields reach beyond the image; their outline stops at its edge.
    const [left, top] = [Math.max(0, part.x), Math.max(0, part.y)];
    const [right, bottom] = [Math.min(1, part.x + part.width), Math.min(1, part.y + part.height)];
    cover(this.field, {
      x: x + left * width, y: y + top * height, width: Math.max(0, right - left) * width, height: Math.max(0, bottom - top) * height,
    });
  }

  #draw() {
    if (!this.#shown || this.#box.width === 0) {
      this.#crop = null;
      return;
    }
    const { bitmap, result } = this.#shown;
    const density = Math.min(devicePixelRatio, 3);
    const size = { width: Math.round(this.#box.width * density), height: Math.round(this.#box.height * density) };
    setIfChanged(this.canvas, size);
    const pen = this.canvas.getContext('2d');
    pen.setTransform(density, 0, 0, density, 0, 0);
    pen.clearRect(0, 0, size.width, size.height);
    pen.imageSmoothingQuality = 'high';
    this.#colours ??= coloursOf(this);
    const { line, dim, mark } = this.#colours;
    const { frame, crop, loupe } = layOut(result?.image ?? bitmap, result?.image.crop, this.#box);
    if (bitmap) drawBitmap(pen, bitmap, wholeOf(bitmap), frame);
    else hatch(pen, frame, line);
    this.#crop = loupe ?? crop;
    if (!crop) return;
    this.#placeOverlay();
    dimOutside(pen, frame, crop, dim);
    if (loupe) this.#drawLoupe(pen, { bitmap, frame, crop, loupe, mark });
    else outline(pen, crop, mark);
  }

  #placeOverlay() {
    cover(this.overlay, this.#crop);
    const { width, height } = this.overlaySize;
    if (this.#overlaid === `${width} ${height}`) return;
    this.#overlaid = `${width} ${height}`;
    this.onLayout?.();
  }

  #drawLoupe(pen, { bitmap, frame, crop, loupe, mark }) {
    connect(pen, crop, loupe, mark);
    if (bitmap) {
      const scale = { x: bitmap.width / frame.width, y: bitmap.height / frame.height };
      const part = {
        x: (crop.x - frame.x) * scale.x,
        y: (crop.y - frame.y) * scale.y,
        width: crop.width * scale.x,
        height: crop.height * scale.y,
      };
      drawBitmap(pen, bitmap, part, loupe);
    }
    outline(pen, loupe, mark);
  }
}

function cover(element, { x, y, width, height }) {
  setIfChanged(element.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
}

function coloursOf(element) {
  const style = getComputedStyle(element);
  return Object.fromEntries(['line', 'dim', 'mark'].map((name) => [name, style.getPropertyValue(`--${name}`)]));
}

const wholeOf = ({ width, height }) => ({ x: 0, y: 0, width, height });

function drawBitmap(pen, bitmap, from, to) {
  // Enlarged pixels stay pixels.
  pen.imageSmoothingEnabled = to.width < from.width * 4;
  pen.drawImage(bitmap, from.x, from.y, from.width, from.height, to.x, to.y, to.width, to.height);
}

function dimOutside(pen, frame, crop, colour) {
  pen.fillStyle = colour;
  pen.beginPath();
  pen.rect(frame.x, frame.y, frame.width, frame.height);
  pen.rect(crop.x, crop.y, crop.width, crop.height);
  pen.fill('evenodd');
}

/** A hairline round the crop and heavier corners: seen on any image, hiding little of it. */
function outline(pen, rectangle, colour) {
  const [x, y, right, bottom] = [
    rectangle.x, rectangle.y, rectangle.x + rectangle.width, rectangle.y + rectangle.height,
  ].map((edge) => Math.floor(edge) + 0.5); // A hairline between two pixels would be two grey ones.
  const [width, height] = [right - x, bottom - y];
  const arm = Math.min(22, width / 4, height / 4);
  pen.strokeStyle = 'rgb(0 0 0 / 0.55)';
  pen.lineWidth = 3;
  pen.strokeRect(x, y, width, height);
  pen.strokeStyle = colour;
  pen.lineWidth = 1;
  pen.strokeRect(x, y, width, height);
  pen.lineWidth = 3;
  pen.beginPath();
  for (const [cornerX, cornerY, across, down] of [
    [x, y, 1, 1], [right, y, -1, 1], [right, bottom, -1, -1], [x, bottom, 1, -1],
  ]) {
    pen.moveTo(cornerX + across * arm, cornerY);
    pen.lineTo(cornerX, cornerY);
    pen.lineTo(cornerX, cornerY + down * arm);
  }
  pen.stroke();
}

/** Lines from the tiny crop to its enlargement. */
function connect(pen, crop, loupe, colour) {
  const below = loupe.y >= crop.y + crop.height;
  const ends = below
    ? [[crop.x, crop.y + crop.height, loupe.x, loupe.y],
      [crop.x + crop.width, crop.y + crop.height, loupe.x + loupe.width, loupe.y]]
    : [[crop.x + crop.width, crop.y, loupe.x, loupe.y],
      [crop.x + crop.width, crop.y + crop.height, loupe.x, loupe.y + loupe.height]];
  pen.strokeStyle = colour;
  pen.lineWidth = 1;
  pen.beginPath();
  for (const [fromX, fromY, toX, toY] of ends) {
    pen.moveTo(fromX, fromY);
    pen.lineTo(toX, toY);
  }
  pen.stroke();
}

function hatch(pen, { x, y, width, height }, colour) {
  pen.save();
  pen.beginPath();
  pen.rect(x, y, width, height);
  pen.clip();
  pen.strokeStyle = colour;
  pen.beginPath();
  for (let offset = -height; offset < width; offset += 14) {
    pen.moveTo(x + offset, y + height);
    pen.lineTo(x + offset + height, y);
  }
  pen.stroke();
  pen.restore();
}

function describe({ name, result }) {
  if (!result) return `${name}, being classified`;
  const { width, height, crop } = result.image;
  return `${name}, ${width} by ${height} pixels. The network sees the part of ${round(crop.width)} by `
    + `${round(crop.height)} pixels at ${round(crop.x)}, ${round(crop.y)}, which is outlined.`;
}

function caption({ name, result }) {
  if (!result) return name;
  const { width, height, crop } = result.image;
  return `${name} · ${exact(width)} × ${exact(height)} px · the network sees the outlined ${round(crop.width)} × ${round(crop.height)} px`;
}

const round = (pixels) => exact(Math.round(pixels));

customElements.define('lens-image', LensImage);
