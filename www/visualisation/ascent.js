// @ts-check
// Gradient ascent on an image, a few steps per call of the engine: other calls of the page run in between. The engine keeps one ascent, so
// each waits for the one before.

/** @import { Session } from '../engine/session.js' */
/** @import { VisualisationProgress, VisualisationRequest } from '../pkg/resnet_lens.js' */

/** The engine's calls that an ascent makes. @typedef {Pick<Session['engine'], 'beginVisualisation' | 'advanceVisualisation' | 'endVisualisation'>} AscentEngine */
/**
 * @typedef {object} AscentOptions
 * @property {number} [steps]
 * @property {() => boolean} [isWanted] an ascent that is not wanted any more ends after the call that runs
 * @property {(progress: VisualisationProgress) => void} [onProgress] called for the seed image and after each call
 * @property {() => number} [now]
 */

export const STEPS = 256;
/** Most steps per call: the image is shown after each. */
const MOST_PER_CALL = 4;
/** Longest call in milliseconds that slow adapters aim at. Other calls wait for it. */
const SLICE_MS = 1000;

export class Ascent {
  #engine;
  /** Settled when no ascent uses the engine. @type {Promise<unknown>} */
  #last = Promise.resolve();

  /** @param {AscentEngine} engine */
  constructor(engine) {
    this.#engine = engine;
  }

  /**
   * Resolves to the last image, or to null if the ascent was not wanted any more before it began.
   * @param {VisualisationRequest} request
   * @param {AscentOptions} [options]
   * @returns {Promise<VisualisationProgress | null>}
   */
  run(request, options = {}) {
    const run = this.#last.then(() => this.#run(request, options));
    this.#last = run.catch(() => {}); // A failure is that of this ascent only.
    return run;
  }

  /**
   * @param {VisualisationRequest} request
   * @param {AscentOptions} options
   */
  async #run(request, { steps = STEPS, isWanted = () => true, onProgress = () => {}, now = () => performance.now() }) {
    if (!isWanted()) return null;
    try {
      let progress = await this.#engine.beginVisualisation(request);
      onProgress(progress);
      let count = 1;
      while (progress.step < steps && isWanted()) {
        const begun = now();
        const taken = Math.min(count, steps - progress.step);
        progress = await this.#engine.advanceVisualisation(taken);
        onProgress(progress);
        count = stepsPerCall((now() - begun) / taken);
      }
      return progress;
    } finally {
      await this.#engine.endVisualisation().catch(() => {}); // The engine restarts, or its device is lost.
    }
  }
}

/**
 * @param {number} ms duration of a step
 */
export const stepsPerCall = (ms) => Math.max(1, Math.min(MOST_PER_CALL, Math.floor(SLICE_MS / Math.max(ms, 1))));
