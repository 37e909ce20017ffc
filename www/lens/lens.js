// The lens's conductor: what is looked at, and what shows it. The page's address is where that is kept;
// map, search, tiles and keyboard write it, and everything shown follows from it.

import '../elements/channel.js';
import '../elements/channels.js';
import '../elements/help.js';
import '../elements/layer.js';
import '../elements/legend.js';
import '../elements/network-map.js';
import '../elements/overlay.js';
import '../elements/search.js';
import '../elements/profile-strip.js';
import { addViews } from './views.js';
import { exportFile } from './export.js';
import { percent, value } from '../lib/format.js';
import { ObservedNodes } from './observed-nodes.js';
import { Painter } from './painter.js';
import { onViewStateChange, readViewState, writeViewState } from '../app/view-state.js';
import { Probe } from './probe.js';
import { saveFile } from '../lib/save-file.js';
import { Navigation } from '../network/navigation.js';
import { Profiler } from './profiler.js';
import { Selection } from './selection.js';

const view = Object.fromEntries(
  ['channel', 'channels', 'help', 'image', 'layer', 'network-map', 'overlay', 'predictions', 'profile-strip', 'search']
    .map((name) => [name, document.querySelector(`lens-${name}`)]),
);
/** The views of the selected layer: all but the map. */
const SELECTION_VIEWS = ['grid', 'channel', 'histogram', 'overlay', 'kernels'];
const AWAITED = 'Add a photo to see this layer’s channels.';

export class Lens {
  /** Receives the name of a node that the address asks for and this network does not have. */
  onUnknown = null;
  /** Whether frames come and go: then nothing is read back but the logits and what is pointed at. */
  live = false;
  #session;
  #report;
  #painter;
  /** Null while there is no network. */
  #where = null;
  #observed;
  #navigation;
  #profiler;
  #prober;
  #look = 0;
  /** The answer and the colours that the map was drawn with. */
  #map = null;
  /** The latest attempt to have a new plan compute what an older one had: `{ answer, over, refreshed }`. */
  #recovery = null;

