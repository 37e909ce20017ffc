// @ts-check
// Measures every dispatch on request; map and strip show the times until the plan changes.

import { asError } from '../lib/errors.js';
import { Profile } from './profile.js';

/** @import { Session } from '../engine/session.js' */
/** @import { LensNetworkMap } from '../elements/network-map.js' */
/** @import { LensProfileStrip } from '../elements/profile-strip.js' */
/** @import { Network } from '../network/network.js' */

const INVITATION = 'Fused: fastest. Inspected: keeps every layer’s output.';

export class Profiler {
  #session;
  #map;
  #strip;

  /**
   * @param {Session} session
   * @param {{ map: LensNetworkMap, strip: LensProfileStrip }} elements
   */
  constructor(session, { map, strip }) {
    this.#session = session;
    this.#map = map;
    this.#strip = strip;
  }

  /**
   * Measures the current plan.
   * @param {Network} network
   */
  async measure(network) {
    this.#strip.showMessage('Measuring each GPU step…');
    try {
      const profile = new Profile(network, await this.#session.engine.profile());
      this.#strip.show(profile);
      this.#map.showProfile(profile);
    } catch (error) {
      this.#strip.showMessage(`Measuring failed: ${asError(error).message}.`);
    }
  }

  /** Removes the times: the plan has changed. */
  reset() {
    this.#map.showProfile(null);
    this.#strip.showMessage(INVITATION);
  }
}
