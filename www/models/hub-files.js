// @ts-check
// A model repository of the Hugging Face hub: its card and the URL of its weights.

import { bodyOf, send, shorten, statusError } from '../lib/download.js';
import { asError, textError } from '../lib/errors.js';

/** @import { Access, Subject } from '../lib/download.js' */
/** @import { Key } from '../lib/i18n.js' */
/** @import { HubFile, HubRefusal, HubUrls, LfsPointer, ModelCard } from '../pkg/resnet_lens.js' */
/** @import { Engine } from './model-loader.js' */

/** A Git LFS pointer has about 130 bytes; a mirror may send the whole file instead. */
const POINTER_BYTES = 1024;

/** Sentences about refusals. @type {Record<Exclude<HubRefusal, 'no-file'>, Key>} */
const REFUSALS = {
  'no-revision': 'hub.noRevision',
  'no-repository': 'hub.noRepository',
  gated: 'hub.gated',
  'not-allowed': 'hub.notAllowed',
  'wrong-token': 'hub.wrongToken',
};

/** @typedef {{ id: string, hub: string, card: ModelCard | null, token: string | null }} Repository a known `card` is not requested */
/** @typedef {{ url: URL, card: ModelCard, fixed: boolean } & Partial<LfsPointer>} FoundFiles `fixed`: its files never change */

/**
 * Resolves to the URL and card of a repository's weights, with their size and digest if the hub reports them.
 * @param {Engine} engine
 * @param {Repository} repository
 * @param {AbortSignal} signal
 * @returns {Promise<FoundFiles>}
 */
export async function hubFiles(engine, repository, signal) {
  const urls = engine.hubUrls(repository.id, repository.hub);
  // When the card cannot be read, no request for the weights is to follow, and the reverse.
  const failed = new AbortController();
  const hub = new HubRequests(engine, repository, urls, AbortSignal.any([signal, failed.signal]));
  try {
    const [card, { file, url, ...pointer }] = await Promise.all([repository.card ?? readCard(hub), findWeights(hub)]);
    return { ...pointer, url: new URL(url), card: { ...card, file }, fixed: urls.fixed };
  } catch (error) {
    failed.abort();
    throw error;
  }
}

/**
 * The token of a repository's hub, for requests.
 * @param {{ hub?: string, token?: string | null }} repository
 * @returns {Access | null}
 */
export const accessOf = ({ hub, token }) => (hub && token ? { origin: new URL(hub).origin, token } : null);

/** Requests to the hub for one repository. */
class HubRequests {
  engine;
  repository;
  urls;
  signal;

  /**
   * @param {Engine} engine
   * @param {Repository} repository
   * @param {HubUrls} urls
   * @param {AbortSignal} signal
   */
  constructor(engine, repository, urls, signal) {
    this.engine = engine;
    this.repository = repository;
    this.urls = urls;
    this.signal = signal;
  }

  /**
   * Resolves to a response, or to null if the repository has no such file. `isCertain`: the hub says so itself.
   * @param {string} address
   * @param {Subject} what
   * @returns {Promise<{ response: Response | null, isCertain: boolean }>}
   */
  async get(address, what) {
    const url = new URL(address);
    const access = accessOf(this.repository);
    const response = await send(url, { what, signal: this.signal, cache: 'no-cache', access });
    if (response.ok) return { response, isCertain: true };
    const code = response.headers.get('x-error-code');
    const refusal = this.engine.hubRefusal(response.status, code ?? undefined, access !== null);
    response.body?.cancel().catch(() => {}); // Nobody reads it.
    if (refusal === 'no-file') return { response: null, isCertain: code !== null };
    if (!refusal) throw statusError(response, url, what);
    const { id, hub } = this.repository;
    throw textError('AccessError', REFUSALS[refusal], { id, page: this.urls.page, hub: new URL(hub).host });
  }

  /**
   * The text of the first of these files that exists; undefined without any.
   * @param {string[]} addresses
   */
  async text(addresses) {
    for (const address of addresses) {
      const { response } = await this.get(address, 'download.card');
      if (!response) continue;
      const text = await response.text();
      if (isHtml(text)) throw textError('DownloadError', 'download.html', { url: shorten(new URL(address)), what: { key: 'download.card' } });
      return text;
    }
    return undefined;
  }

  /** @param {string} address */
  async exists(address) {
    const { response } = await this.get(address, 'download.model');
    await response?.body?.cancel();
    return response !== null;
  }
}

/** @param {HubRequests} hub */
async function readCard(hub) {
  const [config, preprocessor] = await Promise.all([hub.text(hub.urls.configs), hub.text(hub.urls.preprocessors)]);
  return hub.engine.hubCard(hub.repository.id, config, preprocessor);
}

/**
 * The first usual weight file that exists, or else the one in the hub's list.
 * @param {HubRequests} hub
 * @returns {Promise<HubFile & Partial<LfsPointer>>}
 */
async function findWeights(hub) {
  const { engine, repository: { id }, urls } = hub;
  for (const file of urls.weights) {
    const found = await describe(hub, file);
    if (found) return found;
  }
  if (urls.indices.length === 0) throw textError('DownloadError', 'hub.noFile', { id, file: urls.weights[0].file });
  for (const index of urls.indices) {
    if (await hub.exists(index)) throw engine.hubWithoutWeights(id, index.split('/').at(-1));
  }
  const { response } = await hub.get(urls.listing, 'download.model').catch((error) => {
    if (hub.signal.aborted) throw asError(error);
    return { response: null }; // Not every mirror has the list.
  });
  if (!response) throw engine.hubWithoutWeights(id, undefined);
  const file = engine.hubWeights(id, hub.repository.hub, await response.text());
  return await describe(hub, file) ?? { ...file };
}

/**
 * A weight file with its size and digest, as far as the hub reports them; null if it does not exist.
 * @param {HubRequests} hub
 * @param {HubFile} file
 * @returns {Promise<(HubFile & Partial<LfsPointer>) | null>}
 */
async function describe(hub, file) {
  /** @type {{ response: Response | null, isCertain: boolean }} */
  const { response, isCertain } = await hub.get(file.pointer, 'download.model').catch((error) => {
    if (hub.signal.aborted || asError(error).name === 'AccessError') throw asError(error);
    return { response: null, isCertain: false }; // Not every mirror has pointers.
  });
  if (response) return { ...file, ...await readPointer(hub.engine, response) };
  return !isCertain && await hub.exists(file.url) ? { ...file } : null;
}

/**
 * Size and digest of the weights; empty if the response is not a pointer.
 * @param {Engine} engine
 * @param {Response} response
 * @returns {Promise<Partial<LfsPointer>>}
 */
async function readPointer(engine, response) {
  const reader = bodyOf(response).getReader();
  const { value } = await reader.read();
  await reader.cancel();
  const isShort = value && value.length <= POINTER_BYTES;
  return isShort ? engine.parseLfsPointer(new TextDecoder().decode(value)) ?? {} : {};
}

/** @param {string} text */
const isHtml = (text) => /^\s*<(!doctype html|html)/i.test(text);
