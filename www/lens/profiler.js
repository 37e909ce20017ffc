// Measures every dispatch when the user asks for it, and has map and strip tell the times until they are no longer true.

import { Profile } from './profile.js';

const INVITATION = 'Fused: fastest. Inspected: keeps every layer’s output.';

export class Profiler {
  #session;
  #map;
  #strip;

  /** `map` and `strip` are the elements that tell the times. */
  constructor(session, { map, strip }) {
    this.#session = session;
    this.#map = map;
    this.#strip = strip;
  }

  /** Measures `network` as it runs now. */
  async measure(network) {
    this.#strip.showMessage('Measuring each GPU step…');
    try {
      const profile = new Profile(network, await this.#session.profile());
      this.#strip.show(profile);
      this.#map.showProfile(profile);
    } catch (error) {
      this.#strip.showMessage(`Measuring failed: ${error.message}.`);
    }
  }

  /** The network runs another way from now on. */
  forget() {
    this.#map.showProfile(null);
    this.#strip.showMessage(INVITATION);
  }
}
