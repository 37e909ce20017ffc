// @ts-check
// Shows the cell under the pointer: its value, receptive field and largest products.

import { exact, times, value } from '../lib/format.js';
import { t } from '../lib/i18n.js';

/** @import { Session } from '../engine/session.js' */
/** @import { Probe as ProbeReport } from '../pkg/resnet_lens.js' */
/** @import { Cell, LensChannel } from '../elements/channel.js' */
/** @import { LensImage } from '../elements/image.js' */
/** @import { LensPresentation } from '../elements/presentation.js' */
/** @import { Selection } from './selection.js' */

export class Probe {
  #session;
  #channel;
  #image;
  #presentation;

  /**
   * @param {Session} session
   * @param {{ channel: LensChannel, image: LensImage, presentation: LensPresentation }} elements
   */
  constructor(session, { channel, image, presentation }) {
    this.#session = session;
    this.#channel = channel;
    this.#image = image;
    this.#presentation = presentation;
  }

  /**
   * Shows a cell of the selected channel; clears the display if there is none.
   * @param {Cell | null} cell
   * @param {Selection | null} selection
   * @param {boolean} live draw the value over time
   */
  async show(cell, selection, live) {
    if (!cell || !selection) {
      this.clear();
      return;
    }
    const { current: { node, channel }, side } = selection;
    const report = await this.#session.engine.probe(node, channel, cell.y, cell.x);
    const { node: nodeNow, channel: channelNow } = selection.current;
    if (this.#channel.cell !== cell || nodeNow !== node || channelNow !== channel) return;
    this.#channel.showProbe(describe(cell, report, side));
    this.#presentation.showValue(cellText(cell, report.value));
    if (live) this.#channel.trace(`${node} ${channel} ${cell.y} ${cell.x}`, report.value);
    const { x, y, width, height } = report.receptive_field;
    this.#image.outline({ x: x / side, y: y / side, width: width / side, height: height / side });
  }

  /** Removes the text and the outline. */
  clear() {
    this.#channel.showProbe('');
    this.#presentation.showValue('');
    this.#image.outline(null);
  }
}

/**
 * @param {Cell} cell
 * @param {number} v
 */
const cellText = ({ y, x }, v) => t('channel.cell', { row: String(y), column: String(x), value: value(v) });

/**
 * @param {Cell} cell
 * @param {ProbeReport} report
 * @param {number} side of the network's input in pixels
 */
function describe({ y, x }, { value: v, receptive_field: { width, height }, terms }, side) {
  const size = `${times([width, height].map((n) => exact(Math.round(n))))} px`;
  const field = Math.max(width, height) > side ? t('channel.largeField', { size }) : t('channel.field', { size });
  const signed = (/** @type {number} */ n) => (n < 0 ? value(n) : `+${value(n)}`);
  const largest = terms?.length ? t('channel.terms', {
    terms: terms.map(({ channel, product }) => t('channel.term', { channel: String(channel), product: signed(product) })).join(', '),
  }) : null;
  return [cellText({ y, x }, v), field, largest].filter(Boolean).join(' · ');
}
