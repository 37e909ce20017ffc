// @ts-check
// The card of a weight file of one's own, from the texts that came with it: a model card, class names, or the configuration of a hub
// folder. A text that cannot be read is named, and the model opens without it.

import { asError } from '../lib/errors.js';

/** @import { ModelCard } from '../pkg/resnet_lens.js' */
/** @import { ModelNote, UnusedNote } from '../engine/worker-api.js' */

/** The calls of the wasm module that are used. @typedef {Pick<typeof import('../pkg/resnet_lens.js'), 'hubCard' | 'parseCard' | 'parseLabels' | 'torchvisionCard'>} Parsers */

const CONFIG = /(^|[/\\])config\.json$/i;
const PREPROCESSOR = /(^|[/\\])preprocessor_config\.json$/i;
/** An id of a repository, of which a card is made from configuration files. It is not shown. */
const FOLDER = 'hf:own/folder';

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
  const config = notes.find((note) => CONFIG.test(note.file));
  const preprocessor = notes.find((note) => PREPROCESSOR.test(note.file));
  const first = config ?? preprocessor;
  if (first) {
    attempt(first.file, () => {
      const { preprocess, labels, licence, stride } = engine.hubCard(FOLDER, config?.text ?? '{}', preprocessor?.text);
      return { ...card, preprocess, labels, licence, stride };
    });
  }
  const others = notes.filter((note) => note !== config && note !== preprocessor);
  // Class names last: they replace those of a card.
  for (const { file, text } of others.filter((note) => isCard(note))) attempt(file, () => engine.parseCard(text));
  for (const { file, text } of others.filter((note) => !isCard(note))) attempt(file, () => ({ ...card, labels: engine.parseLabels(text) }));
  return { card, unused };
}

/**
 * Whether a text is a model card: a JSON object with an id and a name. Class names are an array, or an object whose keys are numbers.
 * @param {ModelNote} note
 */
function isCard({ text }) {
  try {
    const found = JSON.parse(text);
    return found !== null && typeof found === 'object' && !Array.isArray(found) && ('id' in found || 'preprocess' in found);
  } catch {
    return false;
  }
}
