// @ts-check
// Loads the texts, then the page: its elements show texts as soon as they are defined.

import { startLanguage } from './language.js';

await startLanguage();
await import('./page.js');
