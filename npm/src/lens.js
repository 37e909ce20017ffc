// @ts-check
// The package's interface: a ResNet in a worker. Calls run one at a time, in the order in which they are made.

import { drawMaps } from '../../www/lens/map-sheet.js';
import { straightAlpha } from '../../www/engine/readback.js';
import { CallQueue, abortable } from './call-queue.js';
import { Engine } from './engine.js';
import { publicError, stateError } from './errors.js';
import { pixelsNow, readImage } from './image-input.js';

/** @import { AdapterReport, Classification, ColourMapping, DispatchTime, FeatureMap, Label, LayerInfo, ModelCard, ModelInfo, Progress } from '../../www/pkg/resnet_lens.js' */
/** @import { Session } from '../../www/engine/session.js' */
/** @import { Abortable, ClassMapOptions, ClassifyOptions, DrawClassMapOptions, DrawOptions, GradientOptions, ImageInput, LoadOptions } from './options.js' */

/** The engine's name of the preprocessed image. */
const INPUT = 'input';
/** @type {ColourMapping} */
const COLOUR = { colormap: 'magma', scale: 'channel', gamma: 1 };

export class ResNetLens {
  #engine;
  #queue = new CallQueue();
  #ended = false;
  #isPart;

  /**
   * @private
   * @param {Engine} engine
   * @param {boolean} isPart of `exclusive`
   */
  constructor(engine, isPart) {
    this.#engine = engine;
    this.#isPart = isPart;
  }

  /**
   * Opens a device and loads a model.
   * @param {LoadOptions} options
   * @returns {Promise<ResNetLens>}
   */
  static async load(options) {
    if (!options) throw stateError('npm.noModel', { found: String(options) });
    options.signal?.throwIfAborted();
    const engine = new Engine(options);
    try {
      await engine.open(options);
      return new ResNetLens(engine, false);
    } catch (error) {
      engine.close();
      throw options.signal?.aborted ? options.signal.reason : publicError(error);
    }
  }

  /** The device in use. @returns {AdapterReport} */
  get device() {
    return given(this.#engine.adapter);
  }

  /** The model in use. @returns {ModelInfo} */
  get model() {
    return given(this.#engine.model);
  }

  /** What is known about the weight file: preprocessing, licence, source. @returns {ModelCard} */
  get card() {
    return given(this.#engine.card);
  }

  /**
   * Classifies an image. It is the latest image for the calls that follow. Of a canvas or a video the present pixels are taken. An image
   * that is downloaded has its place in the queue when it is here, so it delays no other call.
   * @param {ImageInput} image
   * @param {ClassifyOptions} [options]
   * @returns {Promise<Classification>} the most probable classes, best first
   */
  async classify(image, { top = 5, signal, onProgress = () => {} } = {}) {
    this.#refuseIfEnded();
    signal?.throwIfAborted();
    const pixels = pixelsNow(image);
    if (pixels) return this.#run(() => this.#engine.classify(pixels, top), signal);
    const download = (/** @type {URL} */ url) => this.#engine.session.downloadImage(url, { signal: signal ?? new AbortController().signal, onProgress });
    if (image instanceof Blob) return this.#run(async () => this.#engine.classify(await readImage(image, download), top), signal);
    if (!this.#engine.isOpen) await this.#run(async () => {}, signal); // The worker downloads it.
    const read = await abortable(readImage(image, download), signal).catch((error) => { throw signal?.aborted ? signal.reason : publicError(error); });
    return this.#run(() => this.#engine.classify(read, top), signal);
  }

  /**
   * The nodes of the network in the order in which they run.
   * @param {Abortable} [options]
   * @returns {Promise<LayerInfo[]>}
   */
  layers({ signal } = {}) {
    return this.#run(({ engine }) => engine.layers(), signal);
  }

  /**
   * The names of all classes.
   * @param {Abortable} [options]
   * @returns {Promise<Label[]>}
   */
  labels({ signal } = {}) {
    return this.#run(({ engine }) => engine.labels(), signal);
  }

  /**
   * The value of a node for the latest image, NCHW.
   * @param {string} node
   * @param {Abortable} [options]
   * @returns {Promise<FeatureMap>}
   */
  featureMap(node, { signal } = {}) {
    return this.#run(({ engine }) => engine.featureMap(node), signal);
  }

  /**
   * Where a class is seen in the latest image: its Grad-CAM, one channel of the size of the layer's map. For the last map of a ResNet it
   * is the class activation map, up to a factor and without its negative part.
   * @param {ClassMapOptions} [options]
   * @returns {Promise<FeatureMap>}
   */
  classMap({ class: index, layer, signal } = {}) {
    return this.#run(async ({ engine }) => engine.gradCam(index ?? this.#best(), layer ?? lastMap(await engine.layers())), signal);
  }

  /**
   * A gradient for the latest image, of the shape of the node.
   * @param {GradientOptions} [options]
   * @returns {Promise<FeatureMap>}
   */
  gradient({ node = INPUT, of, channel, signal } = {}) {
    return this.#run(async ({ engine }) => engine.gradient(of ?? lastNode(await engine.layers()), channel ?? this.#best(), node), signal);
  }

  /**
   * Replaces all edits of the network, such as `branch:layer3.0:0`, and classifies the latest image again.
   * @param {string[]} edits an empty list restores the network
   * @param {Abortable & { top?: number }} [options]
   * @returns {Promise<Classification | null>} null without an image
   */
  operate(edits, { top = 5, signal } = {}) {
    return this.#run(async ({ engine }) => {
      const result = await engine.operate(edits, top);
      this.#engine.edits = [...edits];
      if (!result) return null;
      this.#engine.best = result.predictions[0]?.index ?? null;
      const { predictions, image, ms, first_run: first } = result;
      return { predictions, image, ms, first_run: first };
    }, signal);
  }

  /**
   * Keeps the values of exactly these nodes from now on, so that reading them needs no further run. Each needs memory.
   * @param {string[]} nodes
   * @param {Abortable} [options]
   * @returns {Promise<void>}
   */
  observe(nodes, { signal } = {}) {
    return this.#run(async ({ engine }) => {
      await engine.observe(nodes, true);
      this.#engine.observed = [...nodes];
    }, signal);
  }

