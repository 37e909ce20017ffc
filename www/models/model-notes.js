// @ts-check
// The card of a weight file of one's own, from the texts that came with it: a model card, class names, or the configuration of a hub
// folder. A text that cannot be read is named, and the model opens without it.

import { asError } from '../lib/errors.js';

/** @import { ModelCard } from '../pkg/resnet_lens.js' */
/** @import { ModelNote, UnusedNote } from '../engine/worker-api.js' */

/** The calls of the wasm module that are used. @typedef {Pick<typeof import('../pkg/resnet_lens.js'), 'hubCard' | 'parseCard' | 'parseLabels' | 'torchvisionCard'>} Parsers */

const CONFIG = /(^|[/\\])config\.json$/i;
const PREPROCESSOR = /(^|[/\\])preprocessor_config\.json$/i;
/** Members that only such a text has. */
const MEMBERS = {
  preprocessor: ['image_mean', 'image_processor_type', 'feature_extractor_type'],
  config: ['model_type', 'architectures', 'architecture', 'pretrained_cfg'],
  card: ['id', 'preprocess', 'labels'],
};
/** An id of a repository, of which a card is made from configuration files. It is not shown. */
const FOLDER = 'hf:own/folder';

/** @typedef {keyof typeof MEMBERS | 'names'} Kind */

/**
 * The card of a file, and the texts that are not used.
 * @param {Parsers} engine
 * @param {string} name of the file
 * @param {ModelCard | null} given a card that the texts complete
 * @param {ModelNote[]} notes
 * @returns {{ card: ModelCard, unused: UnusedNote[] }}
 */
export function cardOfNotes(engine, name, given, notes) {
  /** @type {UnusedNote[]} */
  const unused = [];
  let card = given ?? engine.torchvisionCard(name);
  const attempt = (/** @type {string} */ file, /** @type {() => ModelCard} */ read) => {
    try {
      card = read();
    } catch (error) {
      unused.push({ file, reason: asError(error).message });
    }
  };
  const of = (/** @type {Kind} */ kind) => notes.filter((note) => kindOf(note) === kind);
  const [[config], [preprocessor]] = [of('config'), of('preprocessor')];
  const first = config ?? preprocessor;
  if (first) {
    const { id, file, source } = card;
    attempt(first.file, () => ({ ...engine.hubCard(FOLDER, config?.text ?? '{}', preprocessor?.text), id, name, file, source }));
  }
  // A card of one's own may state some members only.
  for (const { file, text } of of('card')) attempt(file, () => engine.parseCard(JSON.stringify({ ...card, ...JSON.parse(text) })));
  // Class names last: they replace those of a card.
  for (const { file, text } of of('names')) attempt(file, () => ({ ...card, labels: engine.parseLabels(text) }));
  return { card, unused };
}

/**
 * What a text is, by its name, or else by the members of its JSON object. Class names are lines, an array, or an object whose keys are
 * numbers.
 * @param {ModelNote} note
 * @returns {Kind}
 */
function kindOf({ file, text }) {
  if (PREPROCESSOR.test(file)) return 'preprocessor';
  if (CONFIG.test(file)) return 'config';
  const members = membersOf(text);
  const kinds = /** @type {Exclude<Kind, 'names'>[]} */ (Object.keys(MEMBERS));
  return kinds.find((kind) => MEMBERS[kind].some((name) => members.includes(name))) ?? 'names';
}

/**
 * The names of the members of a JSON object; none for any other text.
 * @param {string} text
 */
function membersOf(text) {
  try {
    const found = JSON.parse(text);
    return found !== null && typeof found === 'object' && !Array.isArray(found) ? Object.keys(found) : [];
  } catch {
    return [];
  }
}
