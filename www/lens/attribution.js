// @ts-check
// The Grad-CAM that the engine computes in every run of the network, for the overlay: planned when it is selected and whenever its layer,
// its class or the model change, and removed when the overlay shows something else. The engine keeps it when nodes are observed or the
// network is edited.

/** @import { Session } from '../engine/session.js' */
/** @import { Selection } from './selection.js' */

/** Nothing is planned: that of a new network. */
const NONE = '';

export class Attribution {
  #session;
  /** What the engine plans, as text; null if that is unknown. @type {string | null} */
  #planned = NONE;
  /** Number of unfinished calls. Until they end there is nothing to draw. */
  #changing = 0;

  /** @param {Session} session */
  constructor(session) {
    this.#session = session;
  }

  /** Another network is in use, or the same one after a restart. */
  reset() {
    this.#planned = NONE;
  }

  /**
   * The engine computes the Grad-CAM of a selection.
   * @param {Selection} selection
   */
  has(selection) {
    return this.#changing === 0 && this.#planned !== NONE && this.#planned === keyOf(selection);
  }

  /**
   * Has the engine compute the Grad-CAM of a selection, or none.
   * @param {Selection} selection
   */
  async keep(selection) {
    const key = keyOf(selection);
    if (key === this.#planned) return;
    this.#planned = key;
    this.#changing += 1;
    try {
      const { gradCam, class: index } = selection.current;
      if (key === NONE) await this.#session.engine.attribute(undefined, undefined);
      else await this.#session.engine.attribute(gradCam ?? undefined, index ?? undefined);
    } catch (error) {
      // The next call asks again.
      if (this.#planned === key) this.#planned = null;
      throw error;
    } finally {
      this.#changing -= 1;
    }
  }
}

/**
 * The Grad-CAM that a selection shows, as text.
 * @param {Selection} selection
 */
function keyOf({ current: { overlay, gradCam, class: index } }) {
  return overlay === 'gradcam' && gradCam ? JSON.stringify([gradCam, index]) : NONE;
}
