// @ts-check
// Starts the page.

import { App } from './app.js';
import { findElements } from './elements.js';
import { publicApi } from './public-api.js';

window.resnetLens = publicApi(new App(findElements(document)));
