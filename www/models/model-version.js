// @ts-check
// Whether a model that the browser keeps is still the one at its address.

import { lengthOf, send, sendForRange } from '../lib/download.js';
import { accessOf, hubFiles } from './hub-files.js';
import { validatorOf } from './streaming-file.js';

/** @import { WantedModel } from '../engine/worker-api.js' */
/** @import { RequestOptions } from '../lib/download.js' */
/** @import { ModelCard } from '../pkg/resnet_lens.js' */
/** @import { FoundFiles } from './hub-files.js' */
/** @import { Engine } from './model-loader.js' */
/** @import { KeptVersion } from './stores.js' */

/** Milliseconds after which a server that does not answer counts as unreachable. */
const PATIENCE = 5000;
/** Servers on this machine are for development: what they cannot confirm has changed. */
const LOCAL = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|.*\.localhost)$/;

/** `unknown`: the server could not be asked. `card`: that of the hub. @typedef {{ state: 'same' | 'changed' | 'unknown', card?: ModelCard }} Answer */

/**
 * Asks the server of a model. Rejects only if `signal` is aborted.
 * @param {Engine} engine
 * @param {WantedModel} wanted
 * @param {KeptVersion} kept
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>}
 */
export async function askAgain(engine, wanted, kept, signal) {
  // A file with this digest is the file.
  if (wanted.card?.sha256 && wanted.card.sha256 === kept.sha256) return { state: 'same' };
  const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]);
  try {
    const { id, hub, card = null, token = null, url } = wanted;
    if (!id || !hub) return { state: url ? await askServer(new URL(url), wanted, kept, patience) : 'same' };
    if (engine.hubUrls(id, hub).fixed) return { state: 'same' };
    const found = await hubFiles(engine, { id, hub, card, token }, patience);
    return { state: stateOf(found, kept) ?? await askServer(found.url, wanted, kept, patience), card: found.card };
  } catch {
    signal.throwIfAborted();
    return { state: 'unknown' };
  }
}

/**
 * Compares with what the hub reports; null if that does not suffice.
 * @param {FoundFiles} found
 * @param {KeptVersion} kept
 */
function stateOf({ sha256, size }, kept) {
  if (sha256 && kept.sha256) return sha256 === kept.sha256 ? 'same' : 'changed';
  if (size === undefined) return null;
  return size === kept.length ? 'same' : 'changed';
}

/**
 * Compares with the headers of a server. The body is not read.
 * @param {URL} url
 * @param {WantedModel} wanted
 * @param {KeptVersion} kept
 * @param {AbortSignal} signal
 */
async function askServer(url, wanted, kept, signal) {
  /** @type {RequestOptions} */
  const options = { what: 'download.model', signal, cache: 'no-store', access: accessOf(wanted) };
  const response = url.origin === location.origin ? await send(url, options) : (await sendForRange(url, options)).response;
  response.body?.cancel().catch(() => {}); // Nobody reads it.
  // A network that wants a sign-in answers with a page of its own.
  if (!response.ok || response.headers.get('content-type')?.startsWith('text/html')) return 'unknown';
  const [validator, length] = [validatorOf(response), lengthOf(response)];
  if (length !== null && length !== kept.length) return 'changed';
  if (validator && kept.validator) return validator === kept.validator ? 'same' : 'changed';
  return LOCAL.test(url.hostname) ? 'changed' : 'same';
}
