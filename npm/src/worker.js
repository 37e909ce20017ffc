// @ts-check
// The worker of the package: the page's, in one file.

import '../../www/engine/worker.js';
