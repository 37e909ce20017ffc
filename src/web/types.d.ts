// Requests and reports of the engine as JavaScript sees them, one interface per serialised struct of the crate. This file becomes
// part of www/pkg/resnet_lens.d.ts; tests/web_types.rs compares its members with what the structs serialise to.

/** The adapter in use. */
export interface AdapterReport {
  /** `cpu` without WebGPU. */
  device: 'gpu' | 'cpu';
  name: string;
  vendor: string;
  /** `Vulkan`, `Metal`, `Dx12` or `BrowserWebGpu`. */
  backend: string;
  driver: string;
  /** `DiscreteGpu`, `IntegratedGpu`, `VirtualGpu`, `Cpu` or `Other`. */
  kind: string;
  /** The number of threads that compute; absent on a GPU. */
  threads?: number;
  /** The adapter is a program on the CPU. */
  software: boolean;
  /** Optional WebGPU features that are enabled. */
  features: string[];
  /** Side of the cooperative matrices, with the feature `cooperative-matrix`. */
  matrix_side?: number;
}

export interface Preprocess {
  /** Length of the shorter side after the resize, in pixels. */
  resize: number;
  interpolation: 'bilinear' | 'bicubic';
  /** Side of the centre crop in pixels. */
  crop: number;
  mean: [number, number, number];
  std: [number, number, number];
}

/** Names of a class. */
export interface Label {
  /** WordNet 3.0 synset, such as `n01440764`. */
  id: string | null;
  label: string;
  /** The Korean name. */
  ko: string | null;
}

/** Description of a model file: an entry of the catalog. */
export interface ModelCard {
  id: string;
  name: string;
  file: string;
  /** Address of the weight file of a model that is neither bundled nor in a repository of the hub. */
  url?: string;
  /** Bytes of the weight file. */
  size?: number;
  /** Hexadecimal SHA-256 of the weight file. */
  sha256?: string;
  parameters?: number;
  /** The convolution of a downsampling bottleneck that has the stride. */
  stride: 'conv3x3' | 'first-conv1x1';
  /** Pools in place of strides, in anti-aliased networks only. */
  anti_alias?: 'blur' | 'average';
  /** The default is the usual preprocessing of the network. */
  preprocess?: Preprocess;
  labels?: Label[];
  /** Smallest probability of the best class at which an answer counts as sure. Without it answers are not judged. */
  sure_from?: number;
  licence: string;
  /** Address of the licence's text, if it is not one of the usual licences. */
  licence_url?: string;
  source: string;
  accuracy: string;
}

export interface Catalog {
  /** Base URL of the Hugging Face hub or of a mirror. */
  hub: string;
  models: ModelCard[];
}

/** The model in use. */
export interface ModelInfo {
  name: string;
  /** Such as `ResNet-50`. */
  architecture: string;
  /** Channels of the stem. */
  width: number;
  classes: number;
  parameters: number;
  /** Channels, rows, columns. */
  input: [number, number, number];
  preprocess: Preprocess;
  /** The naming scheme of the weight file, such as `torchvision`. */
  scheme: string;
  /** Sentences about choices made in reading the file: which copy is used, what was left out or assumed. */
  notes: string[];
  /** Smallest probability of the best class at which an answer counts as sure. */
  sure_from?: number;
  licence: string;
  /** GPU dispatches per image. */
  dispatches: number;
  /** Storage type of the weights. */
  precision: 'f32' | 'f16';
  /** Type in which products are computed. */
  compute_type: 'f32' | 'f16';
  /** Bytes of all parameters on the GPU. */
  parameter_bytes: number;
  /** The edits of the network, such as `branch:layer3.0:0`. */
  edits: string[];
}

export type Role = 'convolution' | 'norm' | 'activation' | 'add' | 'scale' | 'pool' | 'reshape' | 'linear' | 'softmax';

