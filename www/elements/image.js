// The whole image with the network's crop outlined and everything outside the crop dimmed.

import { exact } from '../lib/format.js';
import { layOut } from '../images/image-layout.js';
import { setIfChanged } from '../lib/set-if-changed.js';

/** The largest width of the view in CSS pixels, reached at the widest single-column layout. */
const LARGEST = 704;

class LensImage extends HTMLElement {
  /** The size of the crop has changed, so the overlay has to be redrawn. */
  onLayout = null;
  #shown = null;
  #crop = null;
  /** The crop size that `onLayout` was last called for. */
  #overlaySize = null;
  /** Size and colours, cached because reading them from the DOM forces a layout. */
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
   * Shows `{ bitmap, name, result }`; null shows the empty state. Without a result there is no crop yet. Without a bitmap (a
   * format that this browser cannot decode) the crop is drawn on a hatched frame.
   */
  show(image) {
    this.#shown = image;
    const text = image ? caption(image) : '';
    setIfChanged(this.canvas, { hidden: !image, ariaLabel: image ? describe(image) : 'No image yet' });
    setIfChanged(this.querySelector('[data-empty-state]'), { hidden: Boolean(image) });
    setIfChanged(this.querySelector('[data-undecodable]'), { hidden: !image || Boolean(image.bitmap) });
    setIfChanged(document.querySelector('[data-change-image]'), { hidden: !image });
    setIfChanged(this.caption, { textContent: text, title: text });
    this.#draw();
  }

  /** The longest side of the view in device pixels. A larger bitmap would only be scaled down. */
  get largest() {
    return Math.round(LARGEST * Math.min(devicePixelRatio, 3));
  }

  /** The canvas on top of the crop. */
  get overlay() {
    return this.querySelector('[data-overlay]');
  }

  /** Size of the overlay in device pixels; null while there is no crop. */
  get overlaySize() {
    if (!this.#crop) return null;
    const density = Math.min(devicePixelRatio, 3);
    return { width: Math.round(this.#crop.width * density), height: Math.round(this.#crop.height * density) };
  }

  /** Outlines a rectangle of the crop, in fractions of its width and height; null removes the outline. */
  outline(part) {
    this.field.hidden = !part || !this.#crop;
    if (this.field.hidden) return;
    const { x, y, width, height } = this.#crop;
    // Receptive fields can extend beyond the image; the outline is clipped to it.
    const [left, top] = [Math.max(0, part.x), Math.max(0, part.y)];
    const [right, bottom] = [Math.min(1, part.x + part.width), Math.min(1, part.y + part.height)];
    setBounds(this.field, {
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
    setBounds(this.overlay, this.#crop);
    const { width, height } = this.overlaySize;
    if (this.#overlaySize === `${width} ${height}`) return;
    this.#overlaySize = `${width} ${height}`;
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

function setBounds(element, { x, y, width, height }) {
  setIfChanged(element.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
}

function coloursOf(element) {
  const style = getComputedStyle(element);
  return Object.fromEntries(['line', 'dim', 'mark'].map((name) => [name, style.getPropertyValue(`--${name}`)]));
}

const wholeOf = ({ width, height }) => ({ x: 0, y: 0, width, height });

function drawBitmap(pen, bitmap, from, to) {
  // Strongly enlarged pixels keep sharp edges.
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

/** A thin line around the crop with thicker corners: visible on any image, and hides little of it. */
function outline(pen, rectangle, colour) {
  const [x, y, right, bottom] = [
    rectangle.x, rectangle.y, rectangle.x + rectangle.width, rectangle.y + rectangle.height,
  ].map((edge) => Math.floor(edge) + 0.5); // Half a pixel keeps a line of width 1 sharp.
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

/** Draws lines from the small crop to its enlargement. */
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
  return `${name}, ${width} by ${height} pixels. The network sees the outlined ${round(crop.width)} by `
    + `${round(crop.height)} pixels at ${round(crop.x)}, ${round(crop.y)}.`;
}

function caption({ name, result }) {
  if (!result) return name;
  const { width, height, crop } = result.image;
  return `${name} · ${exact(width)} × ${exact(height)} px · the network sees the outlined ${round(crop.width)} × ${round(crop.height)} px`;
}

const round = (pixels) => exact(Math.round(pixels));

customElements.define('lens-image', LensImage);
