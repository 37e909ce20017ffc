// @ts-check
// Starts the engine, loads the parts of the document and the texts, then the page: its elements show texts as soon as they are defined. A failure is shown by the document itself.

import './engine.js';
import { loadNumberFormats } from '../lib/i18n.js';
import { nextTask } from '../lib/next-task.js';
import { startLanguage } from './language.js';
import { insertParts } from './parts.js';

/** What the page imports, in tasks of their own: evaluated at once, the modules would block a phone for a fifth of a second. */
const PARTS = [
  loadNumberFormats,
  () => import('./app.js'),
  () => import('./first-elements.js'),
  () => import('./elements.js'),
];

try {
  await startLanguage(insertParts());
  for (const load of PARTS) {
    await nextTask();
    await load();
  }
  await nextTask();
  await import('./page.js');
} catch (error) {
  document.querySelector('[data-load-failure]')?.removeAttribute('hidden');
  throw error;
}
