// @ts-check
// `window.resnetLens`: the calls that the page uses itself, for scripts and tests. The page shows what they do.

/** @import { ModelCard } from '../pkg/resnet_lens.js' */
/** @import { App } from './app.js' */

/** @typedef {ReturnType<typeof publicApi>} PublicApi */

/** @param {App} app */
export function publicApi(app) {
  const { session, session: { engine } } = app;
  return {
    ready: app.ready,
    /**
     * @param {Blob | URL | string} image
     * @param {number} [top] number of classes
     */
    async classify(image, top = 5) {
      const result = await app.classify(image, top);
      return { ...result, predictions: result.predictions.slice(0, top) };
    },
    /**
     * @param {Blob | URL | string} model
     * @param {ModelCard | null} [card]
     */
    loadModel: (model, card = null) => app.loadModel(model, card),
    /** @param {string[]} nodes */
    observe: (nodes) => app.lens.observe(nodes),
    adapter: async () => session.adapter,
    layers: engine.layers,
    labels: engine.labels,
    model: engine.model,
    featureMap: engine.featureMap,
    timings: engine.timings,
    profile: () => session.profile(),
    tune: engine.tune,
    tuning: engine.tuning,
  };
}
