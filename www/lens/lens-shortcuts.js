// @ts-check
// The single-key shortcuts of the lens.

/** @import { Shortcuts } from '../app/shortcuts.js' */
/** @import { Navigation } from '../network/navigation.js' */
/** @import { LensElements } from './lens.js' */

/**
 * @param {Shortcuts} shortcuts
 * @param {LensElements} elements
 * @param {Navigation} navigation
 */
export function addLensShortcuts(shortcuts, elements, navigation) {
  return shortcuts
    .add('/', 'search.title', () => elements.search.open())
    .add('m', 'help.toMap', () => elements.map.focus())
    .add('g', 'help.toChannels', () => (elements.ending.hidden ? elements.channels : elements.ending).focus())
    .add('[', 'help.previousLayer', () => navigation.layerBy(-1))
    .add(']', 'help.nextLayer', () => navigation.layerBy(1))
    .add(',', 'channel.previous', () => navigation.channelBy(-1))
    .add('.', 'channel.next', () => navigation.channelBy(1))
    .add('c', 'help.cam', () => navigation.toggleCam());
}
