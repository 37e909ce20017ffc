// Arguments of the package's calls.

import type { WasmSource } from '../../www/engine/wasm-source.js';
import type { ColourMapping, ModelCard } from '../../www/pkg/resnet_lens.js';

/** A call that can be aborted: it is then rejected with the reason of the signal, by default an `AbortError`. */
export interface Abortable {
  signal?: AbortSignal;
}

/** The worker's script, or a function that starts it. */
export type WorkerSource = string | URL | (() => Worker);

export interface EngineOptions {
  model: ModelInput;
  /** By default the GPU, or the CPU where there is none or only a slower software adapter. */
  device?: 'gpu' | 'cpu' | null;
  /** Number of threads on the CPU in a cross-origin isolated page; by default as many as there are processors, at most four. */
  threads?: number | null;
  /** The worker, where a bundler does not find `resnet-lens/worker.js`. */
  worker?: WorkerSource | null;
  /** The WebAssembly module, where a bundler does not find `resnet-lens/resnet_lens_bg.wasm`. */
  wasm?: URL | WasmSource | null;
  /** Address of the Hugging Face hub or a mirror. */
  hub?: string;
  /** Access token, which is sent to the hub only. */
  token?: string;
  /** Keep downloaded models for the next visit, by default true. */
  cache?: boolean;
}

export interface LoadOptions extends EngineOptions, Abortable {
  onProgress?: (progress: LoadProgress) => void;
}

/** Progress of `ResNetLens.load`. */
export interface LoadProgress {
  /**
   * `waiting`: another tab downloads the model. `reading`: it comes from the browser's storage. Download and preparation overlap.
   */
  stage: 'engine' | 'waiting' | 'downloading' | 'reading' | 'preparing';
  /** Bytes while downloading, nodes with parameters while preparing, otherwise 0. */
  done: number;
  /** Null if it is unknown. */
  total: number | null;
}

/** A model with what its file does not contain. */
export interface DescribedModel {
  /** Address of the weight file. */
  url?: string | URL;
  /** The weight file, instead of an address. */
  file?: Blob;
  /** How images are prepared, names of classes, licence, and the digest of the file. */
  card?: ModelCard;
  /** Names of the classes, if there is no card. */
  labels?: string[];
}

/**
 * A weight file (safetensors or PyTorch), its address, a repository of the Hugging Face hub, such as `timm/resnet50.a1_in1k`, or a
 * described model, such as `starter`.
 */
export type ModelInput = Blob | URL | string | DescribedModel;

/**
 * An image. Files, Blobs and addresses are decoded by the engine, exactly as Pillow does it; a string is an address relative to the page.
 * Of the others the pixels are taken as the browser shows them, of a video the current frame.
 */
export type ImageInput =
  Blob | URL | string | ImageData | HTMLImageElement | HTMLVideoElement | HTMLCanvasElement | OffscreenCanvas | ImageBitmap | VideoFrame;

export interface ClassifyOptions extends Abortable {
  /** Number of classes, by default 5. */
  top?: number;
  /** Bytes of the download of an image; `total` is null if the server does not report it. */
  onProgress?: (received: number, total: number | null) => void;
}

export interface ClassMapOptions extends Abortable {
  /** By default the most probable one of the latest image. */
  class?: number;
  /** By default the last node with a map. */
  layer?: string;
}

export interface GradientOptions extends Abortable {
  /** Whose gradient is computed, by default `input`, the preprocessed image. */
  node?: string;
  /** The node with the channel, by default that of the logits. */
  of?: string;
  /** By default the most probable class. */
  channel?: number;
}

export interface DrawOptions extends Abortable {
  /** By default all. */
  channels?: number[];
  colour?: Partial<ColourMapping>;
}

export interface DrawClassMapOptions extends Abortable {
  /** By default the most probable one. */
  class?: number;
  /** In pixels, by default 224. */
  width?: number;
  height?: number;
  /** Of the strongest value, 0 to 1, by default 0.7. */
  opacity?: number;
  colour?: Partial<ColourMapping>;
}
