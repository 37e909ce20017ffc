// @ts-check
// Consecutive nodes or layers of one stage.

/**
 * Splits a list into runs of the same stage, in execution order.
 * @template {{ stage: string | null }} Item
 * @param {Item[]} items
 * @returns {{ stage: string | null, items: Item[] }[]}
 */
export function stageRuns(items) {
  /** @type {{ stage: string | null, items: Item[] }[]} */
  const runs = [];
  for (const item of items) {
    const last = runs.at(-1);
    if (last && last.stage === item.stage) last.items.push(item);
    else runs.push({ stage: item.stage, items: [item] });
  }
  return runs;
}
