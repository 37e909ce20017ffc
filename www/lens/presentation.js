// @ts-check
// Presentation mode: a channel or a layer fills the screen, arrow keys step. `data-presenting` of the root element switches the styles.

import { setIfChanged } from '../lib/set-if-changed.js';

/** @import { LensPresentation, PresentedMap } from '../elements/presentation.js' */
/** @import { Navigation } from '../network/navigation.js' */

export class Presentation {
  #root = document.documentElement;
  #element;
  #navigation;
  /** What fills the screen, null outside of the mode. @type {PresentedMap | null} */
  #map = null;
  /** The element that had the focus before. @type {Element | null} */
  #opener = null;

  /**
   * @param {LensPresentation} element
   * @param {Navigation} navigation
   */
  constructor(element, navigation) {
    this.#element = element;
    this.#navigation = navigation;
    element.on('map', (map) => this.#show(map));
    element.on('channel', (by) => navigation.channelBy(by));
    element.on('layer', (by) => navigation.layerBy(by));
    element.on('leave', () => this.leave());
    for (const button of document.querySelectorAll('[data-present]')) button.addEventListener('click', () => this.toggle());
    // Before the elements, whose own arrow keys move a cell or a tile.
    addEventListener('keydown', (event) => this.#press(event), { capture: true });
    // The browser leaves full screen on Escape without a key event.
    document.addEventListener('fullscreenchange', () => {
      if (!document.fullscreenElement) this.leave();
    });
  }

  toggle() {
    if (this.#map) this.leave();
    else this.#enter();
  }

  /** Returns to the page. */
  leave() {
    if (!this.#map) return;
    this.#show(null);
    if (document.fullscreenElement) document.exitFullscreen().catch(() => {}); // Left already.
    if (this.#opener instanceof HTMLElement || this.#opener instanceof SVGElement) this.#opener.focus({ preventScroll: true });
  }

  #enter() {
    this.#opener = document.activeElement;
    this.#show('channel');
    this.#element.focus({ preventScroll: true });
    // Some browsers have no full screen, and some pages may not use it: the mode fills the window then.
    this.#root.requestFullscreen?.().catch(() => {});
  }

  /** @param {PresentedMap | null} map */
  #show(map) {
    this.#map = map;
    if (map) setIfChanged(this.#root.dataset, { presenting: map });
    else delete this.#root.dataset.presenting;
    this.#element.present(map);
  }

  /** @param {KeyboardEvent} event with Shift, arrow keys move the cell as usual */
  #press(event) {
    const { key, shiftKey, ctrlKey, metaKey, altKey } = event;
    if (!this.#map || shiftKey || ctrlKey || metaKey || altKey || document.querySelector('dialog[open]')) return;
    const run = this.#actions[key];
    if (!run) return;
    event.preventDefault();
    event.stopPropagation();
    run();
  }

  /** Page keys are those of remote controls. @type {Record<string, () => void>} */
  #actions = {
    ArrowLeft: () => this.#navigation.channelBy(-1),
    ArrowRight: () => this.#navigation.channelBy(1),
    ArrowUp: () => this.#navigation.layerBy(-1),
    ArrowDown: () => this.#navigation.layerBy(1),
    PageUp: () => this.#navigation.channelBy(-1),
    PageDown: () => this.#navigation.channelBy(1),
    Escape: () => this.leave(),
  };
}
