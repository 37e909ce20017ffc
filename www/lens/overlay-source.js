// @ts-check
// What the overlay shows, as a request to the engine names it. Pure functions.

/** @import { OverlayRequest } from '../pkg/resnet_lens.js' */
/** @import { Current } from './selection.js' */

/**
 * @param {Pick<Current, 'overlay' | 'node' | 'channel' | 'cam' | 'gradCam' | 'class'>} current
 * @returns {Pick<OverlayRequest, 'kind' | 'class' | 'node' | 'channel'>}
 */
export function overlaySource({ overlay, node, channel, cam, gradCam, class: index }) {
  switch (overlay) {
    case 'cam': return { kind: overlay, class: cam };
    // Without a class, that of the largest logit of each image or frame.
    case 'gradcam': return { kind: overlay, node: gradCam, class: index };
    default: return { kind: 'channel', node, channel };
  }
}
