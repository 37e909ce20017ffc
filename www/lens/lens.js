// @ts-check
// Controller of the lens: reads the selection from the page's URL and updates the elements that show it. Map, search, tiles and
// keyboard only change the URL.

import { onViewStateChange, readViewState, writeViewState } from '../app/view-state.js';
import { addFigures } from '../figures/figures.js';
import { asError } from '../lib/errors.js';
import { Emitter } from '../lib/emitter.js';
import { nextTask } from '../lib/next-task.js';
import { Navigation } from '../network/navigation.js';
import { marksOf } from '../surgery/marks.js';
import { Attribution } from './attribution.js';
import { Comparison } from './comparison.js';
import { DrawnContent } from './drawn-content.js';
import { EndingView } from './ending-view.js';
import { inputOf } from './network-input.js';
import { listenToElements } from './lens-events.js';
import { addLensShortcuts } from './lens-shortcuts.js';
import { ObservedNodes } from './observed-nodes.js';
import { Painter } from './painter.js';
import { PlanRecovery } from './plan-recovery.js';
import { Probe } from './probe.js';
import { Profiler } from './profiler.js';
import { Selection } from './selection.js';
import { SelectionPainter } from './selection-painter.js';
import { showSelection } from './show-selection.js';
import { addViews } from './views.js';

/** @import { Shortcuts } from '../app/shortcuts.js' */
/** @import { PageElements } from '../app/elements.js' */
/** @import { Cell } from '../elements/channel.js' */
/** @import { ShownBitmap } from '../elements/image.js' */
/** @import { Session } from '../engine/session.js' */
/** @import { LayerInfo } from '../pkg/resnet_lens.js' */
/** @import { Edit } from '../surgery/edits.js' */
/** @import { Answer } from './selection.js' */

/** @typedef {Pick<PageElements, 'architecture' | 'channel' | 'channels' | 'compare' | 'ending' | 'figure' | 'image' | 'inspector' | 'layer' | 'map' | 'overlay' | 'predictions' | 'presentation' | 'strip' | 'search' | 'table'>} LensElements */

/**
 * `unknown-layer`: the name of a node in the URL that the network does not have. `selection`: what is shown of the selection has changed. `edits`: those of the network in use have.
 * @extends {Emitter<{ 'unknown-layer': string, selection: Selection, edits: void, error: Error }>}
 */
export class Lens extends Emitter {
  /** Frames come and go: only the logits and the probed cell are read back. */
  live = false;
  comparison;
  #session;
  #view;
  #painter;
  #selectionPainter;
  #content;
  /** The node and channel that the probe's text belongs to. */
  #probed = '';
  /** Null without a network. @type {Selection | null} */
  #selection = null;
  #observed;
  #attribution;
  navigation;
  #profiler;
  #ending;
  #probe;
  /** Number of the latest `#show`. */
  #shows = 0;
  #recovery;

