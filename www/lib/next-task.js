// @ts-check
// Divides long work of the page's thread, which in between answers input and draws.

/** Resolves in a task of its own. @returns {Promise<void>} */
export const nextTask = () => new Promise((resolve) => { setTimeout(resolve); });
