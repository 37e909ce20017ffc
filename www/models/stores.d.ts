// Interfaces between the model loader, its cache and the stores of bytes.

import type { ByteFile, ModelCard } from '../pkg/resnet_lens.js';
import type { CachedModel } from '../engine/worker-api.js';

export type Bytes = Uint8Array<ArrayBuffer>;

/** What identifies a version of a file on a server. */
export interface FileVersion {
  /** ETag or Last-Modified; null if the server sends neither. */
  validator: string | null;
  /** In bytes; null if unknown. */
  length: number | null;
}

/** What identifies a complete file in the cache. */
export interface KeptVersion extends FileVersion {
  /** Absent in entries of earlier versions of the page. */
  sha256?: string;
}

/** What is recorded about a complete file. */
export interface Facts {
  card: ModelCard;
  sha256: string;
}

/** What the cache records about a file. */
export interface CacheEntry extends KeptVersion {
  key: string;
  /** File name in the cache. */
  name: string;
  complete: boolean;
  card?: ModelCard;
  /** When it was completed. */
  time?: number;
}

/** Bytes of a model in use. */
export interface Store extends ByteFile {
  /** The cache had no room. */
  readonly full: boolean;
  /** Moves the bytes to memory if the cache holds them, so that it can be cleared. */
  detach(): Promise<void>;
  /** The bytes are not read any more. */
  release(): void;
}

/** Bytes of a file that is being downloaded. Ends with `keep`, `leave` or `discard`. */
export interface WritableStore extends Store {
  readonly validator: string | null;
  /** Bytes that are there, possibly from an interrupted download. */
  readonly received: number;
  /** Announces the version of the file that will be written. */
  begin(version: FileVersion): void | Promise<void>;
  write(chunk: Bytes, at: number): void | Promise<void>;
  /** Drops what an interrupted download has left. */
  reset(): void;
  /** The file is complete and verified: the next visit will find it. */
  keep(facts: Facts): Promise<void>;
  /** The file is incomplete; the next attempt may resume it. */
  leave(): Promise<void>;
  discard(): Promise<void>;
}

/** A complete file in the cache. It is in use until its store is released. */
export interface KeptFile {
  card: ModelCard;
  version: KeptVersion;
  store: Store;
  /** Replaces the card. */
  describe(card: ModelCard): Promise<void>;
}

/** Weight files that the browser keeps between visits, by key. */
export interface ModelCache {
  /** The latest complete file, or null. */
  find(key: string): Promise<KeptFile | null>;
  /** A file to be written. A complete one with this key stays until `keep`. */
  begin(key: string): Promise<WritableStore>;
  list(): Promise<CachedModel[]>;
  /** Removes everything but files that are in use, in this tab or another. */
  clear(): Promise<void>;
}
