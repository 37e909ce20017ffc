// @ts-check
// Texts that the browser keeps between visits, in an IndexedDB with one store. localStorage would be read on the page's thread, which
// waits for the disk at the first use. The few lines are fewer than idb-keyval has; the page has no bundler to vendor a package with.

export class StoredValues {
  #database;
  #store;

  /**
   * @param {string} database a name of its own
   * @param {string} store name of the only store in it
   */
  constructor(database, store) {
    this.#database = database;
    this.#store = store;
  }

  /**
   * A stored text, or null; also null if the browser stores nothing, as in some private windows.
   * @param {string} key
   * @returns {Promise<string | null>}
   */
  async read(key) {
    const found = await this.#use('readonly', (store) => store.get(key)).catch(() => null);
    return typeof found === 'string' ? found : null;
  }

  /**
   * Stores a text, or removes it. Resolves also if the browser stores nothing.
   * @param {string} key
   * @param {string | null} value
   * @returns {Promise<void>}
   */
  async write(key, value) {
    await this.#use('readwrite', (store) => (value === null ? store.delete(key) : store.put(value, key))).catch(() => null);
  }

  /**
   * @param {IDBTransactionMode} mode
   * @param {(store: IDBObjectStore) => IDBRequest<any>} use
   */
  async #use(mode, use) {
    const opening = indexedDB.open(this.#database, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(this.#store);
    const database = await resultOf(opening);
    try {
      return await resultOf(use(database.transaction(this.#store, mode).objectStore(this.#store)));
    } finally {
      database.close();
    }
  }
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function resultOf(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
