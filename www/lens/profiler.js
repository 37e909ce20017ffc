// @ts-check
// Measures every dispatch on request. Map and strip show the times of the latest run, marked if the plan has changed since.

import { asError } from '../lib/errors.js';
import { Profile } from './profile.js';

/** @import { Session } from '../engine/session.js' */
/** @import { LensNetworkMap } from '../elements/network-map.js' */
/** @import { LensProfileStrip } from '../elements/profile-strip.js' */
/** @import { Network } from '../network/network.js' */
/** @import { Plan } from '../elements/profile-strip.js' */

const EXPLANATION = 'Fused: fastest. Inspected: keeps every layer’s output.';

export class Profiler {
  #session;
  #map;
  #strip;
  /** The latest run and the plan that it measured. @type {{ profile: Profile, plan: Plan } | null} */
  #run = null;

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
   * @param {Plan} plan
   */
  async measure(network, plan) {
    this.#strip.showMessage('Measuring each GPU step…');
    try {
      const profile = new Profile(network, await this.#session.engine.profile());
      this.#run = { profile, plan };
      this.#strip.show(profile, { plan, isOutdated: false });
      this.#map.showProfile(profile);
    } catch (error) {
      this.#strip.showMessage(`Measuring failed: ${asError(error).message}.`);
    }
  }

  /** Marks the times as outdated: the network runs with another plan from now on. */
  planChanged() {
    if (this.#run) this.#strip.show(this.#run.profile, { plan: this.#run.plan, isOutdated: true });
  }

  /** Removes the times: another network is in use. */
  reset() {
    this.#run = null;
    this.#map.showProfile(null);
    this.#strip.showMessage(EXPLANATION);
  }
}