  /**
   * The time of every dispatch, where the device can measure it.
   * @param {Abortable & { onProgress?: (progress: Progress) => void }} [options]
   * @returns {Promise<DispatchTime[]>}
   */
  profile({ onProgress, signal } = {}) {
    return this.#run(async (session) => {
      const cancel = () => session.engine.cancelProfile().catch(() => {}); // A terminated worker measures nothing.
      signal?.addEventListener('abort', cancel);
      try {
        return await session.profile(onProgress) ?? [];
      } finally {
        signal?.removeEventListener('abort', cancel);
      }
    }, signal);
  }

  /**
   * Drawings of the channels of a node for the latest image, one pixel per value.
   * @param {string} node
   * @param {DrawOptions} [options]
   * @returns {Promise<ImageData[]>} in the order of `channels`
   */
  drawChannels(node, { channels, colour, signal } = {}) {
    return this.#run(async (session) => {
      await session.engine.observe([...new Set([...this.#engine.observed, node])], true);
      const { shape } = given((await session.engine.layers()).find(({ name }) => name === node));
      const wanted = channels ?? Array.from({ length: shape[1] }, (_, channel) => channel);
      const drawn = await drawMaps(session, { node, shape, channels: wanted, colour: { ...COLOUR, ...colour } });
      return wanted.map((channel) => given(drawn.get(channel)));
    }, signal);
  }

  /**
   * A drawing of the class activation map over the part of the latest image that the network sees. It is transparent where the class is
   * not seen.
   * @param {DrawClassMapOptions} [options]
   * @returns {Promise<ImageData>}
   */
  drawClassMap({ class: index, width = 224, height = width, opacity = 0.7, colour, signal } = {}) {
    return this.#run(async ({ engine }) => {
      const request = { kind: /** @type {const} */ ('cam'), class: index ?? this.#best(), width, height, opacity, colour: { ...COLOUR, ...colour }, legend: false };
      const pixels = await engine.overlayPixels(request);
      return new ImageData(straightAlpha(pixels.data), pixels.width, pixels.height);
    }, signal);
  }

  /**
   * Runs several calls without other calls between them: `work` gets a lens of its own, whose calls are refused afterwards. A call of
   * this lens in `work` would wait for itself.
   * @template T
   * @param {(lens: ResNetLens) => Promise<T>} work
   * @param {Abortable} [options]
   * @returns {Promise<T>}
   */
  async exclusive(work, { signal } = {}) {
    this.#refuseIfEnded();
    return this.#queue.run(async () => {
      const part = new ResNetLens(this.#engine, true);
      try {
        return await work(part);
      } finally {
        part.dispose();
      }
    }, { signal });
  }

  /** Ends the worker and frees the memory. Unfinished calls are rejected with an `AbortError`, later ones with a `StateError`. */
  dispose() {
    if (!this.#ended && !this.#isPart) this.#engine.close();
    this.#ended = true;
  }

  /**
   * @template T
   * @param {(session: Session) => Promise<T>} call
   * @param {AbortSignal} [signal]
   * @returns {Promise<T>}
   */
  async #run(call, signal) {
    this.#refuseIfEnded();
    signal?.throwIfAborted();
    return this.#queue.run(() => this.#engine.run(call), { signal });
  }

  #refuseIfEnded() {
    if (this.#ended) throw stateError(this.#isPart ? 'npm.partEnded' : 'npm.disposed');
  }

  #best() {
    if (this.#engine.best === null) throw stateError('npm.noClassified');
    return this.#engine.best;
  }
}

/** @param {LayerInfo[]} layers */
const lastNode = (layers) => given(layers.at(-1)).name;

/** The last node whose value has rows and columns, or the last one. @param {LayerInfo[]} layers */
const lastMap = (layers) => layers.findLast(({ shape: [, , rows, columns] }) => rows * columns > 1)?.name ?? lastNode(layers);

/**
 * A value that exists while a model is in use.
 * @template T
 * @param {T | null | undefined} value
 * @returns {T}
 */
function given(value) {
  if (value === null || value === undefined) throw stateError('error.noModel');
  return value;
}
