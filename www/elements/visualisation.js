// @ts-check
// A button that asks what a channel or a class looks for, and the image that is computed as the answer.

import { create, find, findAll } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { setIfChanged } from '../lib/set-if-changed.js';

/** @import { Pixels } from '../pkg/resnet_lens.js' */

/**
 * @typedef {object} ComputedImage
 * @property {string} title
 * @property {Pixels | null} pixels null before the seed image
 * @property {number} step
 * @property {number} steps
 * @property {string} position the step and the seed in words
 * @property {string} numbers the activation that the image has reached
 * @property {string} message
 * @property {boolean} isRunning
 */

/**
 * What the buttons do. `save`: the image as a PNG file.
 * @typedef {{ start: void, stop: void, another: void, dismiss: void, save: Blob }} VisualisationEvents
 */

/** @extends {EmitterElement<VisualisationEvents>} */
export class LensVisualisation extends EmitterElement {
  #start = find(this, '[data-action=start]', HTMLButtonElement);
  #stop = find(this, '[data-action=stop]', HTMLButtonElement);
  #another = find(this, '[data-action=another]', HTMLButtonElement);
  #save = find(this, '[data-action=save]', HTMLButtonElement);
  #result = find(this, '[data-result]', HTMLElement);
  #title = find(this, '[data-title]', HTMLElement);
  #canvas = find(this, 'canvas', HTMLCanvasElement);
  #progress = find(this, 'progress', HTMLProgressElement);
  #numbers = find(this, '[data-activation]', HTMLElement);
  #position = find(this, '[data-position]', HTMLElement);
  #message = find(this, '[data-message]', HTMLElement);
  /** The pixels that are drawn. @type {Pixels | null} */
  #drawn = null;

  connectedCallback() {
    for (const button of findAll(this, '[data-action]', HTMLButtonElement)) {
      button.addEventListener('click', () => this.#run(button.dataset.action ?? ''));
    }
  }

  /**
   * Shows the image, or only the question.
   * @param {{ question: string, image: ComputedImage | null }} shown
   */
  show({ question, image }) {
    const hadFocus = this.contains(document.activeElement);
    setIfChanged(this.#start, { textContent: question, hidden: image !== null });
    setIfChanged(this.#result, { hidden: image === null });
    this.#draw(image?.pixels ?? null);
    if (image) this.#showImage(image);
    if (hadFocus) this.#keepFocus();
  }

  /** @param {ComputedImage} image */
  #showImage({ title, pixels, step, steps, position, numbers, message, isRunning }) {
    setIfChanged(this.#title, { textContent: title });
    setIfChanged(this.#canvas, { ariaLabel: title });
    setIfChanged(this.#progress, { max: steps, value: step });
    setIfChanged(this.#numbers, { textContent: numbers });
    setIfChanged(this.#position, { textContent: position });
    setIfChanged(this.#message, { textContent: message });
    setIfChanged(this.#stop, { hidden: !isRunning });
    setIfChanged(this.#another, { hidden: isRunning });
    setIfChanged(this.#save, { disabled: pixels === null });
  }

  /** @param {Pixels | null} pixels */
  #draw(pixels) {
    if (pixels === this.#drawn) return;
    this.#drawn = pixels;
    const context = this.#canvas.getContext('2d');
    if (!pixels) {
      context?.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
      return;
    }
    const { width, height, data } = pixels;
    setIfChanged(this.#canvas, { width, height });
    context?.putImageData(new ImageData(data, width, height), 0, 0);
  }

  /** @param {string} action */
  #run(action) {
    switch (action) {
      case 'save': return this.#savePng();
      case 'start':
        this.emit('start');
        return this.#result.scrollIntoView({ block: 'nearest' });
      case 'stop': case 'another': case 'dismiss': return this.emit(action);
    }
  }

  #savePng() {
    // A copy: the image may change while it is encoded.
    const { width, height } = this.#canvas;
    const copy = Object.assign(create('canvas'), { width, height });
    copy.getContext('2d')?.drawImage(this.#canvas, 0, 0);
    copy.toBlob((blob) => { if (blob) this.emit('save', blob); });
  }

  /** A button that is hidden loses the focus: the one that took its place gets it. */
  #keepFocus() {
    const { activeElement } = document;
    if (this.contains(activeElement) && !activeElement?.closest('[hidden]')) return;
    [this.#stop, this.#another, this.#start].find((button) => !button.closest('[hidden]'))?.focus({ preventScroll: true });
  }
}

customElements.define('lens-visualisation', LensVisualisation);
