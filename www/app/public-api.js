// @ts-check
// `window.resnetLens`: the calls that the page uses itself, for scripts and tests. The page shows what they do.

/** @import { ModelCard } from '../pkg/resnet_lens.js' */
/** @import { Ascent } from '../visualisation/ascent.js' */
/** @import { App } from './app.js' */

/** @typedef {ReturnType<typeof publicApi>} PublicApi */

/**
 * @param {App} app
 * @param {Ascent} ascent
 */
export function publicApi(app, ascent) {
  const { session, session: { engine } } = app;
  /**
   * `call`, which waits while the engine opens or restarts, and is repeated after a loss of the GPU device.
   * @template {unknown[]} Args
   * @template T
   * @param {(...args: Args) => Promise<T>} call
   */
  const waiting = (call) => (/** @type {Args} */ ...args) => app.run(() => call(...args));
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
    observe: waiting((/** @type {string[]} */ nodes) => app.lens.observe(nodes)),
    adapter: waiting(async () => session.adapter),
    layers: waiting(engine.layers),
    labels: waiting(engine.labels),
    model: waiting(engine.model),
    featureMap: waiting(engine.featureMap),
    gradient: waiting(engine.gradient),
    gradientNorms: waiting(engine.gradientNorms),
    gradCam: waiting(engine.gradCam),
    seededNorms: waiting(engine.seededNorms),
    /** Gradient ascent on an image; waits for one that the page computes. */
    visualise: waiting((/** @type {{ node: string, channel: number, seed?: number, steps?: number }} */ { node, channel, seed = 1, steps }) => (
      ascent.run({ node, channel, seed }, { steps }))),
    integratedGradients: waiting(session.integratedGradients.bind(session)),
    deletionCurves: waiting(session.deletionCurves.bind(session)),
    timings: waiting(engine.timings),
    profile: waiting(() => session.profile()),
    tune: waiting(engine.tune),
    tuning: waiting(engine.tuning),
  };
}
