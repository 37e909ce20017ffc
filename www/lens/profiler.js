// @ts-check
// Measures every dispatch on request. Map and strip show the times of the latest complete run, marked if the plan has changed since.

import { asError, messageOf } from '../lib/errors.js';
import { t } from '../lib/i18n.js';
import { Profile } from './profile.js';

/** @import { Session } from '../engine/session.js' */
/** @import { LensNetworkMap } from '../elements/network-map.js' */
/** @import { LensProfileStrip } from '../elements/profile-strip.js' */
/** @import { Network } from '../network/network.js' */
/** @import { Plan } from '../elements/profile-strip.js' */

export class Profiler {
  #session;
  #map;
  #strip;
  /** The latest run, the plan that it measured and whether the plan has changed since. @type {{ profile: Profile, plan: Plan, isOutdated: boolean } | null} */
  #run = null;

  /**
   * @param {Session} session
   * @param {{ map: LensNetworkMap, strip: LensProfileStrip }} elements
   */
  constructor(session, { map, strip }) {
    this.#session = session;
    this.#map = map;
    this.#strip = strip;
    strip.on('cancel', () => session.engine.cancelProfile().catch(() => {})); // A terminated worker measures nothing.
  }

  /**
   * Measures the current plan. A cancelled or failed measurement leaves the run before.
   * @param {Network} network
   * @param {Plan} plan
   */
  async measure(network, plan) {
    this.#strip.showProgress({ done: 0, total: 0 });
    try {
      const times = await this.#session.profile((progress) => this.#strip.showProgress(progress));
      if (times) this.#run = { profile: new Profile(network, times), plan, isOutdated: false };
      this.#show();
    } catch (error) {
      this.#show();
      this.#strip.showMessage(() => t('profile.failed', { reason: messageOf(asError(error)) }));
    }
  }

  /** Marks the times as outdated: the network runs with another plan from now on. */
  planChanged() {
    if (!this.#run) return;
    this.#run.isOutdated = true;
    this.#show();
  }

  /** Removes the times: another network is in use. */
  reset() {
    this.#run = null;
    this.#show();
  }

  #show() {
    this.#strip.endProgress();
    this.#map.showProfile(this.#run?.profile ?? null);
    if (this.#run) this.#strip.show(this.#run.profile, this.#run);
    else this.#strip.showMessage(() => t('profile.explanation'));
  }
}
