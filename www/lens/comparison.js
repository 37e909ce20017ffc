// @ts-check
// Reads the values that the comparison views show: those of the nodes of a residual sum, or those of one node for two images, for the
// network with and without its edits, or for two networks.

import { Emitter } from '../lib/emitter.js';
import { t } from '../lib/i18n.js';
import { valueNameOf } from '../network/layer-names.js';
import { comparePair, compareSum } from './compared-maps.js';

/** @import { LensCompare } from '../elements/compare.js' */
/** @import { Session } from '../engine/session.js' */
/** @import { FeatureMap, Prediction } from '../pkg/resnet_lens.js' */
/** @import { Compared } from './compared-maps.js' */
/** @import { Answer, Current, Selection } from './selection.js' */

/** An image that can be compared. `id` differs between images. @typedef {{ id: string, name: string, blob: Blob }} ComparableImage */
/** The image in view and the one it is compared with. @typedef {{ a: ComparableImage, b: ComparableImage }} ImagePair */
/** A second network. `number` differs between loaded ones. @typedef {{ number: number, id: string, name: string }} Reference */
/** `maps`: null for a node that a network does not have. @typedef {{ key: string, answer: Answer, maps: (FeatureMap | null)[], other: Prediction[] }} ReadValues */
/** What the letters A and B mean, and which of them is the network and the image in view. @typedef {{ a: string, b: string, isViewB: boolean }} Sides */

const CLASSES = 5;

/**
 * `change`: something else can be compared. `reference`: the id of a model that is to be loaded beside the one in use; null: none is needed.
 * @extends {Emitter<{ change: void, reference: string | null }>}
 */
export class Comparison extends Emitter {
  #session;
  #element;
  /** @type {ImagePair | null} */
  #pair = null;
  /** @type {Reference | null} */
  #reference = null;
  /** The latest values, enough for every channel. @type {ReadValues | null} */
  #values = null;

  /**
   * @param {Session} session
   * @param {LensCompare} element
   */
  constructor(session, element) {
    super();
    this.#session = session;
    this.#element = element;
  }

  /** @param {ImagePair | null} pair the images to compare; null: there are no two */
  useImages(pair) {
    const before = this.#pair;
    this.#pair = pair;
    if (before?.a.id !== pair?.a.id || before?.b.id !== pair?.b.id) this.emit('change');
  }

  /** @param {Reference | null} reference the second network; null: none is loaded */
  useReference(reference) {
    const before = this.#reference;
    this.#reference = reference;
    if (before?.number !== reference?.number) this.emit('change');
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
    if (current.compare !== 'model' && this.#reference) this.emit('reference', null);
    if (current.compare === 'none') {
      this.#values = null;
      return;
    }
    const obstacle = this.#obstacle(current, answer, live) || this.#lack(current);
    this.#element.expect(current.compare, titleOf(current), this.#label(current, answer), obstacle);
    if (current.compare === 'model' && current.with && current.with !== this.#reference?.id) this.emit('reference', current.with);
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
    if (compared) this.#element.show(compared, this.#label(current, answer), current.colour);
    const sides = this.#sides(current.compare);
    this.#element.showAnswers(sides ? this.#answers(sides, answer, values) : []);
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
    const { compare, node } = current;
    if (compare === 'images' && this.#pair) {
      const { shown, other, result } = await engine.compareImages(this.#pair.a.blob, this.#pair.b.blob, node, CLASSES);
      return { key, answer, maps: [shown, other], other: result.predictions };
    }
    if (compare === 'intact') {
      const { map, result } = await engine.compareIntact(node, CLASSES);
      return { key, answer, maps: [map, await engine.featureMap(node)], other: result.predictions };
    }
    if (compare === 'model') {
      const { map, result } = await engine.compareReference(node, CLASSES);
      return { key, answer, maps: [await engine.featureMap(node), map], other: result.predictions };
    }
    return { key, answer, maps: await Promise.all(current.compared.map((one) => engine.featureMap(one))), other: [] };
  }

  /**
   * @param {Current} current
   * @param {ReadValues} values
   * @returns {Compared | null} null if one of them lacks the node or the channel
   */
  #compared({ compare, residual, operands, channel }, { maps }) {
    const known = maps.filter((map) => map !== null && channel < map.shape[1]);
    if (known.length < maps.length) return null;
    const found = /** @type {FeatureMap[]} */ (known);
    if (compare === 'sum') return residual && operands && compareSum(residual, operands, found, channel);
    const sides = this.#sides(compare);
    return sides && comparePair([{ title: sides.a, values: found[0] }, { title: sides.b, values: found[1] }], channel);
  }

  /**
   * What A and B are; null for a comparison of something else.
   * @param {Current['compare']} compare
   * @returns {Sides | null}
   */
  #sides(compare) {
    if (compare === 'images' && this.#pair) return { a: this.#pair.a.name, b: this.#pair.b.name, isViewB: false };
    if (compare === 'intact') return { a: t('compare.intact'), b: t('compare.edited'), isViewB: true };
    if (compare === 'model' && this.#reference) return { a: t('compare.modelInUse'), b: this.#reference.name, isViewB: false };
    return null;
  }

  /**
   * @param {Sides} sides
   * @param {Answer} answer
   * @param {ReadValues} values
   */
  #answers({ a, b, isViewB }, { predictions }, { other }) {
    const [first, second] = isViewB ? [other, predictions] : [predictions, other];
    return [{ title: `A: ${a}`, predictions: first }, { title: `B: ${b}`, predictions: second }];
  }

  /**
   * Why nothing can be compared; empty if something can.
   * @param {Current} current
   * @param {Answer | null} answer
   * @param {boolean} live
   */
  #obstacle({ compare, edit }, answer, live) {
    if (compare === 'none') return t('compare.nothing');
    if (!answer) return t('compare.noImage');
    if (live) return t('compare.live');
    if (compare === 'images' && !this.#pair) return t('compare.oneImage');
    if (compare === 'intact' && !edit) return t('compare.needsEdit');
    return compare === 'model' && !this.#reference ? t('compare.needsModel') : '';
  }

  /**
   * The sentence that one of two networks has no map like the one in view; empty if both have one or it is unknown.
   * @param {Current} current
   */
  #lack(current) {
    const values = this.#values;
    if (!values || values.key !== this.#key(current) || this.#compared(current, values)) return '';
    return t('compare.notInModel', { model: this.#reference?.name ?? '', node: current.node, channel: String(current.channel) });
  }

  /** @param {Current} current */
  #key({ compare, compared, node, edit }) {
    switch (compare) {
      case 'images': return `${this.#pair?.a.id} ${this.#pair?.b.id} ${node}`;
      case 'intact': return `intact ${node} ${edit}`;
      case 'model': return `model ${this.#reference?.number} ${node} ${edit}`;
      default: return compared.join(' ');
    }
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
