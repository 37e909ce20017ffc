// How every engine but ours is timed.

/** An engine whose `compute()` promises the logits: `run()` promises the milliseconds from the input in memory to them. */
export function timed({ adapter, compute }) {
  let logits = null;
  return {
    adapter,
    async run() {
      const started = performance.now();
      logits = await compute();
      return performance.now() - started;
    },
    logits: () => [...logits],
  };
}
