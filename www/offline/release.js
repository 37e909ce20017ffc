// @ts-check
// The release that the service worker serves. `make dist` replaces this module; the development page has no service worker.

/** Digest of all files. */
export const VERSION = 'development';

/** The files of the page, by their addresses relative to it; `./` is the page. @type {string[]} */
export const FILES = [];
