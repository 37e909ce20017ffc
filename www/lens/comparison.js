// @ts-check
// Reads the values that the comparison views show: those of the nodes of a residual sum, or those of one node for two images.

import { t } from '../lib/i18n.js';
import { valueNameOf } from '../network/layer-names.js';
import { compareImages, compareSum } from './compared-maps.js';

/** @import { LensCompare } from '../elements/compare.js' */
/** @import { Session } from '../engine/session.js' */
/** @import { FeatureMap, Prediction } from '../pkg/resnet_lens.js' */
/** @import { Compared } from './compared-maps.js' */
/** @import { Answer, Current, Selection } from './selection.js' */

/** An image that can be compared. `id` differs between images. @typedef {{ id: string, name: string, blob: Blob }} ComparableImage */
/** The image in view and the one it is compared with. @typedef {{ a: ComparableImage, b: ComparableImage }} ImagePair */
/** @typedef {{ key: string, answer: Answer, maps: FeatureMap[], other: Prediction[] }} ReadValues */

const CLASSES = 5;

export class Comparison {
  #session;
  #element;
  #onChange;
  /** @type {ImagePair | null} */
  #pair = null;
  /** The latest values, enough for every channel. @type {ReadValues | null} */
  #values = null;

  /**
   * @param {Session} session
   * @param {LensCompare} element
   * @param {() => void} onChange called when other images can be compared
   */
  constructor(session, element, onChange) {
    this.#session = session;
    this.#element = element;
    this.#onChange = onChange;
  }

  /** @param {ImagePair | null} pair the images to compare; null: there are no two */
  useImages(pair) {
    const before = this.#pair;
    this.#pair = pair;
    if (before?.a.id !== pair?.a.id || before?.b.id !== pair?.b.id) this.#onChange();
  }

  /** Forgets all values: another network is in use. */
  reset() {
    this.#values = null;
  }

  /**
   * Names what is compared, and dims the maps if they show something else.
   * @param {Selection} selection
   * @param {boolean} live
   */
  expect(selection, live) {
    const { current, answer } = selection;
    if (current.compare === 'none') {
      this.#values = null;
      return;
    }
    this.#element.expect(current.compare, titleOf(current), this.#label(current, answer), this.#obstacle(current, answer, live));
  }

  /**
   * Reads the values, unless they are the latest, and draws the maps of the selected channel.
   * @param {Selection} selection
   * @param {() => boolean} isNewest
   * @param {boolean} live
   */
  async show(selection, isNewest, live) {
    const { current, answer } = selection;
    if (!answer || this.#obstacle(current, answer, live) !== '') return;
    const values = await this.#read(current, answer);
    if (!isNewest()) return;
    this.#values = values;
    this.expect(selection, live);
    const compared = this.#compared(current, values);
    if (!compared) return;
    this.#element.show(compared, this.#label(current, answer), current.colour);
    const pair = this.#pair;
    this.#element.showAnswers(current.compare === 'images' && pair
      ? [{ title: `A: ${pair.a.name}`, predictions: answer.predictions }, { title: `B: ${pair.b.name}`, predictions: values.other }] : []);
    this.expect(selection, live);
  }

  /**
   * @param {Current} current
   * @param {Answer} answer
   * @returns {Promise<ReadValues>}
   */
  async #read(current, answer) {
    const key = this.#key(current);
    if (this.#values?.answer === answer && this.#values.key === key) return this.#values;
    const { engine } = this.#session;
    const pair = this.#pair;
    if (current.compare === 'images' && pair) {
      const { shown, other, result } = await engine.compareImages(pair.a.blob, pair.b.blob, current.node, CLASSES);
      return { key, answer, maps: [shown, other], other: result.predictions };
    }
    return { key, answer, maps: await Promise.all(current.compared.map((node) => engine.featureMap(node))), other: [] };
  }

  /**
   * @param {Current} current
   * @param {ReadValues} values
   * @returns {Compared | null}
   */
  #compared({ compare, residual, operands, channel }, { maps }) {
    if (compare === 'sum') return residual && operands && compareSum(residual, operands, maps, channel);
    const pair = this.#pair;
    return pair && compareImages([{ title: pair.a.name, values: maps[0] }, { title: pair.b.name, values: maps[1] }], channel);
  }

  /**
   * Why nothing can be compared; empty if something can.
   * @param {Current} current
   * @param {Answer | null} answer
   * @param {boolean} live
   */
  #obstacle({ compare }, answer, live) {
    if (compare === 'none') return t('compare.nothing');
    if (!answer) return t('compare.noImage');
    if (live) return t('compare.live');
    return compare === 'images' && !this.#pair ? t('compare.oneImage') : '';
  }

  /** @param {Current} current */
  #key({ compare, compared, node }) {
    return compare === 'images' ? `${this.#pair?.a.id} ${this.#pair?.b.id} ${node}` : compared.join(' ');
  }

  /**
   * Identifies what the maps show, for scripts too.
   * @param {Current} current
   * @param {Answer | null} answer
   */
  #label(current, answer) {
    const { channel, colour: { colormap, gamma } } = current;
    const isRead = answer !== null && this.#values?.answer === answer && this.#values.key === this.#key(current);
    return isRead ? `${this.#key(current)} channel ${channel} ${colormap} ${gamma}` : '';
  }
}

/** @param {Current} current */
function titleOf({ compare, residual, layer, node, channel }) {
  return t('channel.of', { value: compare === 'sum' ? `${residual?.block}: x + F(x)` : valueNameOf(layer, node), channel: String(channel) });
}
