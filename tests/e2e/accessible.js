// Checks a page with axe-core.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

const WINDOWS = { desktop: [1440, 900], phone: [390, 844] };
const MORE_WINDOWS = { laptop: [1024, 768], projector: [1920, 1080], narrow: [320, 568] };
/** Whether to check more than `make test` does, and to take screenshots: ACCESSIBLE=all in the environment. */
export const EVERYTHING = process.env.ACCESSIBLE === 'all';
const LANGUAGES = EVERYTHING ? ['en', 'ko'] : ['en'];

/**
 * What is checked: windows and languages, as `{ device, viewport, hasTouch, language }`. `EVERYTHING` adds three windows
 * and the second language; that takes five times as long.
 */
export const CHECKED = Object.entries({ ...WINDOWS, ...EVERYTHING ? MORE_WINDOWS : {} }).flatMap(([device, [width, height]]) => (
  LANGUAGES.map((language) => ({ device, viewport: { width, height }, hasTouch: width < 500, language }))));

/**
 * Asserts that the page has no violation of WCAG 2.2 AA that axe-core finds. `what` names the page's state. `colours`: checks only the rules
 * about colours, for the other colour scheme of a state that was checked: nothing else depends on the scheme.
 */
export async function assertAccessible(page, what, { colours = false } = {}) {
  if (await page.evaluate(() => !window.axe)) await page.evaluate(axe);
  let found = await violations(page, colours);
  if (found.some((violation) => violation.startsWith('target-size:'))) {
    // The status bar may cover a part of a button at the lower edge of the window.
    await page.evaluate(() => scrollBy(0, 80));
    const moved = await violations(page, colours);
    found = found.filter((violation) => moved.includes(violation));
  }
  assert.deepEqual(found, [], `${what} has WCAG 2.2 AA violations`);
}

async function violations(page, colours) {
  return page.evaluate(async ([standards, colourOnly]) => {
    const { violations: found } = await window.axe.run(document, {
      runOnly: colourOnly
        ? { type: 'rule', values: window.axe.getRules(standards).filter(({ tags }) => tags.includes('cat.color')).map(({ ruleId }) => ruleId) }
        : standards,
      // Elements that pass are most of the report, and each would get a selector.
      resultTypes: ['violations'],
    });
    return found.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.target.join(' ')}`));
  }, [STANDARDS, colours]);
}
