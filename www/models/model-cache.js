// @ts-check
// Weight files that the browser keeps between visits: in its private file system, or in Cache Storage if that is missing. A file is
// used only if its entry says that it is complete; it was verified then. idb-keyval does not help here: weights are read in ranges
// and written while they arrive, which IndexedDB cannot do.

import { asError } from '../lib/errors.js';
import { takeLock } from '../lib/locks.js';
import { BlobStore, DiskStore, MemoryStore } from './byte-store.js';

/** @import { CacheEntry, Facts, KeptFile, ModelCache, WritableStore } from './stores.js' */
/** @import { CachedModel } from '../engine/worker-api.js' */

const FOLDER = 'models';
/** How long `clear` waits for a file that another tab uses. */
const WAIT_MS = 3000;
/** How long a replaced file is waited for. */
const GRACE_MS = 200;
/** The browser closes the file of a worker that has ended a little later. */
const OPENING = { attempts: 10, pauseMs: 100 };

/**
 * The best cache that the browser has; null if it keeps nothing, as in private windows.
 * @returns {Promise<ModelCache | null>}
 */
export async function openModelCache() {
  return (await FileSystemModelCache.open()) ?? (await CacheStorageModelCache.open());
}

/** @implements {ModelCache} */
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

  /** @param {FileSystemDirectoryHandle} folder */
  constructor(folder) {
    this.#folder = folder;
  }

  /**
   * @param {string} key
   * @returns {Promise<KeptFile | null>}
   */
  async find(key) {
    const times = await Promise.all((await namesOf(key)).map(async (name) => ({ name, time: timeOf(await this.#entry(name)) })));
    for (const { name } of times.sort((one, other) => other.time - one.time)) {
      const release = await use(name);
      const entry = await this.#entry(name);
      const file = entry?.complete ? await this.file(entry).catch(() => null) : null;
      if (file && entry?.card && file.size === entry.length) {
        this.removeOthers(entry).catch(() => {}); // The next call tries again.
        const { card, validator, length, sha256 } = entry;
        const version = { validator, length, ...(sha256 ? { sha256 } : {}) };
        return { card, version, store: new BlobStore(file, release), describe: (next) => this.writeEntry({ ...entry, card: next }) };
      }
      release();
    }
    return null;
  }

  /**
   * @param {string} key
   * @returns {Promise<WritableStore>}
   */
  async begin(key) {
    const names = await namesOf(key);
    const complete = await Promise.all(names.map(async (name) => Boolean((await this.#entry(name))?.complete)));
    const name = names[Math.max(complete.indexOf(false), 0)];
    const release = await use(name);
    try {
      const handle = await this.#openWhenClosed(`${name}.weights`);
      const entry = { key, name, validator: null, length: null, ...await this.#entry(name), complete: false };
      return new DiskStore(this, handle, entry, release);
    } catch {
      // There is no space even for an empty file.
      release();
      return Object.assign(new MemoryStore(), { full: true });
    }
  }

  /** @param {CacheEntry} entry */
  async file({ name }) {
    return (await this.#folder.getFileHandle(`${name}.weights`)).getFile();
  }

  /** @param {CacheEntry} entry */
  async writeEntry(entry) {
    const handle = await this.#open(`${entry.name}.json`);
    try {
      handle.truncate(0);
      handle.write(new TextEncoder().encode(JSON.stringify(entry)), { at: 0 });
      handle.flush();
    } finally {
      handle.close();
    }
  }

  /**
   * Removes an older complete version of a file, unless it is in use.
   * @param {CacheEntry} entry
   */
  async removeOthers({ key, name }) {
    for (const other of await namesOf(key)) {
      if (other !== name && (await this.#entry(other))?.complete) await this.#removeUnused(other, AbortSignal.timeout(GRACE_MS));
    }
  }

  /** @param {{ name: string }} entry */
  async remove({ name }) {
    for (const ending of ['json', 'weights']) await this.#folder.removeEntry(`${name}.${ending}`).catch(() => {});
  }

  async list() {
    /** @type {CachedModel[]} */
    const found = [];
    for await (const [file, handle] of this.#folder.entries()) {
      if (!(handle instanceof FileSystemFileHandle) || !file.endsWith('.weights')) continue;
      const entry = await this.#entry(file.slice(0, -'.weights'.length));
      found.push({ key: entry?.key ?? null, complete: Boolean(entry?.complete), bytes: (await handle.getFile()).size });
    }
    return found;
  }

  async clear() {
    const names = new Set();
    for await (const file of this.#folder.keys()) names.add(file.replace(/\.\w+$/, ''));
    await Promise.all([...names].map((name) => this.#removeUnused(name, AbortSignal.timeout(WAIT_MS))));
  }

  /**
   * @param {string} name
   * @param {AbortSignal} signal ends the wait for a file in use
   */
  async #removeUnused(name, signal) {
    const unused = await takeLock(lockOf(name), { signal }).catch(() => null);
    if (!unused) return;
    await this.remove({ name });
    unused();
  }

  /** @param {string} name */
  async #open(name) {
    return (await this.#folder.getFileHandle(name, { create: true })).createSyncAccessHandle();
  }

  /** @param {string} name */
  async #openWhenClosed(name) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#open(name);
      } catch (error) {
        if (asError(error).name !== 'NoModificationAllowedError' || attempt === OPENING.attempts) throw error;
        await new Promise((resolve) => { setTimeout(resolve, OPENING.pauseMs); });
      }
    }
  }

  /**
   * @param {string} name
   * @returns {Promise<CacheEntry | null>}
   */
  async #entry(name) {
    try {
      const file = await (await this.#folder.getFileHandle(`${name}.json`)).getFile();
      return JSON.parse(await file.text());
    } catch {
      return null;
    }
  }
}

/** @implements {ModelCache} */
class CacheStorageModelCache {
  #cache;

  static async open() {
    try {
      return new CacheStorageModelCache(await caches.open(FOLDER));
    } catch {
      return null;
    }
  }

  /** @param {Cache} cache */
  constructor(cache) {
    this.#cache = cache;
  }

  /**
   * @param {string} key
   * @returns {Promise<KeptFile | null>}
   */
  async find(key) {
    const [file, entry] = await Promise.all([this.#cache.match(addressOf(key)), this.#cache.match(addressOf(key, 'entry'))]);
    if (!file || !entry) return null;
    /** @type {Facts & { validator?: string | null }} */
    const facts = await entry.json();
    const { card, sha256, validator = null } = facts;
    const store = new BlobStore(await file.blob());
    const version = { validator, length: store.length, ...(sha256 ? { sha256 } : {}) };
    return { card, version, store, describe: (next) => this.#cache.put(addressOf(key, 'entry'), Response.json({ ...facts, card: next })) };
  }

  /**
   * The file stays in memory until it is complete.
   * @param {string} key
   */
  async begin(key) {
    return new CacheStorageStore(this.#cache, key);
  }

  async list() {
    /** @type {CachedModel[]} */
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

class CacheStorageStore extends MemoryStore {
  #cache;
  #key;

  /**
   * @param {Cache} cache
   * @param {string} key
   */
  constructor(cache, key) {
    super();
    this.#cache = cache;
    this.#key = key;
  }

  /**
   * @override
   * @param {Facts} facts
   */
  async keep(facts) {
    try {
      await this.#cache.put(addressOf(this.#key), new Response(this.toBlob()));
      await this.#cache.put(addressOf(this.#key, 'entry'), Response.json({ ...facts, validator: this.validator, key: this.#key, complete: true }));
    } catch {
      this.full = true;
      await this.#cache.delete(addressOf(this.#key));
    }
  }
}

/**
 * Keys of Cache Storage are URLs; these are never requested.
 * @param {string} key
 * @param {'file' | 'entry'} [what]
 */
function addressOf(key, what = 'file') {
  return new URL(`?${new URLSearchParams({ [what]: key })}`, self.location.href).href;
}

/**
 * The names of a file and of the version that replaces it, which every file system accepts: a SHA-256 with the key.
 * @param {string} key
 */
function namesOf(key) {
  return Promise.all([key, `${key} replaced`].map(async (text) => {
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  }));
}

/**
 * When a file was completed; never sorts last.
 * @param {CacheEntry | null} entry
 */
const timeOf = (entry) => (entry?.complete ? entry.time ?? 0 : -1);

/**
 * Marks a file as in use. Resolves to the function that ends that.
 * @param {string} name
 */
const use = (name) => takeLock(lockOf(name), { mode: 'shared' });

/** @param {string} name */
const lockOf = (name) => `resnet-lens ${FOLDER}/${name}`;
