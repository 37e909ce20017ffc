// The models that the page offers, from `assets/catalog.json`: `{ hub, models }`, each model a card as the engine reads it.

import { download } from '../lib/download.js';
import { namedError } from '../lib/errors.js';

/** The model the page opens with. */
export const STARTER = 'starter';
/** What the id of a model on the hub begins with. */
const HUB = 'hf:';

const address = new URL('assets/catalog.json', document.baseURI);
let reading = null;

/** Promises the catalog; read once. */
export function readCatalog() {
  reading ??= read().catch((error) => {
    reading = null;
    throw error;
  });
  return reading;
}

/** Whether a text is an id, of the catalog or of the hub, and no address. */
export const isId = (text) => /^[\w-]+$/.test(text) || text.startsWith(HUB);

/** Promises how the worker gets the model with this id: `{ id, url | hub, key, card, name }`; see `ModelLoader.prepare`. */
export async function locate(id) {
  const { hub, models } = await readCatalog();
  const card = models.find((one) => one.id === id) ?? null;
  const name = card?.name ?? id;
  if (id.startsWith(HUB)) return { id, hub, key: id, card, name };
  if (!card) throw namedError('DownloadError', `There is no model called “${id}” in this page’s catalog.`);
  // What comes with the page is kept as the page itself is.
  return { id, url: new URL(card.file, address).href, key: null, card, name };
}

async function read() {
  const text = await (await download(address, { what: 'catalog of models' })).text();
  try {
    return JSON.parse(text);
  } catch (error) {
    throw namedError('DownloadError', `The catalog of models is not valid JSON: ${error.message}.`);
  }
}
