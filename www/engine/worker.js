// @ts-check
// The engine's worker. It owns the wasm module and the GPU, decodes images and downloads files, so that the page's thread only
// updates the document. It implements worker-api.d.ts; the page calls it through worker-rpc.js.

import { ImageDownloads } from '../images/image-downloads.js';
import { asError, namedError, plainError, textError } from '../lib/errors.js';
import { ModelLoader } from '../models/model-loader.js';
import { classifyFile, decodeFile } from './classify-file.js';
import { startComputeThreads } from './compute-threads.js';
import { DeviceLoss } from './device-loss.js';
import { openDevice } from './open-device.js';
import { context2d, putPixels } from './readback.js';

/** @import { LensSession, CanvasRole } from '../pkg/resnet_lens.js' */
/** @import { Engine } from './classify-file.js' */
/** @import { DrawRequest, DrawResult, NotedMethods, OwnMethods, WithTimings } from './worker-api.js' */
/** @import { WasmSource } from './wasm-source.js' */

const worker = /** @type {DedicatedWorkerGlobalScope} */ (/** @type {unknown} */ (self));

/** @type {Engine | null} */
let loaded = null;
/** @type {LensSession | null} */
let opened = null;
/** @type {ModelLoader | null} */
let models = null;
/** The image whose values the engine keeps; null if they are those of a frame. @type {Blob | null} */
let latestImage = null;
const images = new ImageDownloads();
/** The running profile is to end. */
let profileCancelled = false;
/** The running measurement of the blocks is to end. */
let importanceCancelled = false;
/** Numbers of measurements that are to end. @type {Set<number>} */
const cancelledMeasurements = new Set();
/** The frame that is being classified. @type {VideoFrame | ImageBitmap | null} */
let openFrame = null;
const loss = new DeviceLoss((message) => {
  // The page ends this worker then, and the browser reports an error for a frame that was not closed.
  openFrame?.close();
  worker.postMessage({ failure: { name: 'DeviceLost', message } });
});
/** @type {Map<CanvasRole, OffscreenCanvas>} */
const canvases = new Map();
/** The engine draws on the canvases itself. Otherwise its pixels are read back and drawn with `contexts`. */
let direct = true;
/** @type {Map<CanvasRole, OffscreenCanvasRenderingContext2D>} */
const contexts = new Map();

const module = () => loaded ?? notOpen();
const session = () => opened ?? notOpen();
const loader = () => models ?? notOpen();

/** @type {OwnMethods & NotedMethods} */
const methods = {
  async open(device, wasm, threads) {
    const engine = await loadEngine(wasm);
    loaded = engine;
    ({ session: opened, direct } = await openDevice(engine, device));
    if (opened.adapter().device === 'cpu') await startComputeThreads(engine, threads);
    models = new ModelLoader(engine, opened);
    loss.watch(opened);
    return { adapter: { ...opened.adapter(), canvases: direct }, compiled: engine.compiledModule() };
  },
  async computeThread(compiled, memory, note) {
    const engine = await loadEngine(compiled);
    note(null);
    engine.serveComputeThread(memory);
  },
  prepareModel: (wanted, note) => loader().prepare(wanted, note),
  async switchModel(number) {
    const info = await loader().use(number);
    loss.watch(session()); // A larger network may have needed another device.
    return info;
  },
  useReference: (number) => loader().useReference(number),
  parseModelAddress: (text, hub) => module().parseModelAddress(text, hub),
  cancelModel: () => loader().cancel(),
  cachedModels: () => loader().cached(),
  clearModelCache: () => loader().clearCache(),
  downloadImage: (number, url, note) => images.download(number, url, note),
  cancelImage: (number) => images.cancel(number),
  profile(note) {
    profileCancelled = false;
    return session().profile((progress) => {
      note(progress);
      return !profileCancelled;
    });
  },
  cancelProfile() {
    profileCancelled = true;
  },
  blockImportance(index, note) {
    importanceCancelled = false;
    return session().blockImportance(index, (progress) => {
      note(progress);
      return !importanceCancelled;
    });
  },
  cancelImportance() {
    importanceCancelled = true;
  },
  integratedGradients: (number, index, steps, edits, note) => measure(number, note, (onProgress) => session().integratedGradients(index, steps, edits, onProgress)),
  deletionCurves: (number, map, index, steps, note) => measure(number, note, (onProgress) => session().deletionCurves(map, index, steps, onProgress)),
  cancelMeasurement(number) {
    cancelledMeasurements.add(number);
  },
  async operate(edits, top) {
    const result = await session().operate(edits, top);
    return result ? withTimings(result) : undefined;
  },
  async observe(nodes, again) {
    await session().observe(nodes);
    if (again) await session().refresh();
  },
  attachCanvas(view, canvas) {
    canvases.set(view, canvas);
    if (direct) return session().attachCanvas(view, canvas);
    // Firefox returns the context only once.
    contexts.set(view, context2d(canvas));
    return session().attachOffscreen(view);
  },
  async draw(requests) {
    const results = [];
    for (const request of requests) results.push(await drawOne(request));
    return results;
  },
  async compareImages(shown, other, node, top) {
    const classify = (/** @type {Blob} */ image) => classifyFile(module(), session(), image, top);
    const run = async () => ({ result: await classify(other), values: await session().featureMap(node) });
    // The views draw the values of the latest image, so it runs last, whether the other one fails or not. It is another one than
    // `shown` if the page has not received its result yet.
    const { result, values } = await run().finally(() => classify(latestImage ?? shown));
    return { result, other: values, shown: await session().featureMap(node) };
  },
  async compareReference(node, top) {
    if (!latestImage) throw textError('StateError', 'error.noComparedImage');
    return session().compareReference(await decodeFile(module(), latestImage), node, top);
  },
  async classifyFrame(frame, options) {
    openFrame = frame;
    try {
      const result = withTimings(await session().classifyFrame(frame, options));
      latestImage = null;
      return result;
    } finally {
      frame.close();
      openFrame = null;
    }
  },
  async classify(image, top, largest, note) {
    const show = (/** @type {ImageBitmap} */ preview) => note({ preview }, [preview]);
    const result = withTimings(await classifyFile(module(), session(), image, top, largest === null ? null : { largest, show }));
    latestImage = image;
    return result;
  },
};

