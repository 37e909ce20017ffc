// Calls between the page and the engine's worker, declared once: worker.js implements them, session.js makes them.
// Calls of the wasm module's `LensSession` that are not listed here are forwarded as they are, so a new engine call needs no
// declaration outside of the crate.

import type { TextRef } from '../lib/i18n.js';
import type { WantedDevice } from './open-device.js';
import type { WasmSource } from './wasm-source.js';
import type {
  AdapterReport, BlockImportance, ImportanceProgress, ChannelRequest, Classification, ComparedReference, DeletionCurves, DispatchTime, IntegratedGradients, Progress, ProfileProgress, FeatureMap, ScaleBounds, FrameClassification, FrameRequest, GridRequest, Histogram, FiltersRequest, LayerInfo,
  LensSession, MapRequest, ModelAddress, ModelCard, ModelInfo, OverlayRequest, Timings, CanvasRole,
} from '../pkg/resnet_lens.js';

/** A model to prepare: a `blob`, the file at `url`, or the repository `id` of the hub at `hub`. */
export interface WantedModel {
  /** Name to show. */
  name: string;
  blob?: Blob;
  url?: string;
  id?: string;
  hub?: string;
  /** Access token for the hub. It is used for this call only. */
  token?: string | null;
  /** Key in the browser's cache; null or absent: not cached. */
  key?: string | null;
  /** Overrides the card that the file would get. */
  card?: ModelCard | null;
  /** Texts that describe a file at a `url` or a `blob`. */
  notes?: ModelNote[];
  /** For the page's `?model=`; null if the model cannot be linked to or is the default. */
  address?: string | null;
}

/** A text that describes a weight file: a model card, class names, or a configuration of the hub. */
export interface ModelNote {
  file: string;
  text: string;
}

/** A text that is not used, and why, in English. */
export interface UnusedNote {
  file: string;
  reason: string;
}

/** Progress of `prepareModel`; each message has the members of one event. */
export interface ModelProgress {
  /** Name of the model that is being downloaded, with `received` of `total` bytes (null if unknown). */
  downloading?: string;
  received?: number;
  total?: number | null;
  /** Name of the model that another tab is downloading, which is waited for. */
  waiting?: string;
  /** Name of the model that is being read from the cache. */
  reading?: string;
  /** The nodes of the recognised network. */
  layers?: LayerInfo[];
  /** Name of a node whose parameters are on the GPU. */
  ready?: string;
}

export interface PreparedModelInfo {
  /** For `switchModel`. */
  number: number;
  name: string;
  card: ModelCard;
  /** `unconfirmed`: from the cache, and its server could not be asked whether it has changed. */
  origin: 'file' | 'cache' | 'unconfirmed' | 'network';
  /** The cache had no room for it. */
  full: boolean;
  unused: UnusedNote[];
}

export interface CachedModel {
  key: string | null;
  bytes: number;
  /** Otherwise the beginning of an interrupted download. */
  complete: boolean;
}

export interface HistogramRequest {
  node: string;
  channel: number;
  bins: number;
}

export type DrawRequest =
  | ({ view: 'map' } & MapRequest)
  | ({ view: 'grid' } & GridRequest)
  | ({ view: 'channel' } & ChannelRequest)
  | ({ view: 'overlay' } & OverlayRequest)
  | ({ view: 'filters' } & FiltersRequest)
  | ({ view: 'histogram' } & HistogramRequest);

export type DrawResult = ScaleBounds | Histogram | undefined;

/** A result with the session's timings, so that the page needs no second call. */
export type WithTimings<Result> = Result & { timings: Timings };
export type ImageResult = WithTimings<Classification>;
export type FrameResult = WithTimings<FrameClassification>;

export interface DownloadProgress {
  received: number;
  total: number | null;
}

