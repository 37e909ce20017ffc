// @ts-check
// Steps through the layers and channels of the network, shared by keys, map and buttons.

import { readViewState } from '../app/view-state.js';

/** @import { Step } from '../app/entry-state.js' */
/** @import { ViewState } from '../app/view-state.js' */
/** @import { Selection } from '../lens/selection.js' */
/** @import { Layer } from './network.js' */

export class Navigation {
  #selection;
  #set;

  /**
   * @param {() => Selection | null} selection the current selection, null without a network
   * @param {(changes: Partial<ViewState>, step?: Step) => Promise<void>} set writes the view state; resolves when the page shows it
   */
  constructor(selection, set) {
    this.#selection = selection;
    this.#set = set;
  }

  /**
   * Selects a layer. A tap that is selected, such as "before BN", stays selected if the layer has it too.
   * @param {Layer} layer
   * @param {Step} [step]
   */
  async toLayer(layer, step = 'view') {
    const selection = this.#selection();
    if (!selection) return;
    const from = selection.current;
    const tap = from.node === from.layer.shown ? null : (await selection.taps(from.layer)).find(({ name }) => name === from.node);
    await this.#set({ layer: layer.shown, tap: null, channel: null }, step);
    if (!tap || readViewState().layer !== layer.shown) return;
    const same = (await selection.taps(layer)).find(({ label }) => label === tap.label);
    if (same) await this.#set({ tap: same.name }, null);
  }

  /**
   * Selects the layer of a node.
   * @param {string} node
   */
  toNode(node) {
    const layer = this.#selection()?.network.find(node);
    if (layer) this.toLayer(layer);
  }

  /**
   * Selects the layer `count` layers on.
   * @param {number} count
   */
  layerBy(count) {
    const layer = this.#selection()?.neighbour(count);
    if (layer) this.toLayer(layer, 'layer');
  }

  /**
   * Selects the channel `count` channels on, in the order shown.
   * @param {number} count
   */
  channelBy(count) {
    const selection = this.#selection();
    if (!selection) return;
    const { order, channel } = selection.current;
    const next = order[order.indexOf(channel) + count];
    if (next !== undefined) this.#set({ channel: next });
  }

  /**
   * Changes settings of the layer. The channel stays when another view is selected, whatever its rank there. The sum of a block is that of
   * its output.
   * @param {Partial<ViewState>} changes
   */
  setOfLayer(changes) {
    const current = this.#selection()?.current;
    if (current && changes.tap) {
      return this.#set({ tap: changes.tap === current.defaultNode ? null : changes.tap, channel: current.channel });
    }
    const output = changes.compare === 'sum' ? current?.residual?.layer : undefined;
    if (output && output !== current?.layer) return this.#set({ ...changes, layer: output.shown, tap: null, channel: null });
    return this.#set(changes);
  }

  /** Shows or hides the class activation map over the image. */
  toggleCam() {
    if (!this.#selection()?.answer) return;
    this.#set(readViewState().overlay === 'cam' ? { overlay: 'none', class: null } : { overlay: 'cam' });
  }
}
