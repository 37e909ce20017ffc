// @ts-check
// What each view shows: the label of the draw request that made its content. A view whose content differs from the selection is
// dimmed and marked as busy until it is drawn.

/** @import { DrawRequest } from '../engine/worker-api.js' */
/** @import { ViewName } from './painter.js' */
/** @import { Current } from './selection.js' */

/** Views whose content depends on the selected layer, channel or class. @typedef {'grid' | 'channel' | 'histogram' | 'overlay'} SelectionView */

export class DrawnContent {
  #elements;
  /** @type {Map<ViewName, string>} */
  #drawn = new Map();

  /** @param {Record<SelectionView, () => Element>} elements that show the views */
  constructor(elements) {
    this.#elements = elements;
  }

  /** Forgets all content: the canvases are new or the network is. */
  reset() {
    this.#drawn.clear();
  }

  /** @param {DrawRequest} request that was drawn */
  record(request) {
    this.#drawn.set(request.view, labelOf(request));
  }

  /**
   * Labels the elements with their content and marks those whose content is not that of the selection.
   * @param {Current | null} current null: nothing is shown
   */
  mark(current) {
    const wanted = current && labelsOf(current);
    for (const view of /** @type {SelectionView[]} */ (Object.keys(this.#elements))) {
      const element = this.#elements[view]();
      const drawn = this.#drawn.get(view) ?? '';
      const isBusy = Boolean(wanted?.[view]) && wanted?.[view] !== drawn;
      if (element.getAttribute('data-drawn') !== drawn) element.setAttribute('data-drawn', drawn);
      if ((element.getAttribute('aria-busy') === 'true') !== isBusy) element.setAttribute('aria-busy', String(isBusy));
    }
  }
}

/**
 * @param {DrawRequest} request
 * @returns {string}
 */
function labelOf(request) {
  switch (request.view) {
    case 'grid': case 'filters': return request.node;
    case 'channel': case 'histogram': return channelLabel(request.node, request.channel);
    case 'overlay': return overlayLabel(request);
    case 'map': return 'map';
  }
}

/**
 * The labels of the views that show a selection; null for a view that shows nothing.
 * @param {Current} current
 * @returns {Record<SelectionView, string | null>}
 */
function labelsOf({ node, channel, overlay, cam, gradCam, class: index }) {
  const label = channelLabel(node, channel);
  const overlays = { none: null, channel: label, cam: `class ${cam}`, gradcam: gradCam && gradCamLabel(gradCam, index) };
  return { grid: node, channel: label, histogram: label, overlay: overlays[overlay] };
}

/**
 * @param {string} node
 * @param {number} channel
 */
const channelLabel = (node, channel) => `${node} channel ${channel}`;

/**
 * @param {string} node
 * @param {number | null | undefined} index of the class; by default the most probable one
 */
const gradCamLabel = (node, index) => `gradcam ${node} class ${index ?? 'best'}`;

/** @param {Extract<DrawRequest, { view: 'overlay' }>} request */
function overlayLabel({ kind, node, channel, class: index }) {
  if (kind === 'cam') return `class ${index}`;
  return kind === 'gradcam' ? gradCamLabel(node ?? '', index) : channelLabel(node ?? '', channel ?? 0);
}
