// @ts-check
// The image, with the class map over the part that the network sees.

import { create } from '../../../www/lib/dom.js';
import { t } from '../../../www/lib/i18n.js';
import { setIfChanged } from '../../../www/lib/set-if-changed.js';
import { drawOn } from './channel-grid.js';

/** @import { ImageInfo } from '../../../www/pkg/resnet_lens.js' */

export class ImageView {
  element = create('div', '', 'view');
  #image = create('img');
  #map = create('canvas');

  constructor() {
    this.#image.setAttribute('part', 'image');
    this.#map.setAttribute('part', 'class-map');
    this.#map.setAttribute('role', 'img');
    this.element.append(this.#image, this.#map);
    this.element.hidden = true;
    this.#map.hidden = true;
    // A format that the engine decodes and the browser does not.
    this.#image.addEventListener('error', () => { this.element.hidden = true; });
  }

  /** @param {Blob} blob */
  async showImage(blob) {
    this.#map.hidden = true;
    const address = URL.createObjectURL(blob);
    this.#image.src = address;
    this.element.hidden = false;
    await this.#image.decode().catch(() => {}); // The event `error` hides it.
    URL.revokeObjectURL(address);
  }

  /**
   * @param {ImageData | null} map
   * @param {ImageInfo} [image] the size of the image and the part that the network sees
   */
  showMap(map, image) {
    this.#map.hidden = !map;
    if (!map || !image) return;
    const { width, height, crop } = image;
    const share = (/** @type {number} */ part, /** @type {number} */ whole) => `${(100 * part) / whole}%`;
    setIfChanged(this.#map.style, { left: share(crop.x, width), top: share(crop.y, height), width: share(crop.width, width), height: share(crop.height, height) });
    drawOn(this.#map, map);
  }

  /**
   * @param {string} alt
   * @param {string} name of the class that the map is of
   */
  draw(alt, name) {
    setIfChanged(this.#image, { alt: alt || t('element.image') });
    setIfChanged(/** @type {HTMLElement} */ (this.#map), { ariaLabel: t('element.classMap', { name }) });
  }
}
