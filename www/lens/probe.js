// Asks about the cell looked at: its value, what it sees of the input, what it is made of.

import { exact, times, value } from '../lib/format.js';

export class Probe {
  #session;
  #channel;
  #image;

  /** `channel` and `image` are the elements that tell the answer. */
  constructor(session, { channel, image }) {
    this.#session = session;
    this.#channel = channel;
    this.#image = image;
  }

  /** Asks about `cell`, `{ y, x }`, of what `where` looks at; while `live` its value is drawn over time. Null is no cell. */
  async ask(cell, where, live) {
    if (!cell || !where) {
      this.#channel.showProbe('');
      this.#image.outline(null);
      return;
    }
    const { at: { node, channel }, side } = where;
    const answer = await this.#session.probe(node, channel, cell.y, cell.x);
    if (this.#channel.cell !== cell) return;
    this.#channel.showProbe(describe(cell, answer));
    if (live) this.#channel.trace(`${node} ${channel} ${cell.y} ${cell.x}`, answer.value);
    const { x, y, width, height } = answer.field;
    this.#image.outline({ x: x / side, y: y / side, width: width / side, height: height / side });
  }
}

/** The receptive field and the arithmetic of a cell: `at` is `{ y, x }`, `answer` the engine's. */
function describe({ y, x }, { value: v, field, terms }) {
  const seen = `sees ${times([field.width, field.height].map((n) => exact(Math.round(n))))} px of the input`;
  const signed = (n) => (n < 0 ? value(n) : `+${value(n)}`);
  const sum = terms?.length ? `; most from inputs ${terms.map(({ channel, product }) => `${channel} (${signed(product)})`).join(', ')}` : '';
  return `Row ${y}, column ${x}: ${value(v)}; it ${seen}${sum}.`;
}
