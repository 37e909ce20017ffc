// The model dialog, as tests use it.

import { settle } from './browser.js';

/** Starts loading the model with this id or address. */
export async function begin(page, id) {
  await page.click('lens-models [data-open]');
  await page.fill('#model-address', id);
  await page.press('#model-address', 'Enter');
}

/** Loads the model; resolves to the resulting state. */
export const choose = (page, id) => settle(page, () => begin(page, id));

export const modelName = (page) => page.textContent('lens-models [data-name]');

/** The text about cached models in the model dialog, or null. */
export async function cachedText(page) {
  await page.click('lens-models [data-open]');
  await page.locator('lens-models[aria-busy=false]').waitFor();
  const text = await page.isVisible('lens-models [data-cache]') ? await page.textContent('lens-models [data-cached]') : null;
  await page.click('lens-models [data-close]');
  return text;
}

/** Has the hub break off responses only after `page` has read all that was sent. */
export function breakOffWhenRead(hub, page) {
  hub.received = (name, share) => page.waitForFunction(([wanted, least]) => {
    const shown = document.querySelector('lens-status [data-text]').textContent;
    return shown.includes(`${wanted}:`) && document.querySelector('lens-status progress').value >= least - 1e-6;
  }, [name, share], { polling: 50 });
}
