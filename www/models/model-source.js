// @ts-check
// Sources of a model: a file in hand, a URL, or an id of the catalog or of the hub.

import { t } from '../lib/i18n.js';
import { checkModelFile, textOf } from '../lib/readable-file.js';
import { fileNameOf, parseUrl } from '../lib/url.js';
import { STARTER, isId, locate } from './catalog.js';

/** @import { ModelNote, WantedModel } from '../engine/worker-api.js' */
/** @import { ModelCard } from '../pkg/resnet_lens.js' */

/**
 * One of `blob`, `id` and `url`. `notes` are files with texts that describe the weights. `address` is its value for the page's `?model=`
 * parameter, null if it cannot be linked to or is the default.
 * @typedef {{ blob?: Blob, name?: string, notes?: File[], id?: string, url?: URL, address: string | null }} ModelSource
 */
/** A weight file and the files with texts that came with it. @typedef {{ weights: File, notes: File[] }} DescribedFile */

/**
 * The source for an argument of the API, a parameter of the URL or the content of a text field.
 * @param {Blob | URL | string | DescribedFile} given
 * @returns {ModelSource}
 */
export function modelSourceOf(given) {
  if (given instanceof Blob) return { blob: given, name: given instanceof File ? given.name : t('models.unnamed'), address: null };
  if (typeof given === 'object' && 'weights' in given) return { ...modelSourceOf(given.weights), notes: given.notes };
  const text = String(given).trim();
  if (isId(text)) return { id: text, address: text === STARTER ? null : text };
  const url = parseUrl(text);
  return { url, address: url.protocol.startsWith('http') ? text : null };
}

/**
 * The argument of `Session.prepareModel`.
 * @param {ModelSource} source
 * @param {ModelCard | null} [card] of a file or URL, which has no card of its own
 * @returns {Promise<WantedModel>}
 */
export async function describeModel({ blob, name, notes = [], id, url }, card = null) {
  if (blob) {
    const file = name ?? t('models.unnamed');
    await checkModelFile(blob, file);
    return { blob, name: file, card, notes: await textsOf(notes) };
  }
  if (id) return locate(id);
  if (!url) throw new TypeError('A model source: expected a blob, an id or a url, found none of them.');
  const key = url.protocol.startsWith('http') ? url.href : null;
  return { url: url.href, key, card, name: fileNameOf(url), notes: await textsOf(notes) };
}

/**
 * @param {File[]} notes
 * @returns {Promise<ModelNote[]>}
 */
const textsOf = (notes) => Promise.all(notes.map(async (note) => ({ file: note.name, text: await textOf(note) })));
