// @ts-check
// Loads the engine's module, the parts of the document and the texts, then the page: its elements show texts as soon as they are defined. A failure is shown by the document itself.

import '../engine/compiled-engine.js';
import { startLanguage } from './language.js';
import { insertParts } from './parts.js';

try {
  await startLanguage(insertParts());
  await import('./page.js');
} catch (error) {
  document.querySelector('[data-load-failure]')?.removeAttribute('hidden');
  throw error;
}
