// @ts-check
// What the user does in the lens's elements, as changes of the view state.

import { describeChannel } from './show-selection.js';

/** @import { ViewState } from '../app/view-state.js' */
/** @import { Navigation } from '../network/navigation.js' */
/** @import { LensElements } from './lens.js' */
/** @import { Selection } from './selection.js' */

/**
 * @param {LensElements} elements
 * @param {object} parts
 * @param {Navigation} parts.navigation
 * @param {() => Selection | null} parts.selection the current selection, null without a network
 * @param {(changes: Partial<ViewState>) => void} parts.set writes the view state
 */
export function listenToElements(elements, { navigation, selection, set }) {
  const { architecture, channel, channels, compare, inspector, layer, map, overlay, predictions, search, strip, table } = elements;
  map.on('open', () => inspector.open());
  map.on('choose', (chosen) => navigation.toLayer(chosen));
  for (const list of [architecture, search, table]) {
    list.on('choose', (node) => {
      inspector.open();
      set({ layer: node, tap: null, channel: null });
    });
  }
  layer.on('set', (changes) => navigation.setOfLayer(changes));
  channels.on('choose', (index) => set({ channel: index }));
  channels.on('hover', (index) => {
    const shown = selection();
    layer.showHover(index === null || !shown ? '' : describeChannel(shown, index, (one) => predictions.nameOf(one)));
  });
  channel.on('step', (by) => navigation.channelBy(by));
  compare.on('step', (by) => navigation.channelBy(by));
  overlay.on('kind', (kind) => set({ overlay: kind }));
  strip.on('plan', (plan) => set({ plan }));
  strip.on('choose', (node) => navigation.toNode(node));
  predictions.on('choose', (index) => set({ overlay: selection()?.current.overlay === 'gradcam' ? 'gradcam' : 'cam', class: index }));
}
