// @ts-check
// The model that is part of the package: a ResNet-50 of a quarter of the width that knows 107 everyday classes.

import catalog from '../../www/assets/catalog.json' with { type: 'json' };

/** @import { ModelCard } from '../../www/pkg/resnet_lens.js' */

/** @type {{ url: URL, card: ModelCard }} */
export const starter = {
  url: new URL('./starter.safetensors', import.meta.url),
  card: /** @type {any} */ (catalog.models.find(({ id }) => id === 'starter')),
};

export default starter;