/** A node of the graph. */
export interface LayerInfo {
  /** torchvision's name, such as `layer1.0.conv1`. */
  name: string;
  /** PyTorch's class, such as `Conv2d`. */
  op: string;
  /** What the operator does. */
  role: Role;
  /** NCHW. */
  shape: [number, number, number, number];
  parameters: number;
  /** Multiply-accumulates per image. */
  macs: number;
  /** Names of the nodes whose values it takes; `input` is the image. */
  inputs: string[];
  /** Attributes, such as `3x3 stride 2 padding 1`. */
  attributes: string;
  kernel_size: [number, number] | null;
  stride: [number, number] | null;
  /** Such as `layer1`. */
  stage: string | null;
  /** Such as `layer1.0`. */
  block: string | null;
}

/** A class of a result. */
export interface Prediction extends Label {
  /** Index of the class. */
  index: number;
  /** Softmax, 0 to 1. */
  probability: number;
}

/** A rectangle in pixels of the original image; fractions are possible. */
export interface CropBox {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Size of an image after EXIF orientation and the part of it that the network sees. */
export interface ImageInfo {
  width: number;
  height: number;
  crop: CropBox;
  /** A sentence if the result means little, such as for a tiny image. */
  warning: string | null;
}

/** Wall-clock times of one image in milliseconds. */
export interface Milliseconds {
  decode: number;
  preprocess: number;
  /** Upload, network and readback. */
  infer: number;
}

/** The result for one image. */
export interface Classification {
  /** Best first. */
  predictions: Prediction[];
  image: ImageInfo;
  ms: Milliseconds;
  /** This was the first run of the model, which includes setup. */
  first_run: boolean;
}

/** Wall-clock times of one frame in milliseconds. */
export interface FrameMilliseconds {
  /** From the copy of the frame to the logits. */
  gpu: number;
  /** Including the time in the queue. */
  total: number;
}

/** The result for one frame of a video. */
export interface FrameClassification {
  predictions: Prediction[];
  image: ImageInfo;
  ms: FrameMilliseconds;
}

/** Wall-clock times of the model in milliseconds, null for what has not happened yet. */
export interface Timings {
  load: number;
  first: number | null;
  infer: number | null;
}

/** Cost of one dispatch. */
export interface DispatchTime {
  /** Names of the nodes that its step computes. */
  nodes: string[];
  kernel: string;
  /** GPU time in milliseconds. */
  ms: number;
  gflops: number;
}

/** Progress of `profile`: dispatches measured so far. */
export interface ProfileProgress {
  done: number;
  total: number;
}

export interface TuningProgress {
  done: number;
  total: number;
}

/** Statistics of all values of a node. */
export interface LayerStatistics {
  min: number;
  max: number;
  mean: number;
  std: number;
  /** Share of values that are zero. */
  zeros: number;
}

/** Statistics with one entry per channel. */
export interface ChannelStatistics {
  min: Float32Array;
  max: Float32Array;
  mean: Float32Array;
  std: Float32Array;
  zeros: Float32Array;
}

export interface Statistics {
  channels: ChannelStatistics;
  layer: LayerStatistics;
}

/** Counts of values in bins of equal width. */
export interface Histogram {
  low: number;
  high: number;
  counts: Uint32Array;
}

/** A value of a node that can be viewed, such as the one before batch norm. */
export interface RelatedNode {
  name: string;
  label: string;
}

/** A rectangle of the network's input in pixels; it may extend beyond the input into the padding. */
export interface ReceptiveField {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Contribution of one input channel to a sum of products. */
export interface Term {
  channel: number;
  value: number;
  weight: number;
  product: number;
}

/** From a sum of products to the value: `sum * scale + shift`, then the activation, if any. */
export interface DotProduct {
  /** Number of products. */
  count: number;
  sum: number;
  scale: number;
  shift: number;
  /** Kind of the activation node, such as `ReLU`. */
  activation: string | null;
}

/** One value of a node. */
export interface Probe {
  value: number;
  receptive_field: ReceptiveField;
  /** The largest products of a 1x1 convolution or linear layer, at most eight; null for other nodes. */
  terms: Term[] | null;
  dot_product: DotProduct | null;
}

/** The terms of a class's logit: `logit = bias + sum` of weight times pooled value over all channels. */
export interface ClassContributions {
  /** Name of the node whose channels are pooled. */
  map: string;
  /** Number of channels. */
  count: number;
  /** Descending, at most eight. */
  positive: Term[];
  /** The most negative first, at most four. */
  negative: Term[];
  sum: number;
  bias: number;
  logit: number;
}

export type ColormapName = 'magma' | 'viridis' | 'cividis' | 'grey' | 'diverging';

/** How values are coloured. */
export interface ColourMapping {
  /** Colormap of values without a sign; signed ones use `diverging`. */
  colormap: ColormapName;
  scale: 'channel' | 'layer' | 'network';
  /** Exponent, 0.25 to 4. */
  gamma: number;
}

/** Values at the ends of the colormap, null if each channel has its own scale. */
export interface ScaleBounds {
  low: number | null;
  high: number | null;
  /** Zero is in the middle. */
  signed: boolean;
}

/** Part of a canvas in device pixels. */
export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface ChannelTile extends Rectangle {
  channel: number;
}

export interface NodeTile extends Rectangle {
  node: string;
}

/** Channels of a node as tiles. `width` and `height` are those of the canvas, as in the other requests. */
export interface GridRequest {
  width: number;
  height: number;
  node: string;
  tiles: ChannelTile[];
  colour?: ColourMapping;
  /** Read the ends of the scale back and return them; true by default. */
  legend?: boolean;
}

/** One channel on a whole canvas. */
export interface ChannelRequest {
  width: number;
  height: number;
  node: string;
  channel: number;
  colour?: ColourMapping;
  legend?: boolean;
}

/** Thumbnails of nodes. */
export interface MapRequest {
  width: number;
  height: number;
  tiles: NodeTile[];
  colour?: ColourMapping;
}

/** A map over the part of the image that the network sees. */
export interface OverlayRequest {
  width: number;
  height: number;
  kind: 'cam' | 'channel' | 'gradcam';
  /** For `cam`: the class. */
  class?: number | null;
  /** For `channel` and `gradcam`: the node. */
  node?: string | null;
  /** For `channel`. */
  channel?: number | null;
  /** Opacity of the strongest value, 0 to 1. */
  opacity: number;
  colour?: ColourMapping;
  legend?: boolean;
}

/** Filters of the first convolution in colour. */
export interface FiltersRequest {
  width: number;
  height: number;
  node: string;
  tiles: ChannelTile[];
}

/** The canvases that a session draws to. */
export type CanvasRole = 'map' | 'grid' | 'channel' | 'overlay' | 'filters';

/** RGBA pixels with premultiplied alpha. */
export interface Pixels {
  width: number;
  height: number;
  data: Uint8ClampedArray<ArrayBuffer>;
}

/** A drawing and, if the request has `legend`, its scale. */
export interface ScaledPixels extends Pixels {
  bounds: ScaleBounds | undefined;
}

/** The values of a node. */
export interface FeatureMap {
  shape: [number, number, number, number];
  data: Float32Array<ArrayBuffer>;
}

/** What a text means as the address of a model: the id of a repository of the hub, a URL, an id of the catalog, or a relative URL. */
export interface ModelAddress {
  repository?: string;
  url?: string;
  name?: string;
  path?: string;
}

/** A weight file on the hub. */
export interface HubFile {
  /** Its path in the repository. */
  file: string;
  url: string;
  /** URL of the Git LFS pointer. */
  pointer: string;
}

/** URLs of a model's files on the hub. Of each kind, the first that exists is used. */
export interface HubUrls {
  weights: HubFile[];
  /** Lists of the parts of weights in several files. */
  indices: string[];
  configs: string[];
  preprocessors: string[];
  /** The hub's list of all files. */
  listing: string;
  page: string;
  /** The revision is a commit: its files never change. */
  fixed: boolean;
}

/** Why the hub does not hand out a file. */
export type HubRefusal = 'no-file' | 'no-revision' | 'no-repository' | 'gated' | 'not-allowed' | 'wrong-token';

/** Size and digest of the weights, from their Git LFS pointer. */
export interface LfsPointer {
  size: number;
  sha256: string;
}

/** Progress of `prepareModel`: the recognised network, or the name of a node whose parameters are on the GPU. */
export type Loading = { layers: LayerInfo[]; ready?: undefined } | { ready: string; layers?: undefined };

export interface FrameRequest {
  mirror?: boolean;
  /** Number of classes to return. */
  top: number;
}

/** A random-access file. `read` may resolve once the bytes have arrived. */
export interface ByteFile {
  readonly length: number | null;
  read(start: number, end: number): Promise<Uint8Array> | Uint8Array;
}

/** The operands of the addition of a residual block, for the latest image and before any factor. */
export interface ResidualStatistics {
  /** Such as `layer1.0`. */
  block: string;
  /** Norm of F(x). */
  branch: number;
  /** Norm of the shortcut, after its projection. */
  shortcut: number;
  /** `branch / shortcut`. */
  ratio: number;
  /** Cosine of the angle between the two. */
  cosine: number;
}

/** How strongly a logit depends on the output of a layer. */
export interface GradientNorm {
  /** Such as `layer1.0.conv1`. */
  node: string;
  /** Norm of the gradient of the logit with respect to its output. */
  gradient: number;
  /** Norm of its output. */
  value: number;
}

/** An untrained network of the paper's form for CIFAR-10. */
export interface SeededRequest {
  /** Number of layers, 6n + 2, from 20 to 152. */
  depth: number;
  shortcuts: boolean;
  /** Batch normalisations have the mean and the variance of their input; otherwise they are the identity. */
  normalised: boolean;
  seed: number;
}

/** The progress of a measurement. */
export interface Progress {
  done: number;
  total: number;
}

/** Integrated Gradients of a logit, from a black image to the image. */
export interface IntegratedGradients {
  /** The attribution of every value of the network's input. */
  map: FeatureMap;
  /** The logit of the image. */
  output: number;
  /** The logit of the black image. */
  baseline: number;
  /** The sum of all attributions. */
  sum: number;
  /** The difference of `sum` and `output - baseline`, relative to the latter. */
  gap: number;
}

/** Probabilities of a class for images whose most important pixels are exchanged. */
export interface DeletionCurves {
  /** The exchanged fraction of the pixels, from 0 to 1. */
  fractions: number[];
  /** When they get the mean colour. */
  deletion: number[];
  /** When they are inserted into the blurred image. */
  insertion: number[];
}

export interface VisualisationRequest {
  node: string;
  channel: number;
  seed: number;
}

/** A feature visualisation after some steps. */
export interface VisualisationProgress {
  step: number;
  /** The mean of the channel for the image. */
  activation: number;
  /** The mean of the channel for the image before the first step. */
  initial: number;
  pixels: Pixels;
}

/** What switching off the branch of a block does. */
export interface BlockImportance {
  /** Such as `layer1.0`. */
  block: string;
  /** Of the class, without the branch. */
  probability: number;
  /** The difference to its probability with the branch. */
  change: number;
  /** Index of the most probable class without the branch. */
  top: number;
}

export interface ImportanceProgress {
  done: number;
  total: number;
  /** The block measured last. */
  latest: BlockImportance;
}

/** The value of a node in another network for the latest image, and that network's answer. */
export interface ComparedNetwork {
  map: FeatureMap;
  result: Classification;
}

/** As `ComparedNetwork`; null if the reference has no such node. */
export interface ComparedReference {
  map: FeatureMap | null;
  result: Classification;
}
