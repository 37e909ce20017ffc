// @ts-check
// The custom elements. Importing this module defines `<resnet-lens>` and `<resnet-classifier>`.

import './texts.js';
import { ResNetClassifierElement } from './elements/classifier.js';
import { ResNetLensElement } from './elements/viewer.js';

export { configure } from './elements/settings.js';
export { ResNetClassifierElement, ResNetLensElement };

// A server that renders the page has no elements, and a page may import two copies of the package.
if (globalThis.customElements && !customElements.get('resnet-lens')) {
  customElements.define('resnet-lens', ResNetLensElement);
  customElements.define('resnet-classifier', ResNetClassifierElement);
}
