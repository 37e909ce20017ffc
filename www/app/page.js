// @ts-check
// Starts the page. Importing this module defines its elements.

import { App } from './app.js';
import { findElements } from './elements.js';
import { addVisualisation } from '../visualisation/add-visualisation.js';
import { addLinkSharing } from './link-sharing.js';
import { publicApi } from './public-api.js';
import { addSeeded } from './seeded.js';
import { addTour } from './tour.js';
import { addUpdates } from './updates.js';

const elements = findElements(document);
const app = new App(elements);
addLinkSharing(elements.link, app);
const { ascent, computed } = addVisualisation(elements, app);
addTour(elements, app, { seeded: addSeeded(elements, app), computed, checked: () => app.gradient.checked });
addUpdates(elements.update, app.ready);
window.resnetLens = publicApi(app, ascent);
