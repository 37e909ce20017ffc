// @ts-check
// The image, with the crop that the network sees outlined and the rest dimmed.

import { drawImage } from '../images/image-drawing.js';
import { layOutImage } from '../images/image-layout.js';
import { find } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { exact } from '../lib/format.js';
import { onLanguage, t } from '../lib/i18n.js';
import { pixelDensity, sizeToDevice, toDevice } from '../lib/rectangle.js';
import { setIfChanged, setPosition } from '../lib/set-if-changed.js';

/** @import { Palette, ShownBitmap as Bitmap } from '../images/image-drawing.js' */
/** @import { Rectangle } from '../lib/rectangle.js' */
/** @import { ImageInfo } from '../pkg/resnet_lens.js' */

/** @typedef {Bitmap} ShownBitmap */
/**
 * An image to show. Without a result there is no crop yet; without a bitmap, of a format that the browser cannot show, the crop is
 * drawn on an empty frame.
 * @typedef {{ name: string, bitmap: ShownBitmap | null, result: { image: ImageInfo } | null }} ShownImage
 */

/** The widest column of the page's layouts in CSS pixels. */
const LARGEST = 704;

/** `layout`: the crop has another size. @extends {EmitterElement<{ layout: void }>} */
export class LensImage extends EmitterElement {
  #canvas = find(this, '[data-image]', HTMLCanvasElement);
  #field = find(this, '[data-field]', HTMLElement);
  #emptyState = find(this, '[data-empty-state]', HTMLElement);
  #samples = find(document, 'lens-samples', HTMLElement);
  #undecodable = find(this, '[data-undecodable]', HTMLElement);
  /** @type {HTMLElement} */
  #caption = find(this.parentElement ?? this, '[data-caption]', HTMLElement);
  #change = find(document, '[data-change-image]', HTMLButtonElement);
  /** @type {ShownImage | null} */
  #shown = null;
  /** @type {Rectangle | null} */
  #crop = null;
  /** Size of the overlay at the latest `layout` event. @type {string | null} */
  #overlaid = null;
  /** Size and colours, kept from their observers: reading them from the document forces layout. */
  #box = { width: 0, height: 0 };
  /** @type {Palette | null} */
  #palette = null;

  connectedCallback() {
    onLanguage(() => this.show(this.#shown));
    this.show(null);
    new ResizeObserver(() => {
      this.#box = { width: this.clientWidth, height: this.clientHeight };
      this.#draw();
    }).observe(this);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.#palette = null;
      this.#draw();
    });
  }

  /** @param {ShownImage | null} image null: the empty state */
  show(image) {
    this.#shown = image;
    const caption = image ? captionOf(image) : '';
    setIfChanged(this.#canvas, { hidden: !image, ariaLabel: image ? describe(image) : t('image.none') });
    setIfChanged(this.#emptyState, { hidden: Boolean(image) });
    setIfChanged(this.#samples, { hidden: Boolean(image) });
    this.parentElement?.classList.toggle('with-samples', !image);
    setIfChanged(this.#undecodable, { hidden: !image || Boolean(image.bitmap) });
    setIfChanged(this.#change, { hidden: !image });
    setIfChanged(this.#caption, { textContent: caption, title: caption });
    this.#draw();
  }

  get shown() {
    return this.#shown;
  }

  /** The longest side that is ever shown, in device pixels. */
  get largest() {
    return toDevice(LARGEST);
  }

  /** The canvas over the crop. */
  get overlay() {
    return find(this, '[data-overlay]', HTMLCanvasElement);
  }

  /** Size of that canvas in device pixels, or null while there is no crop. */
  get overlaySize() {
    return this.#crop && sizeToDevice(this.#crop);
  }

  /**
   * Outlines a part of the crop, such as a receptive field.
   * @param {Rectangle | null} part in fractions of the crop
   */
  outline(part) {
    this.#field.hidden = !part || !this.#crop;
    if (!part || !this.#crop) return;
    const { x, y, width, height } = this.#crop;
    // A receptive field may extend beyond the image; its outline ends at the edge.
    const [left, top] = [Math.max(0, part.x), Math.max(0, part.y)];
    const [right, bottom] = [Math.min(1, part.x + part.width), Math.min(1, part.y + part.height)];
    setPosition(this.#field, {
      x: x + left * width, y: y + top * height, width: Math.max(0, right - left) * width, height: Math.max(0, bottom - top) * height,
    });
  }

  #draw() {
    const size = this.#shown?.result?.image ?? this.#shown?.bitmap;
    const context = this.#canvas.getContext('2d');
    if (!this.#shown || !size || !context || this.#box.width === 0) {
      this.#crop = null;
      return;
    }
    const { bitmap, result } = this.#shown;
    const density = pixelDensity();
    const device = sizeToDevice(this.#box, density);
    setIfChanged(this.#canvas, device);
    context.setTransform(density, 0, 0, density, 0, 0);
    context.clearRect(0, 0, device.width, device.height);
    this.#palette ??= paletteOf(this);
    const layout = layOutImage(size, result?.image.crop ?? null, this.#box);
    drawImage(context, bitmap, layout, this.#palette);
    this.#crop = layout.loupe ?? layout.crop;
    this.#placeOverlay();
  }

  #placeOverlay() {
    if (!this.#crop) return;
    setPosition(this.overlay, this.#crop);
    const { width, height } = sizeToDevice(this.#crop);
    if (this.#overlaid === `${width} ${height}`) return;
    this.#overlaid = `${width} ${height}`;
    this.emit('layout');
  }
}

/**
 * @param {Element} element
 * @returns {Palette}
 */
function paletteOf(element) {
  const style = getComputedStyle(element);
  const [line, dim, mark] = ['line', 'dim', 'mark'].map((name) => style.getPropertyValue(`--${name}`));
  return { line, dim, mark };
}

/** @param {ShownImage} image */
function describe({ name, result }) {
  if (!result) return t('image.classifying', { name });
  const { width, height, crop } = result.image;
  const at = { left: round(crop.x), top: round(crop.y), cropWidth: round(crop.width), cropHeight: round(crop.height) };
  return t('image.description', { name, width: String(width), height: String(height), ...at });
}

/** @param {ShownImage} image */
function captionOf({ name, result }) {
  if (!result) return name;
  const { width, height, crop } = result.image;
  return t('image.caption', { name, width, height, cropWidth: round(crop.width), cropHeight: round(crop.height) });
}

/** @param {number} pixels */
const round = (pixels) => exact(Math.round(pixels));

customElements.define('lens-image', LensImage);
