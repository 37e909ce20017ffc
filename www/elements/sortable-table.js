// @ts-check
// A table in `<details>` that is sorted by the column whose heading is clicked. Headings name their `data-column`, rows what they show in
// `data-row`.

import { create, find, findAll, targetOf } from '../lib/dom.js';

/** @template {string} Column */
export class SortableTable {
  #details;
  #table;
  #parts;
  /** @type {{ column: Column, descending: boolean }} */
  #sort;
  /** @type {string | null} */
  #marked = null;

  /**
   * @param {HTMLElement} root contains the table
   * @param {object} parts
   * @param {Column} parts.column sorted by at first, ascending
   * @param {(column: Column, descending: boolean) => HTMLTableRowElement[]} parts.rows in this order
   * @param {(column: Column) => boolean} parts.isDescending the first order of a column
   * @param {(row: string) => void} parts.choose called with the `data-row` of a row that is clicked
   */
  constructor(root, parts) {
    this.#details = find(root, 'details', HTMLDetailsElement);
    this.#table = find(this.#details, 'table', HTMLTableElement);
    this.#parts = parts;
    this.#sort = { column: parts.column, descending: false };
    this.#details.addEventListener('toggle', () => this.draw());
    this.#table.addEventListener('click', (event) => {
      const target = targetOf(event, Element);
      const column = target?.closest('th')?.dataset.column;
      const row = target?.closest('tr')?.dataset.row;
      if (column) this.#sortBy(/** @type {Column} */ (column));
      else if (row) parts.choose(row);
    });
  }

  /** Shows the rows again. A closed table stays empty. */
  draw() {
    const { column, descending } = this.#sort;
    for (const heading of findAll(this.#table, 'th[data-column]', HTMLTableCellElement)) {
      if (heading.dataset.column === column) heading.ariaSort = descending ? 'descending' : 'ascending';
      else heading.removeAttribute('aria-sort');
    }
    for (const body of [...this.#table.tBodies]) body.remove();
    if (!this.#details.open) return;
    const body = create('tbody');
    body.append(...this.#parts.rows(column, descending));
    this.#table.append(body);
    this.#mark();
  }

  /**
   * Marks the selected row.
   * @param {string | null} row its `data-row`
   */
  mark(row) {
    if (row === this.#marked) return;
    this.#marked = row;
    this.#mark();
  }

  #mark() {
    for (const row of findAll(this.#table, 'tr[data-row]', HTMLTableRowElement)) {
      if (row.dataset.row === this.#marked) row.setAttribute('aria-current', 'true');
      else row.removeAttribute('aria-current');
    }
  }

  /** @param {Column} column */
  #sortBy(column) {
    const isSame = this.#sort.column === column;
    this.#sort = { column, descending: isSame ? !this.#sort.descending : this.#parts.isDescending(column) };
    this.draw();
  }
}
