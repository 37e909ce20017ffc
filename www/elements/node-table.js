// @ts-check
// All nodes of the network as a table, grouped by stage.

import { create, find, targetOf } from '../lib/dom.js';
import { EmitterElement } from '../lib/events.js';
import { count, times } from '../lib/format.js';
import { onLanguage, t } from '../lib/i18n.js';
import { attributesOf } from '../network/layer-names.js';
import { stageRuns } from '../network/stage-runs.js';

/** @import { Network } from '../network/network.js' */
/** @import { LayerInfo } from '../pkg/resnet_lens.js' */

/** `choose`: the name of a node. @extends {EmitterElement<{ choose: string }>} */
export class LensNodeTable extends EmitterElement {
  #details = find(this, 'details', HTMLDetailsElement);
  #table = find(this, 'table', HTMLTableElement);
  #summary = find(this, '[data-summary]', HTMLElement);
  /** @type {LayerInfo[]} */
  #nodes = [];
  /** Shows the summary again. */
  #again = () => { this.#summary.textContent = t('nodes.none'); };
  /** Name of the selected node. @type {string | null} */
  #selected = null;

  connectedCallback() {
    onLanguage(() => {
      this.#again();
      this.#draw();
    });
    this.#again();
    this.#details.addEventListener('toggle', () => this.#draw());
    this.#table.addEventListener('click', (event) => {
      const node = targetOf(event, Element)?.closest('tr')?.dataset.node;
      if (node) this.emit('choose', node);
    });
  }

  /** @param {Network} network */
  show({ nodes, depth, depthByPart }) {
    this.#nodes = nodes;
    const parameters = nodes.reduce((sum, node) => sum + node.parameters, 0);
    const macs = nodes.reduce((sum, node) => sum + node.macs, 0);
    const parts = depthByPart.map(({ layers }) => layers).join(' + ');
    this.#again = () => {
      this.#summary.textContent = t('nodes.summary', { nodes: String(nodes.length), parts, depth: String(depth), parameters: count(parameters), macs: count(macs) });
    };
    this.#again();
    this.#draw();
  }

  /** A closed table stays empty. */
  #draw() {
    for (const body of [...this.#table.tBodies]) body.remove();
    if (this.#details.open) this.#table.append(...stageRuns(this.#nodes).map(tableBody));
    this.#markRow();
  }

  /**
   * Marks the row of the selected node.
   * @param {string} node
   */
  mark(node) {
    if (node === this.#selected) return;
    this.#selected = node;
    this.#markRow();
  }

  #markRow() {
    for (const row of this.#table.querySelectorAll('tr[aria-current]')) row.removeAttribute('aria-current');
    if (this.#selected === null) return;
    this.#table.querySelector(`tr[data-node="${CSS.escape(this.#selected)}"]`)?.setAttribute('aria-current', 'true');
  }
}

/** @param {{ stage: string | null, items: LayerInfo[] }} run */
function tableBody({ stage, items }) {
  const body = create('tbody');
  if (stage) body.insertRow().append(Object.assign(create('th', stage), { colSpan: 6, scope: 'rowgroup' }));
  body.append(...items.map(nodeRow));
  return body;
}

/** @param {LayerInfo} node */
function nodeRow({ name, op, attributes, shape, parameters, macs }) {
  const row = create('tr');
  row.dataset.node = name;
  const heading = Object.assign(create('th'), { scope: 'row' });
  heading.append(Object.assign(create('button', name, 'plain'), { type: 'button' }));
  row.append(
    heading,
    create('td', op),
    create('td', attributesOf(attributes)),
    create('td', times(shape.slice(1)), 'number'),
    create('td', parameters ? count(parameters) : '', 'number'),
    create('td', macs ? count(macs) : '', 'number'),
  );
  return row;
}

customElements.define('lens-node-table', LensNodeTable);
