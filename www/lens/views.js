// @ts-check
// The draw requests of the lens's views.

import { overlaySource } from './overlay-source.js';

/** @import { LensElements } from './lens.js' */
/** @import { Painter } from './painter.js' */
/** @import { Current } from './selection.js' */
/** @import { DrawRequest } from '../engine/worker-api.js' */
/** @import { ColourMapping, ScaleBounds, Histogram } from '../pkg/resnet_lens.js' */
/** @import { LensLegend } from '../elements/legend.js' */

/** While `live`, legends and statistics are not read back. `hasGradCam`: the network computes the one that is selected. @typedef {Current & { live: boolean, hasGradCam: boolean }} Drawable */

const HISTOGRAM_BINS = 40;

/**
 * Adds all views to the painter.
 * @param {Painter} painter
 * @param {LensElements} elements
 * @param {() => Drawable | null} drawable what is selected, null while there is nothing to draw
 */
export function addViews(painter, elements, drawable) {
  const { channel, channels, image, layer, map, overlay } = elements;
  /**
   * @template Request
   * @param {(current: Drawable) => Request | null} request
   * @returns {() => Request | null}
   */
  const ifDrawable = (request) => () => {
    const current = drawable();
    return current && request(current);
  };
  const showLegend = (/** @type {LensLegend} */ legend) => (/** @type {unknown} */ result, /** @type {DrawRequest} */ request) => {
    const colour = /** @type {{ colour: ColourMapping }} */ (request).colour;
    if (result) legend.show(/** @type {ScaleBounds} */ (result), colour);
    else legend.show({ low: null, high: null, signed: Boolean(drawable()?.signed) }, colour, 'live');
  };

  painter.add('map', {
    canvas: () => map.canvas,
    request: ifDrawable(({ colour }) => map.request && { view: 'map', ...map.request, colour }),
    drawn: () => map.drawn(),
  });
  painter.add('grid', {
    canvas: () => channels.canvas,
    request: ifDrawable(({ node, colour, live }) => channels.request && { view: 'grid', ...channels.request, node, colour, legend: !live }),
    drawn: showLegend(layer.legend),
  });
  painter.add('channel', {
    canvas: () => channel.canvas,
    request: ifDrawable(({ node, channel: index, colour, live }) => (
      channel.size && { view: 'channel', ...channel.size, node, channel: index, colour, legend: !live })),
    drawn: showLegend(channel.legend),
  });
  // The page draws its bars itself; it is requested with the drawings since it changes when they do.
  painter.add('histogram', {
    request: ifDrawable(({ node, channel: index, live }) => (live ? null : { view: 'histogram', node, channel: index, bins: HISTOGRAM_BINS })),
    drawn: (histogram) => channel.showHistogram(drawable()?.live === false ? /** @type {Histogram} */ (histogram) : null),
  });
  painter.add('overlay', {
    canvas: () => image.overlay,
    request: ifDrawable((current) => overlayRequest(current, image.overlaySize, overlay.opacity)),
  });
  painter.add('filters', {
    canvas: () => channel.filters,
    request: ifDrawable(({ filters }) => {
      const request = filters && channel.filterRequest(filters);
      return request ? { view: 'filters', ...request } : null;
    }),
  });
}

/**
 * @param {Drawable} current
 * @param {import('../lib/rectangle.js').Size | null} size
 * @param {number} opacity
 * @returns {Extract<DrawRequest, { view: 'overlay' }> | null}
 */
function overlayRequest(current, size, opacity) {
  const { overlay, colour, hasGradCam } = current;
  if (!size || overlay === 'none' || (overlay === 'gradcam' && !hasGradCam)) return null;
  return { view: 'overlay', ...size, opacity, colour, legend: false, ...overlaySource(current) };
}
