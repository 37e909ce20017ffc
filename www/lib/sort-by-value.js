// @ts-check
// The order of a table's rows.

/**
 * Items in the order of their values. Those without a value come last, and equal ones stay in their order.
 * @template Item
 * @param {Item[]} items
 * @param {(item: Item) => number | null} read
 * @param {boolean} descending
 */
export function sortByValue(items, read, descending) {
  return items.toSorted((a, b) => {
    const [one, other] = [read(a), read(b)];
    if (one === null || other === null) return Number(one === null) - Number(other === null);
    return descending ? other - one : one - other;
  });
}
