// Waits for frames of the live view.

import { predictions } from './browser.js';

/** Waits for `count` more results. */
export const frames = (page, count) => page.evaluate((wanted) => new Promise((resolve) => {
  let seen = 0;
  const rate = document.querySelector('[data-rate]');
  const observer = new MutationObserver(() => {
    if (/latency/.test(rate.textContent)) seen += 1;
    if (seen < wanted) return;
    observer.disconnect();
    resolve();
  });
  observer.observe(rate, { childList: true, characterData: true, subtree: true });
}), count);

/** Waits, in a frozen view, until no frame is in work any more. */
export async function settledFrame(page) {
  for (let former = null; ;) {
    const shown = JSON.stringify(await predictions(page));
    if (shown === former) return;
    former = shown;
    await page.waitForTimeout(3000);
  }
}
