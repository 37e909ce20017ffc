// @ts-check
// Where the bytes of a weight file are stored during and after its download: a Blob, memory, or the browser's private file system.

/** @import { Bytes, CacheEntry, Facts, FileVersion, Store, WritableStore } from './stores.js' */

/**
 * A complete file: the user's own, or one from the cache.
 * @implements {Store}
 */
export class BlobStore {
  full = false;
  #blob;
  #onRelease;

  /**
   * @param {Blob} blob
   * @param {() => void} [onRelease] called once the file is not read any more
   */
  constructor(blob, onRelease = () => {}) {
    this.#blob = blob;
    this.#onRelease = onRelease;
    this.length = blob.size;
  }

  /**
   * @param {number} start
   * @param {number} end
   */
  async read(start, end) {
    return new Uint8Array(await this.#blob.slice(start, end).arrayBuffer());
  }

  async detach() {
    this.#blob = new Blob([await this.#blob.arrayBuffer()]);
    this.#onRelease();
  }

  release() {
    this.#onRelease();
  }
}

/**
 * Memory of the worker, outside of the wasm module's.
 * @implements {WritableStore}
 */
export class MemoryStore {
  /** @type {string | null} */
  validator = null;
  /** @type {number | null} */
  length = null;
  received = 0;
  full = false;
  /** @type {Bytes} */
  #bytes = new Uint8Array(0);

  /** @param {FileVersion} version */
  begin({ validator, length }) {
    Object.assign(this, { validator, length });
    if (length !== null && length > this.#bytes.length) this.#grow(length);
  }

  /**
   * @param {Bytes} chunk
   * @param {number} at
   */
  write(chunk, at) {
    const end = at + chunk.length;
    if (end > this.#bytes.length) this.#grow(Math.max(end, 2 * this.#bytes.length));
    this.#bytes.set(chunk, at);
    this.received = end;
  }

  /**
   * @param {number} start
   * @param {number} end
   */
  read(start, end) {
    return this.#bytes.subarray(start, end);
  }

  reset() {
    this.received = 0;
  }

  /** The bytes as a file. */
  toBlob() {
    return new Blob([this.#bytes.subarray(0, this.received)]);
  }

  /** @param {Facts} _facts */
  async keep(_facts) {}
  async leave() {}
  async discard() {}
  async detach() {}
  release() {}

  /** @param {number} length */
  #grow(length) {
    const grown = new Uint8Array(length);
    grown.set(this.#bytes.subarray(0, this.received));
    this.#bytes = grown;
  }
}

/**
 * A file in the browser's private file system. If that is full, the bytes move to memory.
 * @implements {WritableStore}
 */
export class DiskStore {
  full = false;
  #folder;
  #handle;
  #entry;
  #onRelease;
  #closed = false;
  /**
   * Replaces the file: memory if the disk is full, a Blob once the file is complete.
   * @type {MemoryStore | null}
   */
  #memory = null;
  /** @type {BlobStore | null} */
  #blob = null;

  /**
   * @param {{ file(entry: CacheEntry): Promise<File>, writeEntry(entry: CacheEntry): Promise<void>, remove(entry: CacheEntry): Promise<void>, removeOthers(entry: CacheEntry): Promise<void> }} folder
   *   holds the file and its entry
   * @param {FileSystemSyncAccessHandle} handle
   * @param {CacheEntry} entry
   * @param {() => void} onRelease called once the file is not in use any more
   */
  constructor(folder, handle, entry, onRelease) {
    this.#folder = folder;
    this.#handle = handle;
    this.#entry = entry;
    this.#onRelease = onRelease;
  }

  get validator() { return this.#entry.validator; }
  get length() { return this.#entry.length; }
  get received() { return this.#memory?.received ?? this.#blob?.length ?? this.#handle.getSize(); }

  /** @param {FileVersion} version */
  async begin({ validator, length }) {
    Object.assign(this.#entry, { validator, length });
    await this.#orInMemory(() => this.#folder.writeEntry(this.#entry));
  }

  /**
   * @param {Bytes} chunk
   * @param {number} at
   */
  async write(chunk, at) {
    if (!this.#memory) {
      await this.#orInMemory(() => {
        // Chromium returns a negative error as a large number.
        if (this.#handle.write(chunk, { at }) !== chunk.length) throw new DOMException('', 'QuotaExceededError');
      });
    }
    this.#memory?.write(chunk, at);
  }

  /**
   * @param {number} start
   * @param {number} end
   */
  read(start, end) {
    return (this.#memory ?? this.#blob)?.read(start, end) ?? this.#readHandle(start, end);
  }

  reset() {
    this.#handle.truncate(0);
  }

  /** @param {Facts} facts */
  async keep(facts) {
    if (this.full) return;
    this.#close();
    this.#blob = new BlobStore(await this.#folder.file(this.#entry), this.#onRelease);
    Object.assign(this.#entry, facts, { length: this.#blob.length, complete: true, time: Date.now() });
    await this.#folder.writeEntry(this.#entry).then(() => this.#folder.removeOthers(this.#entry), () => { this.full = true; });
  }

  async leave() {
    this.#close();
    this.#onRelease();
  }

  async discard() {
    if (this.full) return;
    this.#close();
    await this.#folder.remove(this.#entry);
    this.#onRelease();
  }

  async detach() {
    await this.#blob?.detach();
  }

  release() {
    this.#onRelease();
  }

  /**
   * @param {number} start
   * @param {number} end
   */
  #readHandle(start, end) {
    const bytes = new Uint8Array(end - start);
    this.#handle.read(bytes, { at: start });
    return bytes;
  }

  #close() {
    if (this.#closed) return;
    this.#closed = true;
    this.#handle.flush();
    this.#handle.close();
  }

  /**
   * Runs `work`, which needs space on the disk. If there is none, all bytes move to memory.
   * @param {() => void | Promise<void>} work
   */
  async #orInMemory(work) {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== 'QuotaExceededError') throw error;
      const memory = new MemoryStore();
      memory.begin(this.#entry);
      if (this.received > 0) memory.write(this.#readHandle(0, this.received), 0);
      this.#memory = memory; // Set before the file is removed, since a read may be about to start.
      await this.discard();
      this.full = true;
    }
  }
}
