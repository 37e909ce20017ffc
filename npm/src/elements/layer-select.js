// @ts-check
// The choice of a node, in groups of stages.

import { create } from '../../../www/lib/dom.js';
import { times } from '../../../www/lib/format.js';
import { t } from '../../../www/lib/i18n.js';
import { setIfChanged } from '../../../www/lib/set-if-changed.js';

/** @import { LayerInfo } from '../../../www/pkg/resnet_lens.js' */

export class LayerSelect {
  element = create('label');
  #name = create('span');
  #select = create('select');
  /** @type {string} */
  #nodes = '';

  /** @param {(node: string) => void} onChoose */
  constructor(onChoose) {
    this.#select.setAttribute('part', 'layer');
    this.#select.addEventListener('change', () => onChoose(this.#select.value));
    this.element.append(this.#name, this.#select);
  }

  /**
   * @param {LayerInfo[]} layers
   * @param {string} node
   */
  show(layers, node) {
    setIfChanged(this.#name, { textContent: t('element.layer') });
    const nodes = layers.map(({ name }) => name).join();
    if (nodes !== this.#nodes) this.#list(layers);
    this.#nodes = nodes;
    setIfChanged(this.#select, { value: node });
  }

  /** @param {LayerInfo[]} layers */
  #list(layers) {
    /** @type {HTMLElement} */
    let group = this.#select;
    let last = '';
    this.#select.replaceChildren();
    for (const { name, shape: [, ...map], stage } of layers) {
      if ((stage ?? '') !== last) {
        last = stage ?? '';
        group = last ? this.#select.appendChild(Object.assign(create('optgroup'), { label: last })) : this.#select;
      }
      group.append(new Option(`${name} (${times(map)})`, name));
    }
  }
}
