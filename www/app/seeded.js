// @ts-check
// Connects the measurements of untrained networks to the page.

import { SeededMeasurements } from '../gradient/seeded-measurements.js';
import { SeededView } from '../gradient/seeded-view.js';

/** @import { App } from './app.js' */
/** @import { PageElements } from './elements.js' */

/**
 * @param {Pick<PageElements, 'gradient' | 'seeded'>} elements
 * @param {App} app
 */
export function addSeeded(elements, app) {
  const measurements = new SeededMeasurements((request) => app.run(() => app.session.engine.seededNorms(request)));
  new SeededView(elements, measurements);
  return measurements;
}