  /** `report(error)` hears of what failed. */
  constructor(session, report) {
    this.#session = session;
    this.#report = report;
    this.#observed = new ObservedNodes(session);
    this.#navigation = new Navigation(() => this.#where, (changes) => this.#set(changes));
    this.#profiler = new Profiler(session, { map: view['network-map'], strip: view['profile-strip'] });
    this.#prober = new Probe(session, view);
    this.#painter = new Painter(session, (error) => this.#recover(error));
    addViews(this.#painter, view, () => this.#drawable());
    this.#listen();
    onViewStateChange(() => this.#show());
  }

  /** A new engine's worker: it draws on the page's canvases from now on, directly or by way of the processor. */
  async attach({ canvases }) {
    this.#map = null;
    view.layer.showReadbackNotice(!canvases);
    const colormaps = new Map(await this.#session.colormaps());
    for (const legend of document.querySelectorAll('lens-legend')) legend.colormaps = colormaps;
    await this.#painter.attach();
  }

  /** Between two models nothing is drawn. */
  forgetNetwork() {
    this.#where = null;
  }

  /** Another network: `nodes` as `layers()` lists them, its input `side` pixels wide. */
  async showNetwork(nodes, side) {
    this.#where = new Selection(this.#session, nodes, side);
    this.#observed.forget();
    view['network-map'].show(this.#where.network);
    view.search.show(nodes);
    const { layer } = readViewState();
    if (layer && !this.#where.network.find(layer)) this.onUnknown?.(layer);
    await this.#observe();
    await this.#show();
  }

  /** The image that the network saw: `{ bitmap, result }`, or null. Promises that its layers are drawn. */
  async showImage(image) {
    if (!this.#where) return;
    const { result = null, bitmap = null } = image ?? {};
    this.#where.answer = result;
    view['network-map'].showInput(bitmap && result ? inputOf(bitmap, result) : null);
    await this.#show();
    await this.#painter.settled();
  }

  /** A frame of the live view, likewise. */
  async showFrame({ bitmap, result }) {
    if (!this.#where) return;
    const first = !this.#where.answer;
    this.#where.answer = result;
    view['network-map'].showInput(inputOf(bitmap, result));
    // A frame held, or the only one so far, is looked at like an image: its numbers are read.
    if (first || !this.live) await this.#show();
    else this.#showStill();
    this.#painter.paintNow();
    await Promise.all([this.#painter.settled(), this.#probe(view.channel.cell)]);
  }

  /** The classes are called by other names from now on. */
  rename() {
    if (this.#where) this.#showStill();
  }

  /** What a script wants to look at, beside what the page does. */
  async observe(nodes) {
    this.#observed.ask(nodes);
    await this.#observe();
  }

  /** Freezes and thaws the numbers with the frames. */
  freeze(frozen) {
    this.live = !frozen;
    return this.#show();
  }

  // ---- where --------------------------------------------------------------------------------

  #set(changes) {
    writeViewState(changes);
    return this.#show();
  }

  // ---- showing ------------------------------------------------------------------------------

  /** Shows what the address says; of several calls the newest has the last word. */
  async #show() {
    if (!this.#where) return;
    const look = ++this.#look;
    const newest = () => look === this.#look && this.#where;
    // Numbers on their way may change the order: what is shown anyway is then shown and drawn with them, once.
    const isBehind = this.#isBehind;
    if (!isBehind) this.#showStill();
    try {
      const taps = await this.#where.taps(this.#where.at.layer);
      if (!newest()) return;
      view.layer.showTaps(taps, this.#where.at.node);
      if (!this.#where.answer) return;
      await this.#observe();
      if (!newest()) return;
      if (!isBehind) this.#paint();
      await this.#readNumbers(newest);
    } catch (error) {
      if (newest()) this.#recover(error);
    }
  }

  /** All that needs no answer of the engine. */
  #showStill() {
    const { at, network, answer } = this.#where;
    const seen = Boolean(answer);
    view['network-map'].mark(at.layer);
    view['network-map'].canvas.hidden = !seen;
    view['profile-strip'].showPlan(at.plan);
    view['profile-strip'].canMeasure = seen;
    view.layer.show(network.nodeOf.get(at.node));
    view.layer.showSettings(at);
    view.layer.canSave = seen;
    view.channels.show({ shape: at.shape, order: at.order, describe: (channel) => this.#describe(channel) });
    view.channels.showMessage(!seen && AWAITED);
    view.channels.mark(at.channel);
    view.channel.show(seen ? at.channel : null, at.shape);
    view.channel.hasFilters = seen && at.kernels !== null;
    const numbers = seen && this.#where.numbersOf(at.channel);
    view.channel.showStatistics(numbers && { ...numbers, rank: at.order.indexOf(at.channel) + 1, count: at.order.length });
    if (!numbers) view.channel.showHistogram(null);
    view.overlay.hidden = !seen;
    if (at.overlay === 'cam') view.overlay.show('cam', 'Evidence for', view.predictions.nameOf(at.cam));
    else view.overlay.show(at.overlay, `${at.node}, channel ${at.channel}`);
    view.predictions.mark(at.overlay === 'cam' ? at.cam : null);
    view.image.overlay.hidden = !seen || at.overlay === 'none';
  }

  /** Whether the numbers shown are of the answer before, and new ones are about to be read. */
  get #isBehind() {
    const { isOrdered, answer, numbers } = this.#where;
    return Boolean(answer) && isOrdered && numbers.answer !== answer && !this.live;
  }

  /** Has everything drawn anew that may look different: the map follows answers and colours, not the selection. */
  #paint() {
    const { answer, isOrdered, at: { colour } } = this.#where;
    const map = { answer, colour: JSON.stringify(colour) };
    const same = map.answer === this.#map?.answer && map.colour === this.#map.colour;
    this.#map = map;
    // Tiles whose order is not known yet wait for it: they would only change places.
    const views = [...(isOrdered ? SELECTION_VIEWS : ['kernels']), ...(same ? [] : ['map'])];
    this.#painter.paintNow(...views);
  }

  /** Has the engine keep what is to be seen, and run once more where it had not. */
  async #observe() {
    const { at: { node }, answer, kept } = this.#where;
    if (await this.#observed.keep([...kept, node], { again: Boolean(answer) })) this.#profiler.forget();
  }

  /** A plan made anew, as after tuning, has computed nothing yet: the network runs once more, but once only for an answer. */
  async #recover(error) {
    const { answer } = this.#where ?? {};
    const known = this.#recovery?.answer === answer;
    if (error.name !== 'StateError' || !answer || (known && this.#recovery.over)) {
      this.#report(error);
      return;
    }
    if (!known) this.#recovery = { answer, over: false, refreshed: this.#session.refresh() };
    try {
      await this.#recovery.refreshed;
      this.#recovery.over = true;
      this.#map = null;
      await this.#show();
    } catch (failure) {
      this.#report(failure);
    }
  }

  /** Where the user looks, or null while the engine does not have what there is to see. */
  #drawable() {
    if (!this.#where?.answer) return null;
    const { at } = this.#where;
    return this.#observed.has(at.node) ? { ...at, live: this.live } : null;
  }

  async #readNumbers(newest) {
    const { at: { node }, answer, numbers } = this.#where;
    if (numbers?.node === node && (numbers.answer === answer || this.live)) return;
    const read = await this.#session.statistics(node);
    if (!newest()) return;
    this.#where.numbers = { node, answer, ...read };
    this.#paint();
    await this.#painter.settled();
    if (newest()) this.#showStill();
  }

  #describe(channel) {
    const numbers = this.#where.numbersOf(channel);
    if (!numbers) return `Channel ${channel}`;
    return `Channel ${channel} · mean ${value(numbers.mean)} · max ${value(numbers.max)} · zero values ${percent(numbers.zeros)}`;
  }

  // ---- what the user does -------------------------------------------------------------------

  #listen() {
    view['network-map'].onChoose = (layer) => this.#navigation.to(layer);
    view['network-map'].onLayout = () => this.#painter.paint('map');
    view.search.onChoose = (node) => this.#set({ layer: node, tap: null, channel: null });
    view.layer.onSet = (key, chosen) => this.#set(key === 'tap' && chosen === this.#where.at.defaultNode ? { tap: null } : { [key]: chosen });
    view.layer.onSave = (what) => this.#save(what);
    view.channels.onChoose = (channel) => this.#set({ channel });
    view.channels.onHover = (channel) => view.layer.showHover(channel === null ? '' : this.#describe(channel));
    view.channels.onScroll = () => this.#painter.paint('grid');
    view.channel.onStep = (by) => this.#navigation.channelBy(by);
    view.channel.onProbe = (cell) => this.#probe(cell);
    view.channel.onSave = (what) => this.#save(what);
    view.channel.onResize = () => this.#painter.paint('channel', 'kernels');
    view.overlay.onKind = (overlay) => this.#set({ overlay });
    view.overlay.onOpacity = () => this.#painter.paint('overlay');
    view.overlay.onSave = (what) => this.#save(what);
    view.image.onLayout = () => this.#painter.paint('overlay');
    view['profile-strip'].onPlan = (plan) => this.#set({ plan });
    view['profile-strip'].onMeasure = () => this.#profiler.measure(this.#where.network);
    view.predictions.onChoose = (index) => this.#set({ overlay: 'cam', class: index });
  }

  /** Adds the lens's single keys to the page's. */
  addShortcuts(shortcuts) {
    return shortcuts
      .add('/', 'Find a layer', () => view.search.open())
      .add('m', 'Go to the network map', () => view['network-map'].focus())
      .add('g', 'Go to the layer’s channels', () => view.channels.focus())
      .add('[', 'Previous layer', () => this.#navigation.by(-1))
      .add(']', 'Next layer', () => this.#navigation.by(1))
      .add(',', 'Previous channel', () => this.#navigation.channelBy(-1))
      .add('.', 'Next channel', () => this.#navigation.channelBy(1))
      .add('c', 'Toggle class map', () => this.#navigation.toggleCam());
  }

  async #probe(cell) {
    try {
      await this.#prober.ask(cell, this.#drawable() && this.#where, this.live);
    } catch (error) {
      if (error.name !== 'AbortError') this.#report(error);
    }
  }

  async #save(what) {
    try {
      const { name, blob } = await exportFile(what, { session: this.#session, painter: this.#painter, at: this.#where.at });
      saveFile(blob, name);
    } catch (error) {
      this.#report(error);
    }
  }
}

/** What the network was given: the crop in the bitmap's pixels, for large images are shown smaller than they are. */
function inputOf(bitmap, { image: { width, height, crop } }) {
  const scale = { x: bitmap.width / width, y: bitmap.height / height };
  return {
    bitmap,
    crop: { x: crop.x * scale.x, y: crop.y * scale.y, width: crop.width * scale.x, height: crop.height * scale.y },
  };
}
