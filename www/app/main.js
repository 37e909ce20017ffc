// The page's conductor: brings sources, engine and elements together. It knows no network; what it
// shows comes from the model's own description.

import '../elements/adapter.js';
import '../elements/alert.js';
import '../elements/node-table.js';
import '../elements/model-facts.js';
import '../elements/models.js';
import '../elements/image.js';
import '../elements/predictions.js';
import '../elements/image-source.js';
import '../elements/status.js';
import '../elements/timings.js';
import { prepareWithProgress } from '../models/model-progress.js';
import { describeModel, modelSourceOf } from '../models/model-source.js';
import { isVideo } from '../live/camera.js';
import { STARTER, readCatalog } from '../models/catalog.js';
import { listenForDropAndPaste } from '../images/drop-paste.js';
import { Shortcuts } from './shortcuts.js';
import { Lens } from '../lens/lens.js';
import { LiveView } from '../live/live-view.js';
import { languageProblem } from './class-names.js';
import { PageState } from './page-state.js';
import { ImageController } from '../images/image-controller.js';
import { storageFullMessage, errorMessageOf, unknownLayerMessage } from './error-messages.js';
import { setIfChanged } from '../lib/set-if-changed.js';
import { Session } from '../engine/session.js';
import { imageSourceOf } from '../images/image-source.js';
import { Tuner } from '../engine/tuner.js';
import { onNavigate, readSettings, readUrl, writeUrl } from './url-state.js';

const view = Object.fromEntries(
  ['adapter', 'alert', 'help', 'image', 'image-source', 'model-facts', 'models', 'network-map', 'node-table', 'predictions', 'status', 'timings']
    .map((name) => [name, document.querySelector(`lens-${name}`)]),
);
const needy = document.querySelectorAll('[data-needs-engine]');
const session = new Session();
const tuner = new Tuner(session, readSettings().tune);
const lens = new Lens(session, (error) => report(error, 'lens'));

/** The model in use: enough to start the engine anew. */
let model = null;
/** The model that was asked for last, for another attempt. */
let wantedModel = null;

const live = new LiveView({
  session,
  opened: () => opened,
  top: view.predictions.most,
  onOpen: () => state.clear(),
  onFrame: (frame) => {
    lens.live = live.running;
    return images.showFrame(frame);
  },
  onFreeze: (frozen) => lens.freeze(frozen),
  onKeep: (image) => {
    lens.live = false;
    return images.show(image);
  },
  onProblem: (problem) => state.tell(problem),
  onFailure: (error) => report(error, 'image'),
});

const state = new PageState(({ state: word, problem, late }) => {
  view.alert.show(problem);
  images.late = late;
  if (late || word !== 'busy') view.status.show(word);
  const off = Boolean(problem?.fatal);
  for (const control of needy) setIfChanged(control, { disabled: off });
  view.timings.canRepeat = Boolean(images.held) && !off;
  setIfChanged(view.predictions, { ariaBusy: String(late) });
});

const images = new ImageController({ session, view, state, lens, onAnswer: () => tune() });

// ---- models -----------------------------------------------------------------------------------

/** Loads a model, shows it, and asks it about the image in view. The one before goes on answering until it is there. */
async function loadModel(source, { card = null, reclassify = true } = {}) {
  return state.during('loading', async () => {
    const wanted = await describeModel(source, card);
    const prepared = { ...source, ...await prepareWithProgress(session, wanted, { status: view.status, map: view['network-map'] }) };
    lens.forgetNetwork();
    const info = await session.useModel(prepared.number);
    model = { ...prepared, info };
    view.models.show(model);
    const labels = await session.labels();
    view.predictions.labels = labels;
    view['model-facts'].show(info, model);
    view['model-facts'].showClasses(labels, model.card);
    view.timings.show(await session.timings());
    const layers = await session.layers();
    view['node-table'].show(layers);
    await lens.showNetwork(layers, info.input[2]);
    if (model.full) state.tell(storageFullMessage(model.name));
    if (reclassify && images.held) await attempt('image', () => images.classify(images.held));
    return info;
  });
}

/** Fills the chooser; without an engine nobody knows what is kept. */
async function offerModels() {
  try {
    view.models.offer(await readCatalog(), await session.keptModels().catch(() => []));
  } catch (error) {
    report(error, 'model');
  }
}

/** Ends what is being downloaded. */
function cancel() {
  images.cancel();
  session.cancelModel().catch(() => {}); // Without a worker there is nothing to cancel.
}

// ---- what the user does -----------------------------------------------------------------------

/** Runs `work` once the engine is open; a failure is shown, and promised as false. */
function attempt(what, work) {
  return spoken(what, work).then(() => true, () => false);
}

/** As `attempt`, but whoever called hears of the failure too. */
async function spoken(what, work) {
  try {
    await opened;
    return await work();
  } catch (error) {
    report(error, what);
    throw error;
  }
}

function report(error, what, note = null) {
  if (error.shown || error.name === 'AbortError') return;
  error.shown = true;
  const problem = errorMessageOf(error, what);
  if (model?.id === STARTER) problem.actions = problem.actions.filter((name) => name !== 'starter');
  state.tell({ ...problem, note });
}

function useImage(given, { record = true } = {}) {
  state.clear();
  if (isVideo(given)) return live.openVideo(given);
  return attempt('image', async () => {
    await live.end({ keep: false });
    lens.live = false;
    const { shown } = await images.classify(imageSourceOf(given), { latest: 'image' });
    if (shown && record) writeUrl({ image: images.held.address ?? null });
  });
}

