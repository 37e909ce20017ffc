// @ts-check
// Connects the guided tour to the page.

import { Tour } from '../tour/tour.js';

/** @import { Measured } from '../tour/measure.js' */
/** @import { App } from './app.js' */
/** @import { PageElements } from './elements.js' */

/**
 * @param {Pick<PageElements, 'live' | 'source' | 'surgery' | 'tour'>} elements
 * @param {App} app
 * @param {Measured} measured
 */
export function addTour({ live, source, surgery, tour: element }, app, measured) {
  const tour = new Tour({
    session: app.session,
    measured,
    element,
    lens: app.lens,
    image: () => app.images.current?.blob ?? null,
    editNetwork: (open) => surgery.emit('open', open),
    model: () => `${app.model?.card.id} ${app.model?.address} ${app.model?.name}`,
  });
  element.on('need', (what) => {
    if (what === 'image') source.chooseFile();
    else if (what === 'camera') live.emit('camera', '');
    else live.emit('freeze');
  });
  app.ready.finally(() => tour.start()).catch(() => {}); // The page shows the failure.
}
