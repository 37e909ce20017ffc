// @ts-check
// A page of a layer's channels as small maps, of which one is chosen: a group of radio buttons for keyboard and screen readers.

import { create, createButton } from '../../../www/lib/dom.js';
import { t } from '../../../www/lib/i18n.js';
import { setIfChanged } from '../../../www/lib/set-if-changed.js';

/** Channels of one page. */
const PAGE = 64;
/** What the arrow keys add to the number of the channel. @type {Record<string, number>} */
const STEPS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

/** `images`: the maps of the channels from `first` on, out of `count`. @typedef {{ node: string, first: number, count: number, images: ImageData[], channel: number }} ChannelPage */

/**
 * The channels that are shown together with one.
 * @param {number} channel
 * @param {number} count of all channels
 */
export function pageOf(channel, count) {
  const first = Math.floor(channel / PAGE) * PAGE;
  return Array.from({ length: Math.min(PAGE, count - first) }, (_, i) => first + i);
}

export class ChannelGrid {
  element = create('div');
  #grid = create('div', '', 'channels');
  #pages = create('div', '', 'pages');
  #range = create('span');
  #previous;
  #next;
  /** @type {HTMLButtonElement[]} */
  #buttons = [];
  /** @type {ChannelPage | null} */
  #shown = null;
  /** @type {ImageData[] | null} */
  #drawn = null;
  #onChoose;

  /** @param {(channel: number) => void} onChoose */
  constructor(onChoose) {
    this.#onChoose = onChoose;
    this.#grid.setAttribute('role', 'radiogroup');
    this.#grid.setAttribute('part', 'channels');
    this.#grid.addEventListener('keydown', (event) => this.#move(event));
    this.#previous = createButton('‹', () => this.#turn(-1));
    this.#next = createButton('›', () => this.#turn(1));
    this.#pages.append(this.#previous, this.#range, this.#next);
    this.element.append(this.#grid, this.#pages);
  }

  /** @param {ChannelPage | null} page */
  show(page) {
    this.#shown = page;
    this.element.hidden = page === null;
    if (!page) return;
    const { node, first, count, images, channel } = page;
    setIfChanged(/** @type {HTMLElement} */ (this.#grid), { ariaLabel: t('element.channels', { node }) });
    if (images !== this.#drawn) this.#draw(images);
    this.#buttons.forEach((button, i) => {
      const isChosen = first + i === channel;
      setIfChanged(button, { ariaChecked: String(isChosen), ariaLabel: t('element.channel', { channel: String(first + i) }), tabIndex: isChosen ? 0 : -1 });
    });
    setIfChanged(this.#pages, { hidden: count <= PAGE });
    setIfChanged(this.#range, { textContent: t('element.range', { first: String(first), last: String(first + images.length - 1), count: String(count) }) });
    setIfChanged(this.#previous, { ariaLabel: t('element.previous'), disabled: first === 0 });
    setIfChanged(this.#next, { ariaLabel: t('element.next'), disabled: first + PAGE >= count });
  }

  /** @param {ImageData[]} images */
  #draw(images) {
    this.#drawn = images;
    for (const button of this.#buttons.splice(images.length)) button.remove();
    while (this.#buttons.length < images.length) {
      const i = this.#buttons.length;
      const button = createButton('', () => this.#shown && this.#onChoose(this.#shown.first + i), { role: 'radio', part: 'channel' });
      button.append(create('canvas'));
      this.#buttons.push(button);
      this.#grid.append(button);
    }
    images.forEach((image, i) => drawOn(/** @type {HTMLCanvasElement} */ (this.#buttons[i].firstChild), image));
  }

  /** @param {KeyboardEvent} event */
  #move(event) {
    const { key } = event;
    if (!this.#shown) return;
    const { first, channel } = this.#shown;
    const last = first + this.#buttons.length - 1;
    const wanted = { Home: first, End: last }[key] ?? (STEPS[key] ? Math.min(last, Math.max(first, channel + STEPS[key])) : null);
    if (wanted === null) return;
    event.preventDefault();
    this.#buttons[wanted - first].focus();
    if (wanted !== channel) this.#onChoose(wanted);
  }

  /** @param {number} direction */
  #turn(direction) {
    if (this.#shown) this.#onChoose(this.#shown.first + direction * PAGE);
  }
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {ImageData} image
 */
export function drawOn(canvas, image) {
  Object.assign(canvas, { width: image.width, height: image.height });
  canvas.getContext('2d')?.putImageData(image, 0, 0);
}
