// @ts-check
// All nodes of the network as a table, grouped by stage.

import { create, find } from '../lib/dom.js';
import { count, times } from '../lib/format.js';

/** @import { LayerInfo } from '../pkg/resnet_lens.js' */

export class LensNodeTable extends HTMLElement {
  #details = find(this, 'details', HTMLDetailsElement);
  #table = find(this, 'table', HTMLTableElement);
  #summary = find(this, '[data-summary]', HTMLElement);
  /** @type {LayerInfo[]} */
  #nodes = [];

  connectedCallback() {
    this.#details.addEventListener('toggle', () => this.#draw());
  }

  /** @param {LayerInfo[]} nodes */
  show(nodes) {
    this.#nodes = nodes;
    const parameters = nodes.reduce((sum, node) => sum + node.parameters, 0);
    const macs = nodes.reduce((sum, node) => sum + node.macs, 0);
    this.#summary.textContent = `${nodes.length} nodes · ${count(parameters)} parameters · ${count(macs)} multiply-adds per image`;
    this.#draw();
  }

  /** A closed table stays empty. */
  #draw() {
    for (const body of [...this.#table.tBodies]) body.remove();
    if (this.#details.open) this.#table.append(...runsByStage(this.#nodes).map(tableBody));
  }
}

/**
 * Consecutive nodes of the same stage, in execution order.
 * @param {LayerInfo[]} nodes
 */
function runsByStage(nodes) {
  /** @type {{ stage: string | null, nodes: LayerInfo[] }[]} */
  const runs = [];
  for (const node of nodes) {
    const last = runs.at(-1);
    if (last && last.stage === node.stage) last.nodes.push(node);
    else runs.push({ stage: node.stage, nodes: [node] });
  }
  return runs;
}

/** @param {{ stage: string | null, nodes: LayerInfo[] }} run */
function tableBody({ stage, nodes }) {
  const body = create('tbody');
  if (stage) body.insertRow().append(Object.assign(create('th', stage), { colSpan: 6, scope: 'rowgroup' }));
  body.append(...nodes.map(nodeRow));
  return body;
}

/** @param {LayerInfo} node */
function nodeRow({ name, op, attributes, shape, parameters, macs }) {
  const row = create('tr');
  row.append(
    Object.assign(create('th', name), { scope: 'row' }),
    create('td', op),
    create('td', attributes),
    create('td', times(shape.slice(1)), 'number'),
    create('td', parameters ? count(parameters) : '', 'number'),
    create('td', macs ? count(macs) : '', 'number'),
  );
  return row;
}

customElements.define('lens-node-table', LensNodeTable);
