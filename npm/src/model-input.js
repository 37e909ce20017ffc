// @ts-check
// What can be loaded as a model.

import { checkModelFile } from '../../www/lib/readable-file.js';
import { fileNameOf } from '../../www/lib/url.js';
import { kindOf, stateError } from './errors.js';
import { absolute } from './start-worker.js';

/** @import { Session } from '../../www/engine/session.js' */
/** @import { WantedModel } from '../../www/engine/worker-api.js' */
/** @import { DescribedModel, EngineOptions, ModelInput } from './options.js' */

const HUB = 'https://huggingface.co';

/**
 * The argument of `Session.prepareModel`.
 * @param {ModelInput} given
 * @param {Session['engine']} engine
 * @param {Pick<EngineOptions, 'hub' | 'token' | 'cache'>} options
 * @returns {Promise<WantedModel>}
 */
export async function wantedModel(given, engine, { hub = HUB, token, cache = true }) {
  const { url, file, card = null, labels } = describedModel(given);
  const notes = labels ? [{ file: 'labels', text: labels.join('\n') }] : [];
  if (file) {
    const name = file instanceof File ? file.name : card?.name ?? 'model';
    await checkModelFile(file, name);
    return { blob: file, name, card, notes };
  }
  const found = await engine.parseModelAddress(String(url), hub);
  if (found.name) throw stateError('npm.bareName', { name: found.name });
  if (found.repository) {
    const id = found.repository;
    return { id, hub, token: token ?? null, name: card?.name ?? id, card, key: cache ? `${hub} ${id}` : null };
  }
  const address = absolute(found.url ?? found.path ?? String(url));
  const isLink = address.protocol.startsWith('http');
  return { url: address.href, name: card?.name ?? fileNameOf(address), card, notes, key: cache && isLink ? address.href : null };
}

/**
 * @param {ModelInput} given
 * @returns {DescribedModel}
 */
function describedModel(given) {
  if (given instanceof Blob) return { file: given };
  if (given instanceof URL || typeof given === 'string') return { url: given };
  if (typeof given === 'object' && given !== null && (given.url || given.file)) return given;
  throw stateError('npm.noModel', { found: kindOf(given) });
}
