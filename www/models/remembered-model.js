// @ts-check
// The model that the user chose last, for the next visit. Only its id or URL is stored; the file is in the model cache.

const STORAGE_KEY = 'resnet-lens model';

/**
 * Stores the choice.
 * @param {string | null} address id or URL; null: the starter
 */
export function rememberModel(address) {
  try {
    if (address === null) localStorage.removeItem(STORAGE_KEY);
    else localStorage.setItem(STORAGE_KEY, address);
  } catch {
    // The browser stores nothing for this page: the next visit begins with the starter.
  }
}

/** The id or URL of the model, or null. */
export function rememberedModel() {
  try {
    return localStorage.getItem(STORAGE_KEY);
  } catch {
    return null;
  }
}
