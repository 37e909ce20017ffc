// @ts-check
// Loads weight files and has the engine prepare models of them, in the worker, one at a time, while the current model stays in use.
// Tensors are uploaded to the GPU during the download; complete and verified files are cached for the next visit.

import { asError, namedError, textError } from '../lib/errors.js';
import { takeLock } from '../lib/locks.js';
import { BlobStore, MemoryStore } from './byte-store.js';
import { accessOf, hubFiles } from './hub-files.js';
import { openModelCache } from './model-cache.js';
import { cardOfNotes } from './model-notes.js';
import { askAgain } from './model-version.js';
import { StreamingFile } from './streaming-file.js';

/** @import { LensSession, ModelCard, ModelInfo, PreparedModel } from '../pkg/resnet_lens.js' */
/** @import { ModelProgress, PreparedModelInfo, UnusedNote, WantedModel } from '../engine/worker-api.js' */
/** @import { KeptVersion, ModelCache, Store } from './stores.js' */

/** @typedef {typeof import('../pkg/resnet_lens.js')} Engine */
/** @typedef {(progress: ModelProgress) => void} Note */
/** @typedef {{ model: PreparedModel, card: ModelCard, store: Store, origin: PreparedModelInfo['origin'], unused?: UnusedNote[] }} Loaded */
/**
 * A model that is to be downloaded. `cachedCard` is recorded in the cache.
 * @typedef {{ url: URL, card: ModelCard, cachedCard: ModelCard, size: number | null, sha256: string | null }} Description
 */

/** Names of errors that say that the bytes of a download are wrong; others leave them for the next attempt. */
const WRONG = new Set(['ModelError', 'DownloadError']);
/** Milliseconds between two reports of a download's progress. */
const PROGRESS_INTERVAL = 100;

export class ModelLoader {
  #engine;
  #session;
  /** @type {ModelCache | null} */
  #cache = null;
  /** Aborts what is being prepared. */
  #control = new AbortController();
  /** @type {(Loaded & { number: number }) | null} */
  #prepared = null;
  /**
   * The weights of the model in use.
   * @type {Store | null}
   */
  #store = null;
  /**
   * The weights of the model beside it.
   * @type {Store | null}
   */
  #referenceStore = null;
  #number = 0;
  /** Asks the page's other tabs to move what they use of the cache to memory. */
  #tabs = new BroadcastChannel('resnet-lens models');

  /**
   * @param {Engine} engine the wasm module
   * @param {LensSession} session
   */
  constructor(engine, session) {
    this.#engine = engine;
    this.#session = session;
    this.#tabs.addEventListener('message', () => this.#detach().catch(() => {})); // The other tab keeps the file then.
  }

  /**
   * Prepares a model; an earlier unfinished call is aborted.
   * @param {WantedModel} wanted
   * @param {Note} note
   * @returns {Promise<PreparedModelInfo>}
   */
  async prepare(wanted, note) {
    this.cancel();
    const control = new AbortController();
    this.#control = control;
    const loaded = wanted.blob ? await this.#fromBlob(wanted.blob, wanted, note) : await this.#fromCacheOrNetwork(this.#described(wanted), note, control);
    if (control.signal.aborted) {
      drop(loaded);
      throw control.signal.reason;
    }
    const number = ++this.#number;
    this.#prepared = { ...loaded, number };
    const { card, origin, store, unused = [] } = loaded;
    return { number, name: card.name, card, origin, full: store.full, unused };
  }

