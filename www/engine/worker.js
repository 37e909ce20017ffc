// Owns the wasm module and, through it, the GPU. The page talks to it with worker-rpc.js; images
// are decoded here too, so the page itself never waits for anything heavier than a drawing call.

import { namedError } from '../lib/errors.js';
import { supportsWebGpuCanvas } from './canvas-support.js';
import { ModelLoader } from '../models/model-loader.js';
import { ImageDownloads } from '../images/image-downloads.js';
import { pngOf, show } from './readback.js';

let session = null;
let models = null;
const images = new ImageDownloads();
/** The canvases that the page has given away, by the name of what is drawn on them. */
const canvases = new Map();
/** Whether the engine draws on them itself; otherwise what it draws is read back and put on them with these. */
let direct = true;
const pens = new Map();
const DRAWING = { map: 'drawMap', grid: 'drawGrid', channel: 'drawChannel', overlay: 'drawOverlay', kernels: 'drawKernels' };

const methods = {
  async open() {
    if (!navigator.gpu) throw namedError('NoWebGpu', '');
    const engine = await loadEngine();
    direct = await supportsWebGpuCanvas();
    session = await engine.LensSession.open();
    models = new ModelLoader(engine, session);
    return { ...session.adapter(), canvases: direct };
  },
  prepareModel: (wanted, note) => models.prepare(wanted, note),
  useModel: (number) => models.use(number),
  cancelModel: () => models.cancel(),
  keptModels: () => models.kept(),
  forgetModels: () => models.forget(),
  downloadImage: (number, url, note) => images.get(number, url, note),
  cancelImage: (number) => images.cancel(number),
  model: () => session.model(),
  layers: () => session.layers(),
  labels: () => session.labels(),
  timings: () => session.timings(),
  profile: () => session.profile(),
  setPrecision: (precision) => session.setPrecision(precision),
  tuningKey: () => session.tuningKey(),
  tuning: () => session.tuning(),
  restoreTuning: (saved) => session.restoreTuning(saved),
  tune: (budget) => session.tune(budget),
  async observe(nodes, again) {
    await session.observe(nodes);
    if (again) await session.refresh();
  },
  refresh: () => session.refresh(),
  featureMap: (node) => session.featureMap(node),
  colormaps: () => session.colormaps(),
  taps: (node) => session.taps(node),
  statistics: (node) => session.statistics(node),
  probe: (node, channel, y, x) => session.probe(node, channel, y, x),
  attachCanvas(view, canvas) {
    canvases.set(view, canvas);
    if (direct) return session.attachCanvas(view, canvas);
    // Once: Firefox refuses to give it again.
    pens.set(view, canvas.getContext('2d'));
    return session.attachHidden(view);
  },
  async draw(requests) {
    const legends = [];
    for (const request of requests) legends.push(await drawOne(request));
    return legends;
  },
  async png(request) {
    // A canvas can be read only until it is shown. Waiting for its legend would be too long.
    await drawOne({ ...request, legend: false });
    return canvases.get(request.view).convertToBlob({ type: 'image/png' });
  },
  sheet: async (request) => pngOf(await session.sheet(request)),
  async classifyFrame(frame, options) {
    try {
      return timed(await session.classifyFrame(frame, options));
    } finally {
      frame.close();
    }
  },
  classify,
};

self.addEventListener('message', async ({ data: { id, method, args } }) => {
  try {
    if (!session && method !== 'open') throw namedError('StateError', 'The engine is not open yet.');
    // Notes carry bitmaps, which are moved and not copied.
    const note = (content, moved) => self.postMessage({ id, note: content }, moved);
    const value = await methods[method](...args, note);
    self.postMessage({ id, value }, movable(value));
  } catch (error) {
    self.postMessage({ id, error: { name: error.name, message: error.message ?? String(error) } });
  }
});

// A panic in a future of the engine's leaves the call it belonged to unanswered for ever. Made an
// error of the worker, the page hears of it and can start another.
self.addEventListener('unhandledrejection', ({ reason }) => self.reportError(reason));

async function loadEngine() {
  try {
    const engine = await import('../pkg/resnet_lens.js');
    await engine.default();
    return engine;
  } catch (error) {
    throw namedError('NoEngine', error.message);
  }
}

async function drawOne({ view, ...request }) {
  if (view === 'histogram') return session.histogram(request.node, request.channel, request.bins);
  const legend = await session[DRAWING[view]](request);
  if (!direct) show(await session.pixels(view), pens.get(view));
  return legend;
}

/** `largest` is how many pixels of the longer side the view can ever show. */
async function classify(blob, top, largest, note) {
  // Decoding for the view runs beside the network's own; its bitmap usually arrives first.
  const preview = previewOf(blob, largest).then((bitmap) => bitmap && note({ preview: bitmap }, [bitmap]));
  try {
    return timed(await classifyBlob(blob, top));
  } finally {
    await preview;
  }
}

/** An answer with the session's times, which the page shows beside it: no call of its own for them. */
const timed = (result) => ({ ...result, timings: session.timings() });

async function classifyBlob(blob, top) {
  try {
    return await session.classify(new Uint8Array(await blob.arrayBuffer()), top);
  } catch (error) {
    if (error.name !== 'UnknownFormat') throw error;
    // AVIF, HEIC and whatever else this browser knows: let it decode. What it does not know
    // either keeps the engine's sentence, which names the formats that would have worked.
    const pixels = await browserPixels(blob).catch(() => null);
    if (!pixels) throw error;
    return session.classifyRgba(pixels.width, pixels.height, pixels.data, top);
  }
}

async function browserPixels(blob) {
  const bitmap = await createImageBitmap(blob, { imageOrientation: 'from-image' });
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** A bitmap for the view, or null where the browser does not know the format. */
async function previewOf(blob, largest) {
  try {
    const full = await createImageBitmap(blob, { imageOrientation: 'from-image' });
    const scale = previewScale(full, largest);
    if (scale === 1) return full;
    const small = await createImageBitmap(full, {
      resizeWidth: Math.max(1, Math.round(full.width * scale)),
      resizeHeight: Math.max(1, Math.round(full.height * scale)),
      resizeQuality: 'medium',
    });
    full.close();
    return small;
  } catch {
    return null;
  }
}

/** A strip keeps 256 on its short side, for its crop is drawn enlarged. */
function previewScale({ width, height }, largest) {
  const long = Math.max(width, height);
  const wanted = Math.max(largest / long, 256 / Math.min(width, height));
  return Math.min(1, wanted, 16384 / long);
}

function movable(value) {
  return value?.data?.buffer instanceof ArrayBuffer ? [value.data.buffer] : [];
}