  /**
   * @param {Session} session
   * @param {LensElements} elements
   */
  constructor(session, elements) {
    super();
    this.#session = session;
    this.#view = elements;
    this.#observed = new ObservedNodes(session);
    this.#attribution = new Attribution(session);
    this.#recovery = new PlanRecovery(() => session.engine.refresh());
    this.navigation = new Navigation(() => this.#selection, (...changes) => this.#set(...changes));
    this.#profiler = new Profiler(session, elements);
    this.#probe = new Probe(session, elements);
    const onError = (/** @type {Error} */ error) => this.#fail(error);
    this.#ending = new EndingView(session, elements, { set: (changes) => this.#set(changes), onError });
    addFigures(session, elements, { selection: () => this.#selection, onError });
    this.comparison = new Comparison(session, elements.compare);
    this.comparison.on('change', () => this.#show());
    this.#content = new DrawnContent({
      grid: () => elements.channels,
      channel: () => elements.channel.plot,
      histogram: () => elements.channel.histogram,
      overlay: () => elements.image.overlay,
    });
    this.#painter = new Painter(session, {
      onFailure: (error) => this.#recover(error),
      onDrawn: (requests) => {
        for (const request of requests) this.#content.record(request);
        this.#markContent();
      },
    });
    this.#selectionPainter = new SelectionPainter(this.#painter);
    addViews(this.#painter, elements, () => this.#drawable());
    this.#listen();
    onViewStateChange(() => this.#show());
  }

  /**
   * Connects the canvases to a new engine.
   * @param {{ device: string, canvases: boolean }} support `canvases`: the engine draws on the page's canvases itself
   */
  async attach({ device, canvases }) {
    this.#selectionPainter.reset();
    this.#content.reset();
    this.#view.layer.showReadbackNote(device === 'gpu' && !canvases);
    const colormaps = new Map(await this.#session.engine.colormaps());
    for (const shown of [this.#view.layer.legend, this.#view.channel.legend, this.#view.compare]) shown.colormaps = colormaps;
    await this.#painter.attach();
  }

  /** Draws nothing until the next `showNetwork`. */
  forgetNetwork() {
    this.#selection = null;
  }

  /**
   * Draws nothing while `work` puts another network to use. If that fails, the current one is drawn again.
   * @template T
   * @param {() => Promise<T>} work
   */
  async replaceNetwork(work) {
    const former = this.#selection;
    this.forgetNetwork();
    try {
      return await work();
    } catch (error) {
      this.#selection ??= former;
      throw error;
    }
  }

  /**
   * Shows another network.
   * @param {LayerInfo[]} nodes the result of the engine's `layers()`
   * @param {number} side of its input in pixels
   */
  async showNetwork(nodes, side) {
    const selection = new Selection(this.#session, nodes, side);
    this.#selection = selection;
    this.#observed.reset(nodes.map(({ name }) => name));
    this.#attribution.reset();
    this.#profiler.reset();
    this.#content.reset();
    this.comparison.reset();
    const { network } = selection;
    this.#view.map.show(network);
    await nextTask();
    this.#view.architecture.show(network);
    this.#view.search.show(network);
    this.#view.table.show(network);
    const { layer } = readViewState();
    if (layer && !network.find(layer)) this.emit('unknown-layer', layer);
    await this.#observe();
    await this.#show();
  }

  /**
   * Shows what the network computed for an image, or nothing for null. Resolves when it is drawn.
   * @param {{ bitmap: ShownBitmap | null, result: Answer } | null} image
   */
  async showImage(image) {
    if (!this.#selection) return;
    this.#selection.answer = image?.result ?? null;
    this.#view.map.showInput(image?.bitmap ? inputOf(image.bitmap, image.result) : null);
    await this.#show();
    await this.#painter.settled();
  }

  /**
   * Shows what the network computed for a frame of the live view. Resolves when it is drawn.
   * @param {{ bitmap: ShownBitmap, result: Answer }} frame
   */
  async showFrame({ bitmap, result }) {
    if (!this.#selection) return;
    const first = !this.#selection.answer;
    this.#selection.answer = result;
    this.#view.map.showInput(inputOf(bitmap, result));
    // A frozen frame and the first one are shown like images, with statistics.
    if (first || !this.live) await this.#show();
    else this.#showSelection(this.#selection);
    this.#painter.paintNow();
    await Promise.all([this.#painter.settled(), this.#showProbe(this.#view.channel.cell)]);
  }

  /**
   * Edits have changed the shapes of the network in use.
   * @param {LayerInfo[]} nodes
   */
  async reshape(nodes) {
    if (this.#selection) await this.showNetwork(nodes, this.#selection.side);
  }

  /**
   * Shows the edits of the network in use; the result follows.
   * @param {Edit[]} edits
   */
  showEdits(edits) {
    if (!this.#selection) return;
    this.#selection.edits = edits;
    this.#view.map.showEdits(marksOf(this.#selection.network, edits));
    this.emit('edits');
  }

  /** The network in use, or null. */
  get network() {
    return this.#selection?.network ?? null;
  }

  /** The edits of the network in use. */
  get edits() {
    return this.#selection?.edits ?? [];
  }

  /** What is selected, or null without a network. */
  get current() {
    return this.#selection?.current ?? null;
  }

  /** Shows everything again in the language in use. */
  rename() {
    if (this.#selection) this.#showSelection(this.#selection);
    return this.#show();
  }

  /** Nodes that a reader, such as a script, needs besides those that the page shows. @param {string[]} nodes @param {string} [reader] */
  async observe(nodes, reader) {
    this.#observed.request(nodes, reader);
    await this.#observe();
    // What was to be drawn meanwhile had no values.
    if (this.#selection?.answer) this.#selectionPainter.paint(this.#selection);
  }

  /**
   * Shows statistics of a frozen frame, or stops to.
   * @param {boolean} frozen
   */
  freeze(frozen) {
    this.live = !frozen;
    return this.#show();
  }

  /** @param {Selection} selection */
  #showSelection(selection) {
    showSelection(this.#view, selection);
    this.comparison.expect(selection, this.live);
    this.#ending.update(selection, this.live);
    this.#markContent();
    this.emit('selection', selection);
    const { node, channel } = selection.current;
    if (this.#probed === `${node} ${channel}`) return;
    this.#probed = `${node} ${channel}`;
    this.#probe.clear();
  }

  #markContent() {
    this.#content.mark(this.#selection?.answer ? this.#selection.current : null);
  }

  /** @param {Parameters<typeof writeViewState>} changes */
  #set(...changes) {
    writeViewState(...changes);
    return this.#show();
  }

  /** Shows the selection in the URL. Of several concurrent calls only the newest continues after each wait. */
  async #show() {
    const selection = this.#selection;
    if (!selection) return;
    const show = ++this.#shows;
    const isNewest = () => show === this.#shows && selection === this.#selection;
    // New statistics may change the order of the channels: what is shown then is shown and drawn once, with them.
    const isBehind = this.#isBehind(selection);
    if (!isBehind) this.#showSelection(selection);
    try {
      const taps = await selection.taps(selection.current.layer);
      if (!isNewest()) return;
      this.#view.layer.showTaps(taps, selection.current.node);
      if (!selection.answer) return;
      await this.#observe();
      if (!isNewest()) return;
      if (!isBehind) this.#selectionPainter.paint(selection);
      await this.#readStatistics(selection, isNewest);
      if (isNewest()) await this.comparison.show(selection, isNewest, this.live);
      const { cell } = this.#view.channel;
      if (cell && isNewest() && !this.live) await this.#showProbe(cell);
    } catch (error) {
      if (isNewest()) this.#recover(asError(error));
    }
  }

  /**
   * The statistics shown are of an earlier result, and new ones are about to be read.
   * @param {Selection} selection
   */
  #isBehind({ isOrdered, answer, statistics }) {
    return Boolean(answer) && isOrdered && statistics?.answer !== answer && !this.live;
  }

  /** Has the engine keep the values that are shown; it runs the image again if it had not kept them. */
  async #observe() {
    if (!this.#selection) return;
    const { current: { node }, answer, observed } = this.#selection;
    if (await this.#observed.keep([...observed, node], { again: Boolean(answer) })) this.#profiler.planChanged();
    await this.#attribution.keep(this.#selection);
  }

  /**
   * Values that a new plan has not computed yet are computed again; other errors are reported.
   * @param {Error} error
   */
  async #recover(error) {
    try {
      if (!(await this.#recovery.recover(error, this.#selection?.answer ?? null))) return void this.#fail(error);
      this.#selectionPainter.reset();
      await this.#show();
    } catch (failure) {
      this.#fail(asError(failure));
    }
  }

  /**
   * Without a network the error is of the one before.
   * @param {Error} error
   */
  #fail(error) {
    if (this.#selection) this.emit('error', error);
  }

  /** What is selected, or null while the engine has no values to draw. */
  #drawable() {
    if (!this.#selection?.answer) return null;
    const { current } = this.#selection;
    return this.#observed.has(current.node) ? { ...current, live: this.live, hasGradCam: this.#attribution.has(this.#selection) } : null;
  }

  /**
   * @param {Selection} selection
   * @param {() => boolean} isNewest
   */
  async #readStatistics(selection, isNewest) {
    const { current: { node }, answer, statistics } = selection;
    if (!answer || (statistics?.node === node && (statistics.answer === answer || this.live))) return;
    const read = await this.#session.engine.statistics(node);
    if (!isNewest()) return;
    selection.statistics = { node, answer, ...read };
    this.#selectionPainter.paint(selection);
    await this.#painter.settled();
    if (isNewest()) this.#showSelection(selection);
  }

  #listen() {
    const { channel, image, map, overlay, channels, strip } = this.#view;
    map.on('layout', () => this.#painter.paint('map'));
    channels.on('viewport', () => this.#painter.paint('grid'));
    channel.on('layout', () => this.#painter.paint('channel', 'filters'));
    channel.on('probe', (cell) => this.#showProbe(cell));
    overlay.on('opacity', () => this.#painter.paint('overlay'));
    image.on('layout', () => this.#painter.paint('overlay'));
    strip.on('measure', () => this.#selection && this.#profiler.measure(this.#selection.network, this.#selection.current.plan));
    listenToElements(this.#view, { navigation: this.navigation, selection: () => this.#selection, set: (changes) => this.#set(changes) });
  }

  /**
   * Adds the lens's keys to the page's.
   * @param {Shortcuts} shortcuts
   */
  addShortcuts(shortcuts) {
    return addLensShortcuts(shortcuts, this.#view, this.navigation);
  }

  /** @param {Cell | null} cell */
  async #showProbe(cell) {
    try {
      await this.#probe.show(cell, this.#drawable() && this.#selection, this.live);
    } catch (error) {
      if (asError(error).name !== 'AbortError') this.#fail(asError(error));
    }
  }
}
