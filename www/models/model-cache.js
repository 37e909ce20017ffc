// Weight files that the browser keeps from visit to visit: in its private file system, or in its cache where that is
// missing. What lies there under a key is complete and was checked, or else marked as a beginning.

import { DiskStore, BlobStore, MemoryStore } from './byte-store.js';

const FOLDER = 'models';

/** Promises the best there is; null where the browser keeps nothing, as in private windows. */
export async function openModelCache() {
  return (await FileSystemModelCache.open()) ?? (await CacheStorageModelCache.open());
}

class FileSystemModelCache {
  #folder;

  static async open() {
    try {
      const root = await navigator.storage.getDirectory();
      const folder = await root.getDirectoryHandle(FOLDER, { create: true });
      return 'createSyncAccessHandle' in FileSystemFileHandle.prototype ? new FileSystemModelCache(folder) : null;
    } catch {
      return null;
    }
  }

  constructor(folder) {
    this.#folder = folder;
  }

  /** Promises `{ entry, store }` of a complete file, or null. */
  async find(key) {
    const entry = await this.#entry(await nameOf(key));
    if (!entry?.complete) return null;
    const file = await this.file(entry).catch(() => null);
    return file?.size === entry.length ? { entry, store: new BlobStore(file) } : null;
  }

  /** Promises a store for a file that begins to arrive, maybe with what an earlier attempt has brought. */
  async begin(key) {
    const name = await nameOf(key);
    try {
      const handle = await this.#open(`${name}.weights`);
      const entry = { key, name, validator: null, length: null, ...await this.#entry(name), complete: false };
      return new DiskStore(this, handle, entry);
    } catch {
      // Another window has it open, or there is no room for a name.
      return new MemoryStore();
    }
  }

  async file({ name }) {
    return (await this.#folder.getFileHandle(`${name}.weights`)).getFile();
  }

  async note(entry) {
    const handle = await this.#open(`${entry.name}.json`);
    try {
      handle.truncate(0);
      handle.write(new TextEncoder().encode(JSON.stringify(entry)), { at: 0 });
      handle.flush();
    } finally {
      handle.close();
    }
  }

  async remove({ name }) {
    for (const ending of ['json', 'weights']) await this.#folder.removeEntry(`${name}.${ending}`).catch(() => {});
  }

  /** Promises `[{ key, bytes, complete }]`. */
  async list() {
    const found = [];
    for await (const [file, handle] of this.#folder.entries()) {
      if (!file.endsWith('.weights')) continue;
      const entry = await this.#entry(file.slice(0, -'.weights'.length));
      found.push({ key: entry?.key ?? null, complete: Boolean(entry?.complete), bytes: (await handle.getFile()).size });
    }
    return found;
  }

  /** Removes all but what is arriving just now. */
  async clear() {
    const names = [];
    for await (const name of this.#folder.keys()) names.push(name);
    for (const name of names) await this.#folder.removeEntry(name).catch(() => {});
  }

  async #open(name) {
    return (await this.#folder.getFileHandle(name, { create: true })).createSyncAccessHandle();
  }

  async #entry(name) {
    try {
      const file = await (await this.#folder.getFileHandle(`${name}.json`)).getFile();
      return JSON.parse(await file.text());
    } catch {
      return null;
    }
  }
}

class CacheStorageModelCache {
  #cache;

  static async open() {
    try {
      return new CacheStorageModelCache(await caches.open(FOLDER));
    } catch {
      return null;
    }
  }

  constructor(cache) {
    this.#cache = cache;
  }

  async find(key) {
    const [file, entry] = await Promise.all([this.#cache.match(addressOf(key)), this.#cache.match(addressOf(key, 'entry'))]);
    return file && entry ? { entry: await entry.json(), store: new BlobStore(await file.blob()) } : null;
  }

  /** The file lies in memory until it is complete. */
  async begin(key) {
    const store = new MemoryStore();
    store.keep = async (facts) => {
      try {
        await this.#cache.put(addressOf(key), new Response(store.file()));
        await this.#cache.put(addressOf(key, 'entry'), Response.json({ ...facts, key, complete: true }));
      } catch {
        store.full = true;
        await this.#cache.delete(addressOf(key));
      }
    };
    return store;
  }

  async list() {
    const found = [];
    for (const { url } of await this.#cache.keys()) {
      const key = new URL(url).searchParams.get('file');
      const file = key && await this.#cache.match(addressOf(key));
      if (file) found.push({ key, complete: true, bytes: (await file.blob()).size });
    }
    return found;
  }

  async clear() {
    await caches.delete(FOLDER);
    this.#cache = await caches.open(FOLDER);
  }
}

/** The cache's keys are addresses; these are never asked for. */
function addressOf(key, what = 'file') {
  return new URL(`?${new URLSearchParams({ [what]: key })}`, self.location.href).href;
}

/** A name that every file system takes. */
async function nameOf(key) {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(key));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
