// @ts-check
// Starts the page. Importing this module defines its elements. Each step is a task of its own, so that none blocks the page for long.

import { nextTask } from '../lib/next-task.js';
import { addVisualisation } from '../visualisation/add-visualisation.js';
import { App } from './app.js';
import { findElements } from './elements.js';
import { addLinkSharing } from './link-sharing.js';
import { publicApi } from './public-api.js';
import { addSeeded } from './seeded.js';
import { addTour } from './tour.js';
import { addUpdates } from './updates.js';

const elements = findElements(document);
await nextTask();
const app = new App(elements);
await nextTask();
addLinkSharing(elements.link, app);
const { ascent, computed } = addVisualisation(elements, app);
addTour(elements, app, { seeded: addSeeded(elements, app), computed, checked: () => app.gradient.checked });
addUpdates(elements.update, app.ready);
window.resnetLens = publicApi(app, ascent);
document.dispatchEvent(new Event('page-started'));
