// Gets weight files and has the engine prepare models of them, in the worker: one at a time, while the model before goes
// on answering. What is downloaded goes to the GPU while it arrives; what is complete and good is kept for the next visit.

import { StreamingFile } from './streaming-file.js';
import { hubFiles } from './hub-files.js';
import { namedError } from '../lib/errors.js';
import { openModelCache } from './model-cache.js';
import { BlobStore, MemoryStore } from './byte-store.js';

/** How often the page hears of bytes, in milliseconds. */
const NEWS = 100;

export class ModelLoader {
  #engine;
  #session;
  #cache = null;
  /** Ends what is under way. */
  #control = new AbortController();
  /** What is prepared and not in use yet, by its number; and the store of the weights of what is in use. */
  #prepared = null;
  #store = null;
  #number = 0;

  /** `engine` is the module of the engine, `session` its session. */
  constructor(engine, session) {
    this.#engine = engine;
    this.#session = session;
  }

  /**
   * Prepares a model: of `{ blob }`, of what lies at `{ url }`, or of a repository of a hub, `{ id, hub }`. `card` may say more
   * of it, `name` is for people, and what has a `key` is kept under it. `note` hears how far it is. Promises
   * `{ number, name, card, origin, full }`; origin is "file", "cache" or "network".
   */
  async prepare(wanted, note) {
    this.cancel();
    const control = new AbortController();
    this.#control = control;
    const got = wanted.blob ? await this.#fromFile(wanted, note) : await this.#fromAfar(wanted, note, control);
    if (control.signal.aborted) {
      got.model.free();
      throw control.signal.reason;
    }
    const number = ++this.#number;
    this.#prepared = { ...got, number };
    const { card, origin, store } = got;
    return { number, name: card.name, card, origin, full: Boolean(store.full) };
  }

  /** Has the session use what was prepared; promises what it says of it. */
  async use(number) {
    if (this.#prepared?.number !== number) throw namedError('AbortError', 'Another model took its store.');
    const { model, store } = this.#prepared;
    this.#prepared = null;
    const info = await this.#session.useModel(model);
    this.#store = store;
    return info;
  }

  /** Ends what is under way. */
  cancel() {
    this.#control.abort();
    this.#prepared?.model.free();
    this.#prepared = null;
  }

  /** Promises what is kept: `[{ key, bytes, complete }]`. */
  async kept() {
    return (await this.#open())?.list() ?? [];
  }

  /** Removes what is kept. The model in use goes on: its weights are looked into from memory. */
  async forget() {
    await this.#store?.detach();
    await (await this.#open())?.clear();
  }

  async #open() {
    this.#cache ??= await openModelCache();
    return this.#cache;
  }

  async #fromFile({ blob, name, card }, note) {
    const store = new BlobStore(blob);
    const given = card ?? this.#engine.plainCard(name);
    return { model: await this.#prepare(store, given, note), card: given, store, origin: 'file' };
  }

  async #fromAfar(wanted, note, control) {
    const cache = wanted.key ? await this.#open() : null;
    const kept = await cache?.find(wanted.key);
    if (!kept) return this.#download(wanted, note, control, cache);
    note({ reading: kept.entry.card.name });
    const card = wanted.card ?? kept.entry.card;
    return { model: await this.#prepare(kept.store, card, note), card, store: kept.store, origin: 'cache' };
  }

  async #download(wanted, note, control, cache) {
    const { signal } = control;
    const found = await this.#describe(wanted, signal);
    const store = (await cache?.begin(wanted.key)) ?? new MemoryStore();
    const digest = new this.#engine.Sha256();
    const file = new StreamingFile(found.url, { store, digest, signal, onProgress: seldom(note, found.card.name) });
    try {
      await file.open();
      checkLength(file, found);
      await store.begin(file);
      const model = await this.#whileItArrives(file, found.card, note, control);
      try {
        checkDigest(digest.digits(), found);
        await store.keep({ card: found.kept });
      } catch (error) {
        model.free();
        throw error;
      }
      return { model, card: found.card, store, origin: 'network' };
    } catch (error) {
      const mayGoOn = ['AbortError', 'BrokenDownload'].includes(error.name) && file.validator;
      await (mayGoOn ? store.leave() : store.discard());
      throw error;
    } finally {
      digest.free();
    }
  }

  /**
   * `{ url, card, kept, size, sha256 }` of what is wanted; the last two where they are known. What is kept with a file at a plain
   * address is not the card that somebody gave for once.
   */
  async #describe({ url, id, hub, card, name }, signal) {
    const found = hub ? await hubFiles(this.#engine, { id, hub, card }, signal) : { url: new URL(url) };
    const plain = hub ? null : this.#engine.plainCard(name);
    const known = card ?? found.card ?? plain;
    return { url: found.url, card: known, kept: plain ?? known, size: known.size ?? found.size ?? null, sha256: known.sha256 ?? found.sha256 ?? null };
  }

  /** The file's end and the model's: whichever fails first ends the other. */
  async #whileItArrives(file, card, note, control) {
    let failure = null;
    const fail = (error) => {
      failure ??= error;
      file.fail(error);
      control.abort(error);
    };
    const arriving = file.arrive().catch(fail);
    if (file.length === null) await arriving;
    const model = failure ? null : await this.#prepare(file, card, note).catch(fail);
    await arriving;
    if (!failure) return model;
    model?.free();
    throw failure;
  }

  #prepare(file, card, note) {
    return this.#session.prepareModel(file, card, note);
  }
}

function checkLength({ length }, { size, url }) {
  if (size === null || length === null || size === length) return;
  throw namedError('DownloadError', `The model at ${url.href} has another length than it should: expected ${size} bytes, found ${length}.`);
}

function checkDigest(found, { sha256, url }) {
  if (sha256 === null || sha256 === found) return;
  throw namedError('DownloadError', `The model at ${url.href} is not what it should be: expected the SHA-256 ${sha256}, found ${found}.`);
}

/** Tells of bytes, but not of every packet; of the last one always. */
function seldom(note, name) {
  let last = -Infinity;
  return (received, total) => {
    const now = performance.now();
    if (now - last < NEWS && received !== total) return;
    last = now;
    note({ downloading: name, received, total });
  };
}
