// @ts-check
// `<resnet-classifier model src top>`: the answer for an image, as a list.

import { LensElement } from './lens-element.js';
import { PredictionList } from './prediction-list.js';

export class ResNetClassifierElement extends LensElement {
  #list;

  constructor() {
    const list = new PredictionList();
    super([list.element]);
    this.#list = list;
  }

  /** @override */
  draw() {
    this.#list.show(this.result?.predictions.slice(0, this.top) ?? []);
  }
}