worker.addEventListener('message', async ({ data: { id, method, args } }) => {
  try {
    const value = await run(method, args, (note, transfer = []) => worker.postMessage({ id, note }, transfer));
    worker.postMessage({ id, value }, transferable(value));
  } catch (caught) {
    const error = asError(caught);
    if (error instanceof WebAssembly.RuntimeError) {
      worker.reportError(error); // After a panic the module is in an unknown state: all calls end.
      return;
    }
    // The errors of calls that a lost device fails differ; the page is informed of the loss first.
    if (error.name === 'GpuError') await loss.reported();
    worker.postMessage({ id, error: plainError(error) });
  }
});

// A panic in a future of the wasm module, and a message that cannot be read, leave their calls without an answer. Reported as errors of
// the worker, they reach the page, which can start another one.
worker.addEventListener('unhandledrejection', ({ reason }) => worker.reportError(reason));
worker.addEventListener('messageerror', () => worker.reportError(new Error('a call could not be read')));

/**
 * @param {string} name
 * @param {unknown[]} args
 * @param {(note: unknown, transfer?: Transferable[]) => void} note
 * @returns {unknown}
 */
function run(name, args, note) {
  const own = /** @type {Record<string, any>} */ (methods);
  if (Object.hasOwn(own, name)) return own[name](...args, note);
  const engine = /** @type {Record<string, any>} */ (session());
  return engine[name](...args);
}

/**
 * Runs a measurement that `cancelMeasurement` may end, also before it begins.
 * @template Progress, Result
 * @param {number} number
 * @param {(progress: Progress) => void} note
 * @param {(onProgress: (progress: Progress) => boolean) => Promise<Result | undefined>} run
 */
async function measure(number, note, run) {
  const isWanted = () => !cancelledMeasurements.has(number);
  if (!isWanted()) return undefined;
  return run((progress) => {
    note(progress);
    return isWanted();
  });
}

/** @returns {never} */
function notOpen() {
  throw textError('StateError', 'error.notOpen');
}

/** @param {WasmSource | null} wasm */
async function loadEngine(wasm) {
  try {
    const engine = await import('../pkg/resnet_lens.js');
    // A page's own texts and pictures come first.
    await engine.default(wasm === null ? undefined : { module_or_path: typeof wasm === 'string' ? fetch(wasm, { priority: 'low' }) : wasm });
    return engine;
  } catch (error) {
    throw namedError('NoEngine', asError(error).message);
  }
}

/**
 * @param {DrawRequest} request
 * @returns {Promise<DrawResult>}
 */
async function drawOne(request) {
  if (request.view === 'histogram') return session().histogram(request.node, request.channel, request.bins);
  const result = await drawView(request);
  const context = contexts.get(request.view);
  if (context) putPixels(await session().pixels(request.view), context);
  return result ?? undefined;
}

/**
 * @param {Exclude<DrawRequest, { view: 'histogram' }>} request
 * @returns {Promise<DrawResult | void>}
 */
function drawView(request) {
  switch (request.view) {
    case 'map': return session().drawMap(request);
    case 'grid': return session().drawGrid(request);
    case 'channel': return session().drawChannel(request);
    case 'overlay': return session().drawOverlay(request);
    case 'filters': return session().drawFilters(request);
  }
}

/**
 * @template {object} Result
 * @param {Result} result
 * @returns {WithTimings<Result>}
 */
function withTimings(result) {
  const timings = session().timings();
  if (!timings) throw textError('StateError', 'error.noModel');
  return { ...result, timings };
}

/**
 * The buffers to move instead of copying with a result.
 * @param {unknown} value
 * @returns {Transferable[]}
 */
function transferable(value) {
  const data = /** @type {{ data?: { buffer?: unknown } } | null | undefined} */ (value)?.data;
  return data?.buffer instanceof ArrayBuffer ? [data.buffer] : [];
}