function useModel(given, { record = true, reclassify = true } = {}) {
  state.clear();
  return attempt('model', async () => {
    wantedModel = given;
    await loadModel(modelSourceOf(given), { reclassify });
    if (record) writeUrl({ model: model.address ?? null });
  });
}

/** The classes are called by other names from now on. */
function rename() {
  view.predictions.rename();
  view['model-facts'].rename();
  lens.rename();
}

function repeat() {
  state.clear();
  return attempt('image', () => images.classify(images.held, { latest: 'image' }));
}

const actions = {
  image: { label: 'Choose another image', run: () => view['image-source'].chooseFile() },
  camera: { label: 'Open the camera', run: () => live.openCamera() },
  again: { label: 'Play it again', run: () => live.again() },
  model: { label: 'Open another model file', run: () => view.models.chooseFile() },
  retry: { label: 'Try again', run: () => useModel(wantedModel) },
  starter: { label: 'Use the starter model', run: () => useModel(STARTER) },
  restart: { label: 'Restart', run: () => restart() },
  reload: { label: 'Reload the page', run: () => location.reload() },
};

// ---- opening ----------------------------------------------------------------------------------

/** Finds the GPU and loads a model. Rejects where there is no engine; no model is no such failure. */
async function open() {
  try {
    const adapter = await session.open();
    await lens.attach(adapter);
    view.adapter.show(adapter);
    view.timings.showAdapter(adapter);
    const refused = await configure();
    live.software = adapter.software;
    await loadFirstModel();
    refused.forEach((problem) => report(problem, 'settings'));
  } catch (error) {
    view.adapter.show(null);
    report(error, 'open');
    throw error;
  } finally {
    state.opened();
  }
}

/** How the engine computes, before it has a model. Promises what was wrong with the address's wishes. */
async function configure() {
  const { precision } = readSettings();
  await tuner.restore();
  const refused = precision && (await session.setPrecision(precision).then(() => null, (error) => error));
  return [refused, tuner.problem, languageProblem()].filter(Boolean);
}

/** Once an image is answered, and whenever nobody waits for another. */
async function tune() {
  const isIdle = () => document.documentElement.dataset.state === 'ready' && !document.hidden && !live.running;
  const onDone = async () => view['model-facts'].show(await session.model(), model);
  // A lost device is told of by the next call that somebody waits for.
  await tuner.run(await session.adapter(), { isIdle, onDone }).catch(() => {});
}

/** The model held before a restart, or that of the address, or else the starter. */
async function loadFirstModel() {
  let failure = null;
  try {
    wantedModel = readUrl().model ?? STARTER;
    const wanted = model ?? modelSourceOf(wantedModel);
    await loadModel(wanted, { card: model?.card, reclassify: false });
    return;
  } catch (error) {
    failure = error;
  }
  try {
    await loadModel(modelSourceOf(STARTER), { reclassify: false });
    report(failure, 'model', 'The starter model is in use instead.');
  } catch {
    report(failure, 'model');
  }
}

/** After a lost device or a crash: a new worker, the same model, the same image. */
async function restart() {
  state.reset();
  opened = open();
  if (images.held) await attempt('image', () => images.classify(images.held));
}

/** Resolves when the page has a model and the address's image, if it names one, is classified. */
async function getReady() {
  await opened;
  if (!model) throw new Error('No model could be loaded.');
  if (readSettings().tune === 'now') tune();
  const { image } = readUrl();
  if (image) await attempt('image', () => images.classify(imageSourceOf(image), { latest: 'image' }));
}

const shortcuts = lens.addShortcuts(new Shortcuts())
  .add('f', 'Freeze / resume', () => live.toggle())
  .add('n', 'Next frame, while frozen', () => live.step())
  .add('?', 'Show shortcuts', () => view.help.open());
view.help.show(shortcuts);
lens.onUnknown = (name) => state.tell(unknownLayerMessage(name));
view.alert.actions = actions;
view.alert.onDismiss = () => state.clear();
view.models.onChoose = (given) => useModel(given);
view.models.onOpen = offerModels;
view.models.onForget = () => session.forgetModels();
view['image-source'].onChoose = (given) => useImage(given);
view['model-facts'].onOpen = () => view.models.chooseFile();
view.timings.onRepeat = repeat;
view.predictions.onLanguage = (lang) => {
  writeUrl({ lang });
  rename();
};
view.status.onCancel = cancel;
listenForDropAndPaste({ onImage: (given) => useImage(given), onModel: (given) => useModel(given) });
onNavigate(async (url, changed) => {
  if (changed.lang) rename();
  if (changed.model) await useModel(url.model ?? STARTER, { record: false, reclassify: !changed.image });
  if (!changed.image) return;
  if (url.image) await useImage(url.image, { record: false });
  else images.clear();
});

let opened = open();
const ready = getReady();
// A failure is on the page already; who awaits the API's promises still sees the rejection.
opened.catch(() => {});
ready.catch(() => {});

/** The session's calls for scripts and tests: what the page itself uses, and the page follows along. */
window.resnetLens = {
  ready,
  classify(blobOrUrl, top = 5) {
    state.clear();
    return spoken('image', async () => {
      const { result } = await images.classify(imageSourceOf(blobOrUrl), { top });
      return { ...result, predictions: result.predictions.slice(0, top) };
    });
  },
  loadModel(blobOrUrl, card = null) {
    state.clear();
    return spoken('model', () => loadModel(modelSourceOf(blobOrUrl), { card }));
  },
  layers: session.layers,
  labels: session.labels,
  model: session.model,
  adapter: session.adapter,
  observe: (nodes) => lens.observe(nodes),
  featureMap: session.featureMap,
  timings: session.timings,
  profile: session.profile,
  tune: session.tune,
  tuning: session.tuning,
};
