// The ways through the network and its channels that keys, map and buttons share.

import { readViewState } from '../app/view-state.js';

export class Navigation {
  #where;
  #set;

  /** `where()` is where the user looks, or null; `set(changes)` writes the address and promises that the page shows it. */
  constructor(where, set) {
    this.#where = where;
    this.#set = set;
  }

  /** Goes to a layer; a form chosen before, as "before BN", is kept where the layer has it too. */
  async to(layer) {
    const where = this.#where();
    const from = where.at;
    const kept = from.node === from.layer.shown ? null : (await where.taps(from.layer)).find(({ name }) => name === from.node);
    await this.#set({ layer: layer.shown, tap: null, channel: null });
    if (!kept || readViewState().layer !== layer.shown) return;
    const same = (await where.taps(layer)).find(({ label }) => label === kept.label);
    if (same) await this.#set({ tap: same.name });
  }

  /** So many places on. */
  by(count) {
    const to = this.#where()?.beside(count);
    if (to) this.to(to);
  }

  /** So many channels on, in the order shown. */
  channelBy(count) {
    if (!this.#where()) return;
    const { order, channel } = this.#where().at;
    const to = order[order.indexOf(channel) + count];
    if (to !== undefined) this.#set({ channel: to });
  }

  /** The class map over the image, or not. */
  toggleCam() {
    if (!this.#where()?.answer) return;
    this.#set(readViewState().overlay === 'cam' ? { overlay: 'none', class: null } : { overlay: 'cam' });
  }
}
