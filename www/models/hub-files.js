// @ts-check
// A model repository of the Hugging Face hub: its card and the URL of its weights.

import { bodyOf, download } from '../lib/download.js';
import { asError } from '../lib/errors.js';

/** @import { HubUrls, LfsPointer, ModelCard } from '../pkg/resnet_lens.js' */
/** @import { Engine } from './model-loader.js' */

/** A Git LFS pointer has about 130 bytes; a mirror may send the whole file instead. */
const POINTER_BYTES = 1024;

/**
 * Resolves to the URL and card of a repository's weights, with their size and digest if the hub reports them.
 * @param {Engine} engine
 * @param {{ id: string, hub: string, card: ModelCard | null }} repository a known `card` is not requested
 * @param {AbortSignal} signal
 * @returns {Promise<{ url: URL, card: ModelCard } & Partial<LfsPointer>>}
 */
export async function hubFiles(engine, { id, hub, card }, signal) {
  const addresses = engine.hubUrls(id, hub);
  const [found, described] = await Promise.all([
    card ?? readCard(engine, id, addresses, signal),
    readPointer(engine, new URL(addresses.pointer), signal),
  ]);
  return { ...described, url: new URL(addresses.weights), card: found };
}

/**
 * @param {Engine} engine
 * @param {string} id
 * @param {HubUrls} addresses
 * @param {AbortSignal} signal
 */
async function readCard(engine, id, { config, preprocessor }, signal) {
  const text = async (/** @type {string} */ address) => (await download(new URL(address), { what: 'download.card', signal })).text();
  const [described, prepared] = await Promise.all([
    text(config),
    // timm's repositories have none.
    text(preprocessor).catch((error) => {
      if (!error.absent) throw error;
      return undefined;
    }),
  ]);
  return engine.hubCard(id, described, prepared);
}

/**
 * Size and digest of the weights; empty if the hub does not report them.
 * @param {Engine} engine
 * @param {URL} url
 * @param {AbortSignal} signal
 * @returns {Promise<Partial<LfsPointer>>}
 */
async function readPointer(engine, url, signal) {
  try {
    const response = await fetch(url, { referrerPolicy: 'no-referrer', credentials: 'omit', signal });
    const reader = bodyOf(response).getReader();
    const { value } = await reader.read();
    await reader.cancel();
    const isPointer = response.ok && value && value.length <= POINTER_BYTES;
    return isPointer ? engine.parseLfsPointer(new TextDecoder().decode(value)) ?? {} : {};
  } catch (error) {
    if (signal.aborted) throw asError(error);
    return {};
  }
}
