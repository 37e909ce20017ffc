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
    .add('/', 'Find a layer', () => elements.search.open())
    .add('m', 'Go to the network map', () => elements.map.focus())
    .add('g', 'Go to the layer’s channels', () => (elements.ending.hidden ? elements.channels : elements.ending).focus())
    .add('[', 'Previous layer', () => navigation.layerBy(-1))
    .add(']', 'Next layer', () => navigation.layerBy(1))
    .add(',', 'Previous channel', () => navigation.channelBy(-1))
    .add('.', 'Next channel', () => navigation.channelBy(1))
    .add('c', 'Toggle class map', () => navigation.toggleCam());
}
