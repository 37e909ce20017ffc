// Draws what has changed, once a frame at most, with one call for all views. What changes while a call
// is under way waits for the next one, so the engine never has more than one to do. Answers of the engine wait for no
// frame: to have the browser make one costs the page more than all that it says to the engine.

export class Painter {
  #session;
  #onFailure;
  #views = new Map();
  #dirty = new Set();
  /** The call under way, or null. */
  #drawing = null;
  /** The number of the frame that the next call waits for, or null. */
  #scheduled = null;
  #attached = false;
  /** Those who wait for the next call to end. */
  #waiting = [];

  /** `onFailure(error)` hears of a call that failed. */
  constructor(session, onFailure) {
    this.#session = session;
    this.#onFailure = onFailure;
  }

  /**
   * A view by the name that the engine knows it under. `canvas()` is where it is in the page now, `request()` what
   * to draw (null for nothing), `drawn(legend)` hears of the end of it. A view without a canvas is numbers only.
   */
  add(name, view) {
    this.#views.set(name, view);
  }

  /** Gives the canvases to the engine's worker. One that an earlier worker took with it is replaced by its like. */
  async attach() {
    this.#attached = true;
    for (const [name, view] of this.#views) {
      if (!view.canvas) continue;
      let canvas = view.canvas();
      if (view.given === canvas) {
        const fresh = canvas.cloneNode();
        canvas.replaceWith(fresh);
        canvas = fresh;
      }
      view.given = canvas;
      await this.#session.attachCanvas(name, canvas.transferControlToOffscreen());
    }
  }

  /** Has these views drawn, or all of them, with the next frame. */
  paint(...names) {
    if (!this.#attached) return;
    for (const name of names.length ? names : this.#views.keys()) this.#dirty.add(name);
    this.#schedule();
  }

  /** As `paint`, but at once where no call is under way. */
  paintNow(...names) {
    this.paint(...names);
    if (!this.#scheduled) return;
    cancelAnimationFrame(this.#scheduled);
    this.#go();
  }

  /** What the engine would be asked for now to draw a view, or null. */
  requestOf(name) {
    const request = this.#views.get(name).request();
    return request && { view: name, ...request };
  }

  /** Promises that everything asked for by now is drawn. */
  settled() {
    if (this.#dirty.size === 0) return this.#drawing ?? Promise.resolve();
    return new Promise((resolve) => { this.#waiting.push(resolve); });
  }

  #schedule() {
    if (this.#scheduled || this.#drawing || this.#dirty.size === 0) return;
    this.#scheduled = requestAnimationFrame(() => this.#go());
  }

  async #go() {
    this.#scheduled = null;
    const waiting = this.#waiting.splice(0);
    this.#drawing = this.#draw();
    await this.#drawing;
    this.#drawing = null;
    waiting.forEach((resolve) => resolve());
    this.#schedule();
  }

  async #draw() {
    const names = [...this.#dirty];
    this.#dirty.clear();
    try {
      const requests = names.map((name) => this.requestOf(name)).filter(Boolean);
      if (requests.length === 0) return;
      const legends = await this.#session.draw(requests);
      requests.forEach((request, i) => this.#views.get(request.view).drawn?.(legends[i], request));
    } catch (error) {
      this.#onFailure(error);
    }
  }
}