/** Calls that send notes before their result. */
export interface NotedMethods {
  /** Makes this worker a compute thread, which answers no other call. The note says that it has started. */
  computeThread(compiled: WebAssembly.Module, memory: SharedArrayBuffer, note: (started: null) => void): Promise<void>;
  prepareModel(wanted: WantedModel, note: (progress: ModelProgress) => void): Promise<PreparedModelInfo>;
  downloadImage(number: number, url: string, note: (progress: DownloadProgress) => void): Promise<Blob>;
  /** `largest`: the longer side of the preview in pixels; null: no preview. The note is a preview, if the browser can decode the format. */
  classify(
    image: Blob, top: number, largest: number | null, note: (preview: { preview: ImageBitmap }, transfer: Transferable[]) => void,
  ): Promise<ImageResult>;
  /** Undefined if `cancelProfile` ends it. */
  profile(note: (progress: ProfileProgress) => void): Promise<DispatchTime[] | undefined>;
  /** `index`: the class whose probability is measured. Undefined if `cancelImportance` ends it. */
  blockImportance(index: number, note: (progress: ImportanceProgress) => void): Promise<BlockImportance[] | undefined>;
  /** `number`: for `cancelMeasurement`, which makes the result undefined. `edits`: undefined: those in use. */
  integratedGradients(
    number: number, index: number, steps: number, edits: string[] | undefined, note: (progress: Progress) => void,
  ): Promise<IntegratedGradients | undefined>;
  deletionCurves(
    number: number, map: FeatureMap, index: number, steps: number, note: (progress: Progress) => void,
  ): Promise<DeletionCurves | undefined>;
}

export interface ComparedValues {
  shown: FeatureMap;
  other: FeatureMap;
  result: Classification;
}

/** Calls that the worker implements instead of forwarding them. */
export interface OwnMethods {
  /** `wasm`: null: the file beside the module's JavaScript. */
  open(device: WantedDevice, wasm: WasmSource | null, threads: number | null): Promise<{ adapter: AdapterReport & { canvases: boolean }, compiled: WebAssembly.Module }>;
  switchModel(number: number): Promise<ModelInfo>;
  /** Puts a prepared model beside the one in use, for `compareReference`. */
  useReference(number: number): Promise<void>;
  /** What a text means as the address of a model; `hub` is the hub in use. */
  parseModelAddress(text: string, hub: string): ModelAddress;
  cancelModel(): void;
  cachedModels(): Promise<CachedModel[]>;
  clearModelCache(): Promise<void>;
  cancelImage(number: number): void;
  cancelProfile(): void;
  cancelImportance(): void;
  /** Ends a measurement that runs or waits. */
  cancelMeasurement(number: number): void;
  /** Replaces all edits of the network; the result of the latest image, or undefined without one. */
  operate(edits: string[], top: number): Promise<ImageResult | undefined>;
  /** `again`: run the latest image once more, so that the observed values exist. */
  observe(nodes: string[], again: boolean): Promise<void>;
  attachCanvas(view: CanvasRole, canvas: OffscreenCanvas): Promise<void>;
  draw(requests: DrawRequest[]): Promise<DrawResult[]>;
  /** Runs `other`, then `shown`, whose values are kept as before; the values of `node` for both, and the result for `other`. */
  compareImages(shown: Blob, other: Blob, node: string, top: number): Promise<ComparedValues>;
  /** The value of `node` in the reference for the latest image, which is not a frame, and the reference's answer. */
  compareReference(node: string, top: number): Promise<ComparedReference>;
  classifyFrame(frame: VideoFrame | ImageBitmap, options: FrameRequest): Promise<FrameResult>;
}

type ForwardedMethods = Omit<LensSession, 'free' | typeof Symbol.dispose | keyof OwnMethods | keyof NotedMethods>;

/** Calls without notes. */
export type PlainMethods = OwnMethods & ForwardedMethods;
export type WorkerMethods = PlainMethods & NotedMethods;

type Result<Method> = Method extends (...args: never[]) => infer R ? Promise<Awaited<R>> : never;

/** `Methods` as the page calls them: every call is asynchronous. */
export type Remote<Methods> = {
  [Name in keyof Methods]: Methods[Name] extends (...args: infer Args) => unknown ? (...args: Args) => Result<Methods[Name]> : never;
};

/** A message to the worker. */
export interface RpcRequest {
  id: number;
  method: string;
  args: unknown[];
}

/** A message from the worker: a note, the end of the call, or a failure that ends all calls. */
/** `text`: the message as a text of the page. */
export interface PlainError {
  name: string;
  message: string;
  text?: TextRef;
}

export interface RpcResponse {
  id?: number;
  note?: unknown;
  value?: unknown;
  error?: PlainError;
  failure?: PlainError;
}
