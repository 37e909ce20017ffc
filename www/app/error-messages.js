// Every way to fail, as one sentence and what to do about it. The engine's and the downloads' own
// sentences are shown as they are; those below are for failures that come without one.

const BROWSERS = 'Chrome and Edge 113 or newer, Safari 26, and Firefox 141 on Windows or 145 on macOS have it';

const SENTENCES = {
  NoWebGpu: () => (isSecureContext
    ? `This browser does not offer WebGPU, which the network runs on: ${BROWSERS}.`
    : 'Browsers offer WebGPU only to pages from https: or localhost, and this page came from neither.'),
  NoEngine: () => 'The compiled engine (the folder pkg/) is missing or broken: run “make serve” in the project, which builds it.',
  WorkerError: (error) => `The page’s worker stopped: ${error.message}.`,
};

// Names under which the engine itself and the downloads report, in sentences of their own.
const SPOKEN = new Set(['GpuError', 'ModelError', 'ImageError', 'UnknownFormat', 'StateError', 'DownloadError', 'BrokenDownload']);

/**
 * What to tell about `error`, which came up while doing `what` ("open", "model", "image", "settings" or "lens"):
 * `{ sentence, actions, fatal }`; `actions` names entries of the page's table of actions.
 */
export function errorMessageOf(error, what) {
  if (what === 'open') {
    return { sentence: sentenceOf(error), actions: [error.name === 'NoWebGpu' ? 'reload' : 'restart'], fatal: true };
  }
  // A lost device, like a crash, takes the model with it: starting again brings model and image back.
  if (error.name === 'GpuError' || !SPOKEN.has(error.name)) {
    return { sentence: sentenceOf(error), actions: ['restart', 'reload'], fatal: false };
  }
  if (error.name === 'BrokenDownload') return { sentence: sentenceOf(error), actions: ['retry', 'starter'], fatal: false };
  const actions = { model: ['model', 'starter'], image: ['image'], settings: [], lens: [] };
  return { sentence: sentenceOf(error), actions: actions[what], fatal: false };
}

/** What to say beside an answer that means little, or null: `{ sentence, actions, mild }`. */
export function cautionMessageOf({ image: { caution } }) {
  return caution && { sentence: asSentence(caution), actions: [], mild: true };
}

/** The browser's storage had no room for a model. */
export function storageFullMessage(name) {
  return { sentence: `This browser has no room to keep “${name}”: it works, but the next visit will download it again.`, actions: [], mild: true };
}

/** The address names a layer of some other network. */
export function unknownLayerMessage(name) {
  return { sentence: `This network has no layer called “${name}”; its first one is shown.`, actions: [], mild: true };
}

function sentenceOf(error) {
  if (SENTENCES[error.name]) return SENTENCES[error.name](error);
  if (SPOKEN.has(error.name)) return asSentence(error.message);
  return `The engine stopped unexpectedly (${error.message}).`;
}

/** Messages of libraries begin small and end open, for they are made to be put into other messages. */
function asSentence(text) {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
