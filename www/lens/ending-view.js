// @ts-check
// Shows the end of the network when it is selected: the classes by logit with the sum that results in one of them, or the pooled
// channels. In live view it keeps the frame that was frozen last.

import { readViewState } from '../app/view-state.js';
import { asError } from '../lib/errors.js';
import { language, t } from '../lib/i18n.js';
import { drawMaps } from './map-sheet.js';
import { rankClasses } from './logit-sum.js';

/** @import { ViewState } from '../app/view-state.js' */
/** @import { LensEnding } from '../elements/ending.js' */
/** @import { LensInspector } from '../elements/inspector.js' */
/** @import { LensPredictions } from '../elements/predictions.js' */
/** @import { Session } from '../engine/session.js' */
/** @import { Ending } from '../network/ending.js' */
/** @import { Answer, Selection } from './selection.js' */

/** @typedef {{ ending: LensEnding, inspector: LensInspector, predictions: LensPredictions }} EndingElements */

const NOTHING = { answer: null, settings: '' };
/** Number of pooled channels shown. */
const MOST_CHANNELS = 48;

export class EndingView {
  #session;
  #elements;
  #onError;
  /** What the element shows or is about to show. @type {{ answer: Answer | null, settings: string }} */
  #shown = NOTHING;

  /**
   * @param {Session} session
   * @param {EndingElements} elements
   * @param {{ set: (changes: Partial<ViewState>) => void, onError: (error: Error) => void }} callbacks
   */
  constructor(session, elements, { set, onError }) {
    this.#session = session;
    this.#elements = elements;
    this.#onError = onError;
    elements.ending.on('class', (index) => set({ overlay: readViewState().overlay === 'gradcam' ? 'gradcam' : 'cam', class: index }));
    elements.ending.on('channel', ({ node, channel }) => set({ layer: node, tap: null, channel }));
  }

  /**
   * Shows the ending if it is selected and its values are known.
   * @param {Selection} selection
   * @param {boolean} live
   */
  update(selection, live) {
    const { current: { ending, compare }, answer } = selection;
    const { ending: element, inspector } = this.#elements;
    const isShown = Boolean(ending && answer && compare === 'none');
    if (element.hidden === isShown) element.hidden = !isShown;
    inspector.showsEnding = isShown;
    if (!isShown || !ending) {
      this.#shown = NOTHING;
      return;
    }
    element.isBusy = !selection.isRead;
    element.showNote(live ? t('ending.freeze') : '');
    if (selection.isRead && !live) this.#show(selection, ending).catch((error) => this.#onError(asError(error)));
  }

  /**
   * @param {Selection} selection
   * @param {Ending} ending
   */
  async #show(selection, ending) {
    const { current, answer, statistics } = selection;
    const { predictions } = this.#elements;
    if (!statistics || !answer) return;
    const name = predictions.nameOf(current.cam);
    const settings = JSON.stringify([current.node, ending.kind === 'classifier' && current.cam, current.colour, name, language()]);
    if (answer === this.#shown.answer && settings === this.#shown.settings) return;
    const shown = { answer, settings };
    this.#shown = shown;
    const isNewest = () => this.#shown === shown;
    try {
      if (ending.kind === 'classifier') await this.#showClasses(selection, ending, statistics.channels.mean, isNewest);
      else await this.#showChannels(selection, ending, statistics.channels.mean, isNewest);
    } catch (error) {
      if (isNewest()) this.#shown = NOTHING;
      throw error;
    }
  }

  /**
   * @param {Selection} selection
   * @param {Ending} ending
   * @param {Float32Array} logits
   * @param {() => boolean} isNewest
   */
  async #showClasses({ current: { cam, colour }, network }, { map, mapLayer }, logits, isNewest) {
    const { ending, predictions } = this.#elements;
    const nameOf = (/** @type {number} */ index) => predictions.nameOf(index);
    ending.showClasses(rankClasses(logits, cam).map((one) => ({ ...one, name: nameOf(one.index) })), cam);
    const contributions = await this.#session.engine.classContributions(cam);
    const channels = [...contributions.positive, ...contributions.negative].map(({ channel }) => channel);
    const maps = await drawMaps(this.#session, { node: map, shape: network.nodeOf.get(map)?.shape ?? [1, 1, 1, 1], channels, colour });
    if (isNewest()) ending.showContributions(contributions, { maps, name: nameOf(cam), mapLayer: mapLayer.name });
  }

  /**
   * @param {Selection} selection
   * @param {Ending} ending
   * @param {Float32Array} values
   * @param {() => boolean} isNewest
   */
  async #showChannels({ current: { colour }, network }, { map, mapLayer, classifier }, values, isNewest) {
    const channels = Array.from(values, (_, channel) => channel).sort((a, b) => values[b] - values[a]).slice(0, MOST_CHANNELS);
    const shape = network.nodeOf.get(map)?.shape ?? [1, 1, 1, 1];
    const maps = await drawMaps(this.#session, { node: map, shape, channels, colour });
    if (!isNewest()) return;
    this.#elements.ending.showChannels(channels.map((channel) => ({ channel, value: values[channel] })), {
      maps, node: map, mapLayer: mapLayer.name, size: [shape[2], shape[3]], count: values.length, hasClasses: classifier !== null,
    });
  }
}
