// @ts-check
// Draws the views that have changed, at most once per frame and with one call for all of them. Changes during a call wait for the
// next one, so the engine never has more than one. Results of the engine are drawn without waiting for a frame: having the browser
// render one costs the page more than the call itself.

import { asError } from '../lib/errors.js';

/** @import { Session } from '../engine/session.js' */
/** @import { DrawRequest, DrawResult } from '../engine/worker-api.js' */

/** @typedef {DrawRequest['view']} ViewName */

/**
 * A view of the engine. Without a canvas it has only a result.
 * @template {ViewName} Name
 * @typedef {object} PaintedView
 * @property {() => HTMLCanvasElement} [canvas] its canvas in the page
 * @property {() => Extract<DrawRequest, { view: Name }> | null} request what to draw, null for nothing
 * @property {(result: DrawResult, request: DrawRequest) => void} [drawn] called after drawing
 */

/** @typedef {PaintedView<ViewName> & { transferred?: HTMLCanvasElement }} AnyView */

export class Painter {
  #session;
  #onFailure;
  #onDrawn;
  /** @type {Map<ViewName, AnyView>} */
  #views = new Map();
  /** @type {Set<ViewName>} */
  #dirty = new Set();
  /**
   * The running call.
   * @type {Promise<void> | null}
   */
  #drawing = null;
  /**
   * The animation frame that the next call waits for.
   * @type {number | null}
   */
  #scheduled = null;
  #attached = false;
  /**
   * Called when the next call ends.
   * @type {(() => void)[]}
   */
  #waiting = [];

  /**
   * @param {Session} session
   * @param {object} callbacks
   * @param {(error: Error) => void} callbacks.onFailure called when a call fails
   * @param {(requests: DrawRequest[]) => void} callbacks.onDrawn called after every call with the requests that were drawn
   */
  constructor(session, { onFailure, onDrawn }) {
    this.#session = session;
    this.#onFailure = onFailure;
    this.#onDrawn = onDrawn;
  }

  /**
   * @template {ViewName} Name
   * @param {Name} name
   * @param {PaintedView<Name>} view
   */
  add(name, view) {
    this.#views.set(name, /** @type {AnyView} */ (view));
  }

  /** Transfers the canvases to the worker. One that an earlier worker had is replaced by a clone. */
  async attach() {
    this.#attached = true;
    for (const [name, view] of this.#views) {
      if (!view.canvas || name === 'histogram') continue;
      let canvas = view.canvas();
      if (view.transferred === canvas) {
        const fresh = /** @type {HTMLCanvasElement} */ (canvas.cloneNode());
        canvas.replaceWith(fresh);
        canvas = fresh;
      }
      view.transferred = canvas;
      await this.#session.attachCanvas(name, canvas.transferControlToOffscreen());
    }
  }

  /**
   * Draws these views, or all of them, in the next frame.
   * @param {ViewName[]} names
   */
  paint(...names) {
    if (!this.#attached) return;
    for (const name of names.length ? names : this.#views.keys()) this.#dirty.add(name);
    this.#schedule();
  }

  /**
   * Draws these views at once if no call is running.
   * @param {ViewName[]} names
   */
  paintNow(...names) {
    this.paint(...names);
    if (!this.#scheduled) return;
    cancelAnimationFrame(this.#scheduled);
    this.#run();
  }

  /**
   * The request that would draw a view now, or null.
   * @param {ViewName} name
   */
  requestOf(name) {
    return this.#views.get(name)?.request() ?? null;
  }

  /**
   * Resolves when everything requested so far is drawn.
   * @returns {Promise<void>}
   */
  settled() {
    if (this.#dirty.size === 0) return this.#drawing ?? Promise.resolve();
    return new Promise((resolve) => { this.#waiting.push(resolve); });
  }

  #schedule() {
    if (this.#scheduled || this.#drawing || this.#dirty.size === 0) return;
    this.#scheduled = requestAnimationFrame(() => this.#run());
  }

  async #run() {
    this.#scheduled = null;
    const waiting = this.#waiting.splice(0);
    this.#drawing = this.#draw();
    await this.#drawing;
    this.#drawing = null;
    for (const resolve of waiting) resolve();
    this.#schedule();
  }

  async #draw() {
    const names = [...this.#dirty];
    this.#dirty.clear();
    try {
      const requests = names.map((name) => this.requestOf(name)).filter((request) => request !== null);
      if (requests.length === 0) return;
      const results = await this.#session.engine.draw(requests);
      requests.forEach((request, i) => this.#views.get(request.view)?.drawn?.(results[i], request));
      this.#onDrawn(requests);
    } catch (error) {
      this.#onFailure(asError(error));
    }
  }
}
