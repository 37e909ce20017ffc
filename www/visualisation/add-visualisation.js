// @ts-check
// Connects the visualisation with the page.

import { Ascent } from './ascent.js';
import { VisualisationView } from './visualisation-view.js';

/** @import { App } from '../app/app.js' */
/** @import { PageElements } from '../app/elements.js' */

/**
 * Returns the ascents of the page, which scripts share, and what the page shows of them.
 * @param {PageElements} view
 * @param {Pick<App, 'session' | 'lens'>} app
 */
export function addVisualisation(view, { session, lens }) {
  const ascent = new Ascent(session.engine);
  const shown = new VisualisationView(view, { session, lens, ascent });
  return { ascent, computed: () => shown.computed };
}
