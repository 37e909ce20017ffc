// @ts-check
// The engine's worker of the page. The npm package starts its own.

import { scriptAddress } from '../lib/trusted-types.js';

/** Starts the worker that is beside this module. */
export const startWorker = () => new Worker(scriptAddress(new URL('./worker.js', import.meta.url)), { type: 'module', name: 'engine' });
