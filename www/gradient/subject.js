// @ts-check
// What the panel measures: one class of one result of the network in use.

import { residualBlocks } from '../surgery/blocks.js';
import { formatEdit } from '../surgery/edits.js';

/** @import { Answer, Selection } from '../lens/selection.js' */
/** @import { Network } from '../network/network.js' */
/** @import { Edit } from '../surgery/edits.js' */

/** Something to choose from. @typedef {{ value: string, text: string }} Choice */

/**
 * @typedef {object} Subject
 * @property {string} key of the result and the class; edits have a result of their own
 * @property {number} index of the class
 * @property {Edit[]} edits
 * @property {Network} network as loaded
 * @property {string} logits name of the node whose channels are the logits
 * @property {number} side of the network's input in pixels
 */

/** Makes the subject of a selection and numbers the results. */
export class Subjects {
  /** The latest result and its number. @type {{ answer: Answer | null, number: number }} */
  #latest = { answer: null, number: 0 };

  /**
   * Null without a result.
   * @param {Selection} selection
   * @returns {Subject | null}
   */
  of({ answer, current: { cam }, edits, network, side }) {
    if (!answer) return null;
    if (answer !== this.#latest.answer) this.#latest = { answer, number: this.#latest.number + 1 };
    return { key: `${this.#latest.number} ${cam}`, index: cam, edits, network, logits: network.nodes[network.nodes.length - 1].name, side };
  }
}

/**
 * Edits as the engine takes them.
 * @param {Edit[]} edits
 */
export const textsOf = (edits) => edits.map(formatEdit);

/**
 * The outputs of the residual blocks, which Grad-CAM can be shown for.
 * @param {Network} network
 * @returns {Choice[]}
 */
export const blockOutputs = (network) => residualBlocks(network).flatMap(({ add }) => (add ? [{ value: add.shown, text: add.name }] : []));
