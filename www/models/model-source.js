// @ts-check
// Sources of a model: a file in hand, or a text: an address, or an id of the catalog or of the hub. The engine reads the text, so that it
// means the same in the page and in the terminal.

import { t } from '../lib/i18n.js';
import { checkModelFile, textOf } from '../lib/readable-file.js';
import { fileNameOf, parseUrl } from '../lib/url.js';
import { STARTER, locate, readCatalog } from './catalog.js';
import { hubInUse, tokenFor } from './hub-access.js';

/** @import { Session } from '../engine/session.js' */
/** @import { ModelNote, WantedModel } from '../engine/worker-api.js' */
/** @import { ModelCard } from '../pkg/resnet_lens.js' */

/** One of `blob` and `text`. `notes` are files with texts that describe the weights. @typedef {{ blob?: Blob, name?: string, notes?: File[], text?: string }} ModelSource */
/** A weight file and the files with texts that came with it. @typedef {{ weights: File, notes: File[] }} DescribedFile */

/**
 * The source for an argument of the API, a parameter of the URL or the content of a text field.
 * @param {Blob | URL | string | DescribedFile} given
 * @returns {ModelSource}
 */
export function modelSourceOf(given) {
  if (given instanceof Blob) return { blob: given, name: given instanceof File ? given.name : t('models.unnamed') };
  if (typeof given === 'object' && 'weights' in given) return { ...modelSourceOf(given.weights), notes: given.notes };
  return { text: String(given) };
}

/**
 * The argument of `Session.prepareModel`.
 * @param {ModelSource} source
 * @param {Session['engine']} engine
 * @param {ModelCard | null} [card] of a file or URL, which has no card of its own
 * @returns {Promise<WantedModel>}
 */
export async function describeModel({ blob, name, notes = [], text }, engine, card = null) {
  if (blob) {
    const file = name ?? t('models.unnamed');
    await checkModelFile(blob, file);
    return { blob, name: file, card, notes: await textsOf(notes), address: null };
  }
  if (text === undefined) throw new TypeError('A model source: expected a blob or a text, found none of them.');
  if (text === STARTER) return { ...await locate(STARTER), address: null };
  const { hub: usual } = await readCatalog();
  const hub = hubInUse(usual);
  const found = await engine.parseModelAddress(text, hub);
  if (found.name) return { ...await locate(found.name), address: found.name };
  if (found.repository) {
    const id = found.repository;
    const key = hub === usual ? id : `${hub} ${id}`;
    return { ...await locate(id), hub, key, token: tokenFor(hub), address: id };
  }
  const url = parseUrl(found.url ?? found.path ?? text);
  const isLink = url.protocol.startsWith('http');
  return { url: url.href, key: isLink ? url.href : null, card, name: fileNameOf(url), notes: await textsOf(notes), address: isLink ? text.trim() : null };
}

/**
 * @param {File[]} notes
 * @returns {Promise<ModelNote[]>}
 */
const textsOf = (notes) => Promise.all(notes.map(async (note) => ({ file: note.name, text: await textOf(note) })));
