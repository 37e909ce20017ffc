// @ts-check
// The model that the user chose last, for the next visit. Only its id or URL is stored; the file is in the model cache.

import { StoredValues } from '../lib/stored-values.js';

const KEY = 'model';
const choices = new StoredValues('resnet-lens choices', 'choices');

/**
 * Stores the choice.
 * @param {string | null} address id or URL; null: the starter
 */
export const rememberModel = (address) => choices.write(KEY, address);

/** The id or URL of the model, or null. */
export const rememberedModel = () => choices.read(KEY);
