// @ts-check
// A page holds the lock of its release while it is open, so that the service worker keeps the files of that release.

/** @param {string} version */
export const releaseLock = (version) => `resnet-lens release ${version}`;
