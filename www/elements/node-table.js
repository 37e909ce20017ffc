// All nodes of the network in a table, grouped by stage.

import { count, times } from '../lib/format.js';

class LensNodeTable extends HTMLElement {
  #layers = [];

  connectedCallback() {
    this.details = this.querySelector('details');
    this.details.addEventListener('toggle', () => this.#draw());
  }

  show(layers) {
    this.#layers = layers;
    const sum = (key) => count(layers.reduce((total, layer) => total + layer[key], 0));
    this.querySelector('[data-summary]').textContent =
      `${layers.length} nodes · ${sum('parameters')} parameters · ${sum('macs')} multiply-adds per image`;
    this.#draw();
  }

  /** Rows exist only while the table is open. */
  #draw() {
    const table = this.querySelector('table');
    for (const body of [...table.tBodies]) body.remove();
    if (!this.details.open) return;
    for (const group of byStage(this.#layers)) table.append(body(group));
  }
}

/** Groups consecutive nodes of the same stage; nodes before and after the stages form groups of their own. */
function byStage(layers) {
  const groups = [];
  for (const layer of layers) {
    if (groups.at(-1)?.stage !== layer.stage) groups.push({ stage: layer.stage, layers: [] });
    groups.at(-1).layers.push(layer);
  }
  return groups;
}

function body({ stage, layers }) {
  const made = document.createElement('tbody');
  if (stage) {
    const heading = Object.assign(document.createElement('th'), { textContent: stage, colSpan: 6, scope: 'rowgroup' });
    made.insertRow().append(heading);
  }
  for (const layer of layers) made.append(row(layer));
  return made;
}

function row({ name, op, detail, shape, parameters, macs }) {
  const made = document.createElement('tr');
  const heading = Object.assign(document.createElement('th'), { textContent: name, scope: 'row' });
  made.append(
    heading,
    cell(op),
    cell(detail),
    cell(times(shape.slice(1)), 'number'),
    cell(parameters ? count(parameters) : '', 'number'),
    cell(macs ? count(macs) : '', 'number'),
  );
  return made;
}

function cell(textContent, className = '') {
  return Object.assign(document.createElement('td'), { textContent, className });
}

customElements.define('lens-node-table', LensNodeTable);
