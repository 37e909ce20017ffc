// @ts-check
// Contents of elements that the document does not hold, such as panels and dialogs that are closed at first: `data-part="NAME"` names the file www/parts/NAME.html.

import { findAll } from '../lib/dom.js';
import { parseHtml } from '../lib/trusted-types.js';

/** Fills all elements that name a part, before their classes are defined. Rejects if a part cannot be loaded. */
export async function insertParts() {
  await Promise.all(findAll(document, '[data-part]', HTMLElement).map(async (element) => {
    element.append(...parseHtml(await load(element.dataset.part ?? '')).body.childNodes);
  }));
}

/** @param {string} name */
async function load(name) {
  const response = await fetch(new URL(`../parts/${name}.html`, import.meta.url));
  if (!response.ok) throw new TypeError(`The part ${name} of the page: the server answered ${response.status}.`);
  return response.text();
}
