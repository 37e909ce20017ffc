// @ts-check
// Saves the values of a node as a NumPy file.

import { npy } from '../lib/npy.js';
import { saveFile } from '../lib/save-file.js';

/** @import { Session } from '../engine/session.js' */

/**
 * @param {Session} session
 * @param {string} node
 */
export async function saveValues(session, node) {
  saveFile(npy(await session.engine.featureMap(node)), `${node}.npy`);
}