  /**
   * Puts the prepared model to use.
   * @param {number} number
   * @returns {Promise<ModelInfo>}
   */
  async use(number) {
    const { model, store } = this.#take(number);
    const info = await usedOrReleased(store, this.#session.switchModel(model));
    this.#store?.release();
    this.#store = store;
    return info;
  }

  /**
   * Puts the prepared model beside the one in use.
   * @param {number} number
   */
  async useReference(number) {
    const { model, store } = this.#take(number);
    await usedOrReleased(store, this.#session.useReference(model));
    this.#referenceStore?.release();
    this.#referenceStore = store;
  }

  /** @param {number} number */
  #take(number) {
    const prepared = this.#prepared;
    if (prepared?.number !== number) throw namedError('AbortError', 'Another model was requested since.');
    this.#prepared = null;
    return prepared;
  }

  /** Aborts what is being prepared and drops what is prepared. */
  cancel() {
    this.#control.abort();
    if (this.#prepared) drop(this.#prepared);
    this.#prepared = null;
  }

  /** The files in the cache. */
  async cached() {
    return (await this.#openCache())?.list() ?? [];
  }

  /** Empties the cache. The models in use, here and in other tabs, stay: their weights move to memory. */
  async clearCache() {
    await this.#detach();
    this.#tabs.postMessage(null);
    await (await this.#openCache())?.clear();
  }

  async #detach() {
    await Promise.all([this.#store, this.#referenceStore, this.#prepared?.store].map((store) => store?.detach()));
  }

  async #openCache() {
    this.#cache ??= await openModelCache();
    return this.#cache;
  }

  /**
   * @param {Blob} blob
   * @param {WantedModel} wanted
   * @param {Note} note
   * @returns {Promise<Loaded>}
   */
  async #fromBlob(blob, { name, card = null, notes = [] }, note) {
    const store = new BlobStore(blob);
    const found = cardOfNotes(this.#engine, name, card, notes);
    const load = async (/** @type {ModelCard} */ known, /** @type {UnusedNote[]} */ unused) => (
      { model: await this.#session.prepareModel(store, known, note), card: known, store, origin: /** @type {const} */ ('file'), unused }
    );
    if (notes.length === found.unused.length) return load(found.card, found.unused);
    try {
      return await load(found.card, found.unused);
    } catch (error) {
      // A text may not fit the network, such as class names of another number. If the file opens without the texts, it was one of them.
      const reason = asError(error).message;
      const rest = notes.filter(({ file }) => found.unused.every((one) => one.file !== file)).map(({ file }) => ({ file, reason }));
      return load(card ?? this.#engine.torchvisionCard(name), [...found.unused, ...rest]).catch(() => { throw error; });
    }
  }

  /**
   * A file at a URL with the card that its texts make. The first one that cannot be used is an error.
   * @param {WantedModel} wanted
   * @returns {WantedModel}
   */
  #described(wanted) {
    const { name, card = null, notes = [] } = wanted;
    if (notes.length === 0) return wanted;
    const { card: described, unused: [first] } = cardOfNotes(this.#engine, name, card, notes);
    if (first) throw textError('ModelError', 'error.unusedNote', { ...first });
    return { ...wanted, card: described };
  }

  /**
   * @param {WantedModel} wanted
   * @param {Note} note
   * @param {AbortController} control
   * @returns {Promise<Loaded>}
   */
  async #fromCacheOrNetwork(wanted, note, control) {
    const { key, name } = wanted;
    const cache = key ? await this.#openCache() : null;
    if (!key || !cache) return this.#fromNetwork(wanted, note, control, null);
    const found = await this.#fromCache(key, wanted, note, cache, control.signal, null);
    if (found && 'model' in found) return found;
    const onWait = () => note({ waiting: name });
    const release = await takeLock(`resnet-lens download ${key}`, { signal: control.signal, onWait });
    try {
      // Another tab may have downloaded it.
      const other = await this.#fromCache(key, wanted, note, cache, control.signal, found?.outdated ?? null);
      return other && 'model' in other ? other : await this.#fromNetwork(wanted, note, control, cache);
    } finally {
      release();
    }
  }

  /**
   * The kept model, which is prepared while its server is asked whether it has changed. If it has, its version; null if none is kept.
   * @param {string} key
   * @param {WantedModel} wanted
   * @param {Note} note
   * @param {ModelCache} cache
   * @param {AbortSignal} signal
   * @param {KeptVersion | null} outdated a version that is known to have changed
   * @returns {Promise<Loaded | { outdated: KeptVersion } | null>}
   */
  async #fromCache(key, wanted, note, cache, signal, outdated) {
    const cached = await cache.find(key);
    if (!cached) return null;
    const { store, version } = cached;
    if (outdated && JSON.stringify(outdated) === JSON.stringify(version)) {
      store.release();
      return { outdated };
    }
    note({ reading: cached.card.name });
    const asking = askAgain(this.#engine, wanted, version, signal);
    asking.catch(() => {}); // Awaited below, unless the model cannot be prepared.
    /** @type {PreparedModel | null} */
    let model = null;
    try {
      let card = wanted.card ?? cached.card;
      model = await this.#session.prepareModel(store, card, note);
      const answer = await asking;
      if (answer.state === 'changed') {
        drop({ model, store });
        return { outdated: version };
      }
      if (answer.card && !wanted.card && JSON.stringify(answer.card) !== JSON.stringify(card)) {
        // The weights are the same, but the preprocessing or the class names are others.
        card = answer.card;
        await cached.describe(card).catch(() => {}); // Without space for it the next visit asks for it again.
        model.free();
        model = null;
        model = await this.#session.prepareModel(store, card, note);
      }
      return { model, card, store, origin: answer.state === 'unknown' ? 'unconfirmed' : 'cache' };
    } catch (error) {
      model?.free();
      store.release();
      throw error;
    }
  }

  /**
   * @param {WantedModel} wanted
   * @param {Note} note
   * @param {AbortController} control
   * @param {ModelCache | null} cache
   * @returns {Promise<Loaded>}
   */
  async #fromNetwork(wanted, note, control, cache) {
    const { signal } = control;
    const found = await this.#describe(wanted, signal);
    const store = (wanted.key ? await cache?.begin(wanted.key) : null) ?? new MemoryStore();
    const digest = new this.#engine.Sha256();
    const onProgress = throttled(note, found.card.name);
    // What this page keeps itself is not kept a second time by the browser, which might also answer with an old version.
    const cached = wanted.key ? 'no-store' : 'default';
    const file = new StreamingFile(found.url, { store, digest, signal, onProgress, size: found.size, cache: cached, access: accessOf(wanted) });
    let answered = false;
    try {
      await file.open();
      answered = true;
      checkLength(file, found);
      await store.begin(file);
      const model = await this.#prepareWhileDownloading(file, found.card, note, control);
      try {
        const sha256 = digest.hexDigest();
        checkDigest(sha256, found);
        await store.keep({ card: found.cachedCard, sha256 });
      } catch (error) {
        model.free();
        throw error;
      }
      return { model, card: found.card, store, origin: 'network' };
    } catch (error) {
      const isWrong = answered && WRONG.has(asError(error).name);
      const isResumable = !isWrong && store.validator && store.received > 0;
      await (isResumable ? store.leave() : store.discard());
      throw error;
    } finally {
      digest.free();
    }
  }

  /**
   * A file at a URL is cached with the default card for that URL, not with a card that a caller passed.
   * @param {WantedModel} wanted
   * @param {AbortSignal} signal
   * @returns {Promise<Description>}
   */
  async #describe({ url, id, hub, card, name, token }, signal) {
    if (id && hub) {
      const found = await hubFiles(this.#engine, { id, hub, card: card ?? null, token: token ?? null }, signal);
      return { url: found.url, card: found.card, cachedCard: found.card, ...checksOf(found.card, found) };
    }
    if (!url) throw textError('StateError', 'error.noSource');
    const plain = this.#engine.torchvisionCard(name);
    return { url: new URL(url), card: card ?? plain, cachedCard: plain, ...checksOf(card ?? plain, {}) };
  }

  /**
   * Downloads a file and prepares its model at the same time. If one fails, the other is aborted.
   * @param {StreamingFile} file
   * @param {ModelCard} card
   * @param {Note} note
   * @param {AbortController} control
   */
  async #prepareWhileDownloading(file, card, note, control) {
    /** @type {unknown} */
    let failure = null;
    const fail = (/** @type {unknown} */ error) => {
      failure ??= error;
      file.fail(error);
      control.abort(error);
    };
    const download = file.download().catch(fail);
    if (file.length === null) await download;
    const model = failure ? null : await this.#session.prepareModel(file, card, note).catch(fail);
    await download;
    if (model && !failure) return model;
    model?.free();
    throw failure;
  }
}

/**
 * Releases the weights of a model that could not be put to use.
 * @template T
 * @param {Store} store
 * @param {Promise<T>} used
 */
async function usedOrReleased(store, used) {
  try {
    return await used;
  } catch (error) {
    store.release();
    throw error;
  }
}

/** @param {Pick<Loaded, 'model' | 'store'>} loaded */
function drop({ model, store }) {
  model.free();
  store.release();
}

/**
 * Size and digest that a download must have: the card's or else the hub's; null if unknown.
 * @param {ModelCard} card
 * @param {{ size?: number, sha256?: string }} found
 */
function checksOf(card, found) {
  return { size: card.size ?? found.size ?? null, sha256: card.sha256 ?? found.sha256 ?? null };
}

/**
 * @param {StreamingFile} file
 * @param {Description} expected
 */
function checkLength({ length }, { size, url }) {
  if (size === null || length === null || size === length) return;
  throw textError('DownloadError', 'download.wrongLength', { url: url.href, expected: String(size), found: String(length) });
}

/**
 * @param {string} found
 * @param {Description} expected
 */
function checkDigest(found, { sha256, url }) {
  if (sha256 === null || sha256 === found) return;
  throw textError('DownloadError', 'download.wrongFile', { url: url.href, expected: sha256, found });
}

/**
 * Reports progress at intervals, and always the end.
 * @param {Note} note
 * @param {string} name
 */
function throttled(note, name) {
  let last = -Infinity;
  return (/** @type {number} */ received, /** @type {number | null} */ total) => {
    const now = performance.now();
    if (now - last < PROGRESS_INTERVAL && received !== total) return;
    last = now;
    note({ downloading: name, received, total });
  };
}
