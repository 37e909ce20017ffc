// @ts-check
// The network as Table 1 of the paper lists it, in a dialog.

import { create, find, targetOf } from '../lib/dom.js';
import { count, times } from '../lib/format.js';
import { onLanguage, t } from '../lib/i18n.js';
import { architectureTable } from '../network/architecture-table.js';
import { DialogElement } from './dialog.js';

/** @import { Kernel, Row } from '../network/architecture-table.js' */
/** @import { Network } from '../network/network.js' */

/** `choose`: the name of a node. @extends {DialogElement<{ choose: string }>} */
export class LensArchitecture extends DialogElement {
  #opener = find(this, '[data-open]', HTMLButtonElement);
  #summary = find(this, '[data-summary]', HTMLElement);
  #table = find(this, 'table', HTMLTableElement);
  #bottleneck = find(this, '[data-bottleneck]', HTMLElement);
  /** @type {Network | null} */
  #network = null;

  /** @override */
  connectedCallback() {
    super.connectedCallback();
    onLanguage(() => this.dialog.open && this.#draw());
    this.#table.addEventListener('click', (event) => {
      const node = targetOf(event, Element)?.closest('button')?.dataset.node;
      if (!node) return;
      this.dialog.close();
      this.emit('choose', node);
    });
  }

  /** @param {Network} network */
  show(network) {
    this.#network = network;
    this.#opener.disabled = false;
  }

  /** A closed dialog stays empty. @override */
  open() {
    this.#draw();
    super.open();
  }

  #draw() {
    if (!this.#network) return;
    const rows = architectureTable(this.#network);
    const { depth, depthByPart } = this.#network;
    this.#summary.textContent = t('architecture.summary', { parts: depthByPart.map(({ layers }) => layers).join(' + '), depth: String(depth) });
    const body = create('tbody');
    body.append(...rows.map(tableRow));
    for (const old of [...this.#table.tBodies, this.#table.tFoot]) old?.remove();
    this.#table.append(body, totals(rows));
    this.#bottleneck.hidden = !rows.some(({ blocks, kernels }) => blocks > 0 && kernels.length === 3);
  }
}

/** @param {Row} row */
function tableRow({ stage, paper, node, output, pool, kernels, blocks, layers, parameters, macs, change }) {
  const row = create('tr');
  const heading = Object.assign(create('th'), { scope: 'row' });
  const name = Object.assign(create('button', stage ?? (paper || t('architecture.head')), 'plain'), { type: 'button' });
  name.dataset.node = node;
  heading.append(name);
  if (stage) heading.append(create('span', paper, 'quiet'));
  const inside = create('td');
  if (pool) inside.append(create('div', t('architecture.pool', { size: times(pool.nodes[0].kernel_size ?? []), stride: pool.stride })));
  const list = create('div', '', blocks ? 'block' : '');
  list.append(...kernels.map((kernel) => create('div', kernelText(kernel))));
  if (!paper) list.append(t('architecture.headLayers'));
  inside.append(list);
  if (blocks) inside.append(create('b', `×\u00a0${blocks}`));
  row.append(
    heading,
    create('td', times(output), 'number'),
    inside,
    changeCell(change),
    create('td', String(layers), 'number'),
    create('td', parameters ? count(parameters) : '', 'number'),
    create('td', macs ? count(macs) : '', 'number'),
  );
  return row;
}

/** @param {Kernel} kernel */
function kernelText({ kernel, channels, stride }) {
  const size = times(kernel);
  return stride > 1 ? t('architecture.kernelStride', { size, channels, stride }) : t('architecture.kernel', { size, channels });
}

/** @param {Row['change']} change */
function changeCell(change) {
  const cell = create('td', '', 'change');
  if (!change) return cell;
  const { channels, window, projected, height: [from, to] } = change;
  cell.append(create('div', t('architecture.channels', { before: channels[0], after: channels[1] })));
  if (from !== to && window) cell.append(create('div', t('architecture.stride', { size: times(window) })));
  cell.append(create('div', projected ? t('architecture.projection') : t('architecture.noProjection')));
  return cell;
}

/** @param {Row[]} rows */
function totals(rows) {
  const foot = create('tfoot');
  const row = foot.insertRow();
  const total = (/** @type {'layers' | 'parameters' | 'macs'} */ key) => rows.reduce((sum, one) => sum + one[key], 0);
  row.append(
    Object.assign(create('th', t('architecture.total')), { scope: 'row', colSpan: 4 }),
    create('td', String(total('layers')), 'number'),
    create('td', count(total('parameters')), 'number'),
    create('td', count(total('macs')), 'number'),
  );
  return foot;
}

customElements.define('lens-architecture', LensArchitecture);
