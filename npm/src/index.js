// @ts-check
// The main module of the package.

import './texts.js';

export { ResNetLens } from './lens.js';

/** @typedef {import('./options.js').ClassMapOptions} ClassMapOptions */
/** @typedef {import('./options.js').ClassifyOptions} ClassifyOptions */
/** @typedef {import('./options.js').DescribedModel} DescribedModel */
/** @typedef {import('./options.js').DrawClassMapOptions} DrawClassMapOptions */
/** @typedef {import('./options.js').DrawOptions} DrawOptions */
/** @typedef {import('./options.js').GradientOptions} GradientOptions */
/** @typedef {import('./options.js').ImageInput} ImageInput */
/** @typedef {import('./options.js').LoadOptions} LoadOptions */
/** @typedef {import('./options.js').LoadProgress} LoadProgress */
/** @typedef {import('./options.js').ModelInput} ModelInput */
/** @typedef {import('./options.js').WorkerSource} WorkerSource */
/** @typedef {import('../../www/pkg/resnet_lens.js').AdapterReport} AdapterReport */
/** @typedef {import('../../www/pkg/resnet_lens.js').Classification} Classification */
/** @typedef {import('../../www/pkg/resnet_lens.js').Prediction} Prediction */
/** @typedef {import('../../www/pkg/resnet_lens.js').FeatureMap} FeatureMap */
/** @typedef {import('../../www/pkg/resnet_lens.js').LayerInfo} LayerInfo */
/** @typedef {import('../../www/pkg/resnet_lens.js').Label} Label */
/** @typedef {import('../../www/pkg/resnet_lens.js').ModelCard} ModelCard */
/** @typedef {import('../../www/pkg/resnet_lens.js').ModelInfo} ModelInfo */
/** @typedef {import('../../www/pkg/resnet_lens.js').DispatchTime} DispatchTime */
/** @typedef {import('../../www/pkg/resnet_lens.js').ColourMapping} ColourMapping */
