// @ts-check
// Postpones work until the page has been drawn.

/** A page in a background tab is not drawn. */
const LIMIT_MS = 1000;

/** Resolves after the next frame, or after a second without one. @returns {Promise<void>} */
export const afterPaint = () => new Promise((resolve) => {
  // The callback runs before the frame is drawn, the task after it.
  requestAnimationFrame(() => setTimeout(resolve));
  setTimeout(resolve, LIMIT_MS);
});
