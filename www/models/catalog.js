// @ts-check
// The models that the page offers: `assets/catalog.json`.

import { download } from '../lib/download.js';
import { asError, textError } from '../lib/errors.js';

/** @import { WantedModel } from '../engine/worker-api.js' */
/** @import { Catalog, ModelCard } from '../pkg/resnet_lens.js' */

/** Id of the bundled model, which the page opens with. */
export const STARTER = 'starter';
/** Prefix of ids on the hub. */
const HUB = 'hf:';
const IMAGENET_CLASSES = 1000;

/** @type {Promise<Catalog> | null} */
let reading = null;

/** The catalog, read once. */
export function readCatalog() {
  reading ??= read().catch((error) => {
    reading = null;
    throw error;
  });
  return reading;
}

/**
 * Whether a text is an id of the catalog or of the hub, and no URL.
 * @param {string} text
 */
export const isId = (text) => /^[\w-]+$/.test(text) || text.startsWith(HUB);

/**
 * How to load the model with an id.
 * @param {string} id
 * @returns {Promise<Omit<WantedModel, 'address'>>}
 */
export async function locate(id) {
  const { hub, models } = await readCatalog();
  const card = models.find((one) => one.id === id) ?? null;
  const name = card?.name ?? id;
  if (id.startsWith(HUB)) return { id, hub, key: id, card, name };
  if (card?.url) return { url: card.url, key: id, card, name };
  if (!card) throw textError('DownloadError', 'error.unknownModel', { id });
  // The browser caches the bundled model as it caches the page.
  return { id, url: new URL(card.file, catalogUrl()).href, key: null, card, name };
}

/**
 * The number of classes of a model of the catalog. Those without labels have ImageNet's.
 * @param {ModelCard} card
 */
export const classCount = ({ labels }) => labels?.length ?? IMAGENET_CLASSES;

/**
 * The first of the models with the most classes, if it has more than the model in use.
 * @param {ModelCard[]} models
 * @param {number} classes of the model in use
 */
export function largerModel(models, classes) {
  const most = Math.max(...models.map(classCount));
  return most > classes ? models.find((card) => classCount(card) === most) ?? null : null;
}

const catalogUrl = () => new URL('../assets/catalog.json', import.meta.url);

/** @returns {Promise<Catalog>} */
async function read() {
  const text = await (await download(catalogUrl(), { what: 'download.catalog' })).text();
  try {
    return JSON.parse(text);
  } catch (error) {
    throw textError('DownloadError', 'error.catalog', { reason: asError(error).message });
  }
}
