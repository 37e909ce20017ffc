// @ts-check
// Loads the texts, then the page: its elements show texts as soon as they are defined. A failure is shown by the document itself.

import { startLanguage } from './language.js';

try {
  await startLanguage();
  await import('./page.js');
} catch (error) {
  document.querySelector('[data-load-failure]')?.removeAttribute('hidden');
  throw error;
}
