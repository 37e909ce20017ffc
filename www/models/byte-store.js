// Where a weight file's bytes lie while it arrives and after: a plain piece of memory, or a file that the browser keeps. Each is
// `{ validator, length, received, write, read, forget }`, and ends by `keep`, `leave` or `discard`.

/** A file that is all there: one of the user's own, or one kept by an earlier visit. */
export class BlobStore {
  #file;

  constructor(file) {
    this.#file = file;
    this.length = file.size;
  }

  async read(start, end) {
    return new Uint8Array(await this.#file.slice(start, end).arrayBuffer());
  }

  /** Goes on without what lies on the cache. */
  async detach() {
    this.#file = new Blob([await this.#file.arrayBuffer()]);
  }
}

/** Memory of the page's worker, outside of the engine's. */
export class MemoryStore {
  validator = null;
  length = null;
  received = 0;
  #bytes = new Uint8Array(0);

  /** Tells what is to come. */
  begin({ validator, length }) {
    Object.assign(this, { validator, length });
    if (length > this.#bytes.length) this.#grow(length);
  }

  write(chunk, at) {
    const end = at + chunk.length;
    if (end > this.#bytes.length) this.#grow(Math.max(end, 2 * this.#bytes.length));
    this.#bytes.set(chunk, at);
    this.received = end;
  }

  read(start, end) {
    return this.#bytes.subarray(start, end);
  }

  forget() {
    this.received = 0;
  }

  /** The bytes as a file. */
  file() {
    return new Blob([this.#bytes.subarray(0, this.received)]);
  }

  async keep() {}
  async leave() {}
  async discard() {}
  async detach() {}

  #grow(length) {
    const grown = new Uint8Array(length);
    grown.set(this.#bytes.subarray(0, this.received));
    this.#bytes = grown;
  }
}

/** A file in the browser's private file system; in memory from the moment on at which that is full. */
export class DiskStore {
  /** Whether the browser had no room. */
  full = false;
  #cache;
  #handle;
  #entry;
  /** Where the bytes went from here. */
  #other = null;

  /** `handle` is a sync access handle; `entry` what is known of the file, `cache` stores that and removes both. */
  constructor(cache, handle, entry) {
    this.#cache = cache;
    this.#handle = handle;
    this.#entry = entry;
  }

  get validator() { return this.#entry.validator; }
  get length() { return this.#entry.length; }
  get received() { return this.#handle.getSize(); }

  async begin({ validator, length }) {
    Object.assign(this.#entry, { validator, length });
    await this.#orInMemory(() => this.#cache.note(this.#entry));
  }

  write(chunk, at) {
    if (this.#other) return this.#other.write(chunk, at);
    return this.#orInMemory(() => {
      // Chromium answers a negative error as a large number.
      if (this.#handle.write(chunk, { at }) !== chunk.length) throw new DOMException('', 'QuotaExceededError');
    }, () => this.#other.write(chunk, at));
  }

  read(start, end) {
    return this.#other ? this.#other.read(start, end) : this.#readHandle(start, end);
  }

  forget() {
    this.#handle.truncate(0);
  }

  /** The file is complete and good: the next visit finds it. */
  async keep(facts) {
    if (this.full) return;
    this.#close();
    this.#other = new BlobStore(await this.#cache.file(this.#entry));
    Object.assign(this.#entry, facts, { length: this.#other.length, complete: true });
    await this.#cache.note(this.#entry).catch(() => { this.full = true; });
  }

  /** The file is not complete, but the next attempt may go on from here. */
  async leave() {
    if (!this.full) this.#close();
  }

  async discard() {
    if (this.full) return;
    this.#handle.close();
    await this.#cache.remove(this.#entry);
  }

  async detach() {
    await this.#other?.detach();
  }

  #readHandle(start, end) {
    const bytes = new Uint8Array(end - start);
    this.#handle.read(bytes, { at: start });
    return bytes;
  }

  #close() {
    this.#handle.flush();
    this.#handle.close();
  }

  /** Does something that takes room; where there is none all goes to memory, and `then` is done there. */
  async #orInMemory(work, then = () => {}) {
    try {
      await work();
    } catch (error) {
      if (error.name !== 'QuotaExceededError') throw error;
      const memory = new MemoryStore();
      memory.begin(this.#entry);
      if (this.received > 0) memory.write(this.#readHandle(0, this.received), 0);
      this.#other = memory; // Before the file is gone: somebody may be about to read.
      await this.discard();
      this.full = true;
      await then();
    }
  }
}
